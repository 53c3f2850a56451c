//! CPU time of this process and of a Postgres server.

use std::fs;
use std::ops::Sub;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// The kernel counts in hundredths of a second here, whatever the machine.
const TICK: Duration = Duration::from_millis(10);

/// CPU time so far.
#[derive(Clone, Copy)]
pub(crate) struct Cpu {
    pub(crate) here: Duration,
    pub(crate) postgres: Duration,
}

impl Cpu {
    /// That of this process, and of a postmaster and its processes.
    pub(crate) fn now(postmaster: Option<u32>) -> Result<Self> {
        let here = Process::read("self").context("no /proc")?.time;
        let postgres = postmaster.map_or(Duration::ZERO, of_postgres);
        Ok(Self { here, postgres })
    }
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            here: self.here.saturating_sub(before.here),
            postgres: self.postgres.saturating_sub(before.postgres),
        }
    }
}

fn of_postgres(postmaster: u32) -> Duration {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter_map(|entry| Process::read(entry.file_name().to_str()?));
    let own = |process: &Process| process.parent == postmaster || process.id == postmaster;
    processes.filter(own).map(|process| process.time + process.of_ended_children).sum()
}

struct Process {
    id: u32,
    parent: u32,
    time: Duration,
    of_ended_children: Duration,
}

impl Process {
    /// From `/proc/<id>/stat`: its name, in parentheses, may hold anything.
    fn read(id: &str) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let (head, rest) = (text.split_once(' ')?.0, text.rsplit_once(')')?.1);
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |place: usize| fields.get(place)?.parse::<u32>().ok();
        Some(Self {
            id: head.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            time: TICK * (ticks(11)? + ticks(12)?),
            of_ended_children: TICK * (ticks(13)? + ticks(14)?),
        })
    }
}
