//! Which threads stand back when a core is wanted by several.

use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};

/// Steps that a thread which stands back is nicer than others: it gets a quarter of a contended core.
const STEPS: i32 = 5;

/// From now on this thread gets a core after those on which a visitor waits. What it does has to keep
/// up all the same.
///
/// Where the system refuses, all threads stay equal.
pub fn stand_back() {
    // On Linux this is about the calling thread alone (setpriority(2), "C library/kernel
    // differences").
    if let Err(error) = rustix::process::setpriority_process(None, STEPS) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

/// From now on this thread runs where nobody else wants a core, and leaves it at once to whoever does
/// (`SCHED_IDLE`, sched(7)): a nicer thread alone would first run its few milliseconds to their end. What
/// it does may wait long on a machine whose cores are all taken.
///
/// Where the system refuses, all threads stay equal.
pub fn run_when_idle() {
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let set = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy);
    if let Err(error) = set {
        tracing::debug!(?error, "a thread keeps its priority");
    }
}

#[cfg(test)]
mod tests {
    use thread_priority::thread_schedule_policy;

    use super::*;

    #[test]
    fn one_thread_stands_back_and_no_other() {
        let nice = || rustix::process::getpriority_process(None).expect("a priority");
        let before = nice();
        let after = std::thread::spawn(move || {
            stand_back();
            nice()
        });
        assert_eq!(after.join().expect("a thread"), STEPS.max(before));
        assert_eq!(nice(), before);
    }

    #[test]
    fn one_thread_runs_when_idle_and_no_other() {
        let policy = || thread_schedule_policy().expect("a policy");
        let before = policy();
        let after = std::thread::spawn(move || {
            run_when_idle();
            policy()
        });
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        assert_eq!(after.join().expect("a thread"), idle);
        assert_eq!(policy(), before);
    }
}
