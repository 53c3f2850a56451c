//! Named points of a click's way, at which a test can kill the process.
//!
//! Only debug builds look at `KILL_CAROM_AT` (`<point>` or `<point>:<how often it is passed first>`);
//! in a release build nothing of this is left.

/// The process has come to this point.
#[inline]
pub fn reached(point: &str) {
    #[cfg(debug_assertions)]
    armed::reached(point);
    #[cfg(not(debug_assertions))]
    let _ = point;
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::atomic::{AtomicU64, Ordering};

    /// How often the point was passed. There is one point a process.
    static PASSED: AtomicU64 = AtomicU64::new(0);

    pub(super) fn reached(point: &str) {
        let Ok(wanted) = std::env::var("KILL_CAROM_AT") else { return };
        let (name, first) = wanted.split_once(':').unwrap_or((&wanted, "0"));
        if name != point || PASSED.fetch_add(1, Ordering::Relaxed) < first.parse().unwrap_or(0) {
            return;
        }
        let me = rustix::process::getpid();
        let _ = rustix::process::kill_process(me, rustix::process::Signal::KILL);
        // The signal is on its way: nothing more may happen meanwhile.
        loop {
            std::thread::park();
        }
    }
}
