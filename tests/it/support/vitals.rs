//! What the kernel says of a running server: memory, time on a core, open files.

use std::fs;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::carom::Carom;

/// Clock ticks of a second in /proc, on every Linux that we know.
const TICKS: u64 = 100;

impl Carom {
    /// Memory that no file stands behind.
    #[track_caller]
    pub(crate) fn own_memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.parse().ok()).expect("proc(5): RssAnon in kB")
    }

    /// Milliseconds that it has spent on a core, to within ten.
    #[track_caller]
    pub(crate) fn cpu_ms(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("it runs");
        // The name before the state is in brackets and may hold anything.
        let (_, fields) = stat.rsplit_once(')').expect("proc(5): a name in brackets");
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|it| it.parse::<u64>().expect("proc(5): utime, stime")).sum();
        ticks * 1000 / TICKS
    }

    /// The numbers of its open files, in order.
    #[track_caller]
    pub(crate) fn descriptors(&self) -> Vec<u64> {
        let files = fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("it runs");
        let number = |name: std::ffi::OsString| name.to_str()?.parse().ok();
        let mut numbers: Vec<u64> =
            files.flatten().filter_map(|file| number(file.file_name())).collect();
        numbers.sort_unstable();
        numbers
    }

    /// How many files it may open now.
    #[track_caller]
    pub(crate) fn descriptors_max(&self) -> u64 {
        let limits = fs::read_to_string(format!("/proc/{}/limits", self.pid())).expect("it runs");
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        let soft = line.and_then(|line| line.split_whitespace().next());
        soft.and_then(|soft| soft.parse().ok()).expect("proc(5): a soft limit")
    }

    /// Lets it open files with numbers below `max` only, from now on.
    #[track_caller]
    pub(crate) fn limit_descriptors(&self, max: u64) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        // The hard limit stays, so that it can be lifted again.
        let hard = rustix::process::getrlimit(Resource::Nofile).maximum;
        prlimit(pid, Resource::Nofile, Rlimit { current: Some(max), maximum: hard })
            .expect("a limit of a child of ours");
    }
}
