//! Processes of ours: signals to them, their end, and that none of them outlives the tests.

use std::fs;
use std::io::Write as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::wait::eventually;

/// A signal, by its name for `kill`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// What a service manager sends first.
    Term,
    /// Ctrl-C.
    Int,
    /// Read the configuration again.
    Hangup,
    /// Death without a last word.
    Kill,
    /// A halt that the process does not notice.
    Stop,
    /// The end of that halt.
    Continue,
}

impl Signal {
    const fn name(self) -> &'static str {
        match self {
            Self::Term => "TERM",
            Self::Int => "INT",
            Self::Hangup => "HUP",
            Self::Kill => "KILL",
            Self::Stop => "STOP",
            Self::Continue => "CONT",
        }
    }
}

/// Sends a signal to processes of ours; those that are gone already are no failure.
pub(crate) fn send(signal: Signal, pids: &[u32]) {
    let pids = pids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
    // The shell's own `kill`: std has none, and the program is not on every machine.
    let script = format!("kill -{} {pids}", signal.name());
    Command::new("sh")
        .args(["-c", &script])
        .stderr(Stdio::null())
        .status()
        .expect("every Unix has a shell");
}

/// Waits for a child's end.
///
/// # Panics
/// When it lives on after `within`.
#[track_caller]
pub(crate) fn wait_for_end(child: &mut Child, within: Duration) -> ExitStatus {
    eventually(within, "the child ends", || child.try_wait().expect("a child of ours"))
}

/// The children of a process.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// The processes whose command line names this, such as a directory of our own: what has left its
/// parent is among them.
pub(crate) fn naming(text: &str) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let names = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.windows(text.len()).any(|window| window == text.as_bytes())
    };
    pids.filter(names).collect()
}

/// Whether a process runs; one that is dead and not yet buried does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name before the state is in brackets and may hold anything.
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Kills a process when we end without having done so, even when we are killed ourselves.
#[derive(Debug)]
pub(crate) struct Leash(Child);

impl Leash {
    /// Holds this process.
    pub(crate) fn on(pid: u32) -> Self {
        // Our end of the pipe is closed by the kernel when we die, and `read` fails.
        let script = format!("read -r _ || kill -KILL {pid} 2>/dev/null");
        let watcher = Command::new("sh").args(["-c", &script]).stdin(Stdio::piped()).spawn();
        Self(watcher.expect("every Unix has a shell"))
    }

    /// Lets go of a process that has ended.
    pub(crate) fn let_go(mut self) {
        if let Some(pipe) = &mut self.0.stdin {
            // It fails only when the watcher was killed, and then there is nothing to stop.
            let _ = pipe.write_all(b"\n");
        }
        let _ = self.0.wait();
    }
}
