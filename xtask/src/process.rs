//! Child processes: started in the open, awaited with a limit, ended by pid.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Runs a command in the foreground, its output left to the reader, and requires success within
/// `limit`. An error names the command.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<()> {
    attempt(command, limit).with_context(|| format!("`{}` failed", spelled(command)))
}

/// As [`run`], for callers that name the command themselves.
pub(crate) fn attempt(command: &mut Command, limit: Duration) -> Result<()> {
    println!("$ {}", spelled(command));
    let mut child = command.stdin(Stdio::null()).spawn().context("it cannot be started")?;
    match wait_within(&mut child, limit)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("{status}"),
        None => {
            kill_tree(child.id());
            child.wait()?;
            bail!("it did not end within {} s", limit.as_secs())
        }
    }
}

/// A command whose process is asked to end when this program dies, even by SIGKILL, where `setpriv`
/// is there to arrange it.
pub(crate) fn bound_to_us(program: &Path) -> Command {
    let Some(setpriv) = find_in_path("setpriv") else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    command.args([
        OsStr::new("--pdeathsig"),
        OsStr::new("TERM"),
        OsStr::new("--"),
        program.as_os_str(),
    ]);
    command
}

/// Where a program lies, if a directory in `PATH` has it.
pub(crate) fn find_in_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}

/// The exit status, or `None` if the child still runs when `limit` has passed.
pub(crate) fn wait_within(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Sends `signal` to a process that this one started and has not yet waited for.
pub(crate) fn send(pid: u32, signal: Signal) {
    // It may have ended on its own in the meantime: then there is nothing left to signal.
    let _ = kill(Pid::from_raw(pid.cast_signed()), signal);
}

/// Kills a process and all that descend from it: a killed cargo leaves its test binaries behind.
fn kill_tree(pid: u32) {
    // Listed before their parent dies, since orphans go to another one; killed after it, lest it
    // start more.
    let children = children_of(pid);
    send(pid, Signal::SIGKILL);
    children.into_iter().for_each(kill_tree);
}

/// The children of all its threads.
fn children_of(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|it| fs::read_to_string(it.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().flat_map(str::parse).collect::<Vec<_>>())
        .collect()
}

/// Kills every process whose command line names this, a directory of our own, until there is none:
/// what has left its parent is among them.
pub(crate) fn kill_all_naming(text: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while let pids = naming(text)
        && !pids.is_empty()
        && Instant::now() < deadline
    {
        pids.into_iter().for_each(|pid| send(pid, Signal::SIGKILL));
        thread::sleep(Duration::from_millis(20));
    }
}

fn naming(text: &str) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let names = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.windows(text.len()).any(|window| window == text.as_bytes())
    };
    pids.filter(names).collect()
}

/// The command as one would type it.
pub(crate) fn spelled(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        text.push(' ');
        if argument.is_empty() || argument.contains(|c: char| c.is_whitespace() || c == '"') {
            text.push_str(&format!("{argument:?}"));
        } else {
            text.push_str(&argument);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_spelled_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["clippy", "--", "-D", "two words"]);
        assert_eq!(spelled(&command), "cargo clippy -- -D \"two words\"");
    }

    #[test]
    fn a_command_that_does_not_end_is_killed_with_its_children() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & sleep 60"]);
        let started = Instant::now();
        let error = run(&mut command, Duration::from_millis(100)).expect_err("it sleeps");
        assert!(started.elapsed() < Duration::from_secs(10));
        let told = "`sh -c \"sleep 60 & sleep 60\"` failed: it did not end within 0 s";
        assert_eq!(format!("{error:#}"), told);
    }
}
