//! The CPU time of another process, in total and by thread.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::time::ClockId;
use nix::unistd::Pid;

/// User and system time of a whole process so far, threads that ended included, in nanoseconds.
pub(crate) fn of_process(pid: u32) -> Result<Duration> {
    let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(pid.cast_signed()))
        .with_context(|| format!("process {pid} has no CPU clock"))?;
    Ok(Duration::from(clock.now()?))
}

/// CPU time of the living threads of a process, summed by name without its number (`edge-0` counts
/// as `edge`).
///
/// Empty where the kernel keeps no `schedstat`. The kernel brings a thread's figure up to date when
/// the thread is scheduled, so read it while the process is idle.
pub(crate) fn by_thread_name(pid: u32) -> BTreeMap<String, Duration> {
    let mut by_name = BTreeMap::new();
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return by_name;
    };
    for thread in threads.flatten() {
        let name = fs::read_to_string(thread.path().join("comm"));
        let schedstat = fs::read_to_string(thread.path().join("schedstat"));
        // A thread may end between the listing and the reading; its time is then missing here, not
        // in the total.
        if let (Ok(name), Ok(schedstat)) = (name, schedstat)
            && let Some(time) = parse_schedstat(&schedstat)
        {
            *by_name.entry(group(&name)).or_default() += time;
        }
    }
    by_name
}

/// The first field of `/proc/<pid>/task/<tid>/schedstat`: nanoseconds on a CPU.
fn parse_schedstat(text: &str) -> Option<Duration> {
    let on_cpu = text.split_whitespace().next()?;
    on_cpu.parse().ok().map(Duration::from_nanos)
}

fn group(name: &str) -> String {
    name.trim().trim_end_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '#').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedstat_begins_with_nanoseconds_on_a_cpu() {
        let time = parse_schedstat("98516 106444 2\n");
        assert_eq!(time, Some(Duration::from_nanos(98_516)));
        assert_eq!(parse_schedstat(""), None);
        assert_eq!(parse_schedstat("many 1 2"), None);
    }

    #[test]
    fn threads_of_one_kind_count_together() {
        assert_eq!(group("edge-0\n"), group("edge-12\n"));
        assert_eq!(group("clicks\n"), "clicks");
    }

    #[test]
    fn work_shows_in_the_time_of_the_process_and_of_its_thread() -> Result<()> {
        let before = of_process(std::process::id())?;
        let mut sum = 0_u64;
        while of_process(std::process::id())? - before < Duration::from_millis(20) {
            sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(7));
        }
        let threads: Duration = by_thread_name(std::process::id()).values().sum();
        assert!(threads > Duration::ZERO);
        Ok(())
    }
}
