//! Which core runs the server and which the load, so that neither disturbs the other.

use std::io;
use std::process::{Child, Command};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// This thread, in the words of the kernel.
const THIS_THREAD: Pid = Pid::from_raw(0);

/// A core for the server and another for the load, when the machine has two to give.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cores {
    /// One core each.
    Apart {
        /// Where the server runs.
        server: usize,
        /// Where the load runs.
        load: usize,
    },
    /// Both wherever the scheduler puts them: figures are then rough.
    Shared,
}

impl Cores {
    /// Takes the first two cores this process may run on.
    pub(crate) fn of_this_machine() -> Self {
        let allowed = sched_getaffinity(THIS_THREAD).unwrap_or_default();
        let mut cores = (0..CpuSet::count()).filter(|core| allowed.is_set(*core).unwrap_or(false));
        match (cores.next(), cores.next()) {
            (Some(server), Some(load)) => Self::Apart { server, load },
            _ => {
                println!(
                    "note: only one core is free to use, so server and load share it and figures are rough"
                );
                Self::Shared
            }
        }
    }

    /// Starts a process on the server's core.
    pub(crate) fn spawn_server(self, command: &mut Command) -> io::Result<Child> {
        match self {
            Self::Apart { server, .. } => spawn_on(server, command),
            Self::Shared => command.spawn(),
        }
    }

    /// Starts a process on the load's core.
    pub(crate) fn spawn_load(self, command: &mut Command) -> io::Result<Child> {
        match self {
            Self::Apart { load, .. } => spawn_on(load, command),
            Self::Shared => command.spawn(),
        }
    }

    /// Moves the calling thread to the load's core for good.
    pub(crate) fn become_load(self) -> io::Result<()> {
        match self {
            Self::Apart { load, .. } => Ok(sched_setaffinity(THIS_THREAD, &only(load)?)?),
            Self::Shared => Ok(()),
        }
    }
}

/// A child inherits the cores of the thread that starts it, so this thread goes there for the
/// moment of the start.
fn spawn_on(core: usize, command: &mut Command) -> io::Result<Child> {
    let before = sched_getaffinity(THIS_THREAD)?;
    sched_setaffinity(THIS_THREAD, &only(core)?)?;
    let child = command.spawn();
    sched_setaffinity(THIS_THREAD, &before)?;
    child
}

fn only(core: usize) -> io::Result<CpuSet> {
    let mut set = CpuSet::new();
    set.set(core)?;
    Ok(set)
}
