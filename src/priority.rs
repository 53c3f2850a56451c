//! Which threads stand back when a core is wanted by several.

/// Steps that a standing-back thread is nicer than others: it gets a quarter of a contended core.
const STEPS: i32 = 5;

/// From now on this thread gets a core after those on which a visitor waits. What it does is queued
/// on disk meanwhile.
///
/// Where the system refuses, all threads stay equal.
pub fn stand_back() {
    // On Linux this is about the calling thread alone (setpriority(2), "C library/kernel
    // differences").
    if let Err(error) = rustix::process::setpriority_process(None, STEPS) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

#[cfg(test)]
mod tests {
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
}
