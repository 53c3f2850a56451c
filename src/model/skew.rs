//! A wall clock that is wrong, for tests of nodes whose clocks disagree.
//!
//! Only debug builds look at `SKEW_CAROM_CLOCK_MS`, by how much this process's clock is ahead; in a
//! release build nothing of this is left.

/// By how many milliseconds the clock is ahead.
#[inline]
pub(super) fn ms() -> i64 {
    #[cfg(debug_assertions)]
    return armed::ms();
    #[cfg(not(debug_assertions))]
    0
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::OnceLock;

    pub(super) fn ms() -> i64 {
        static MS: OnceLock<i64> = OnceLock::new();
        *MS.get_or_init(|| {
            let said = std::env::var("SKEW_CAROM_CLOCK_MS").ok();
            said.and_then(|ms| ms.parse().ok()).unwrap_or(0)
        })
    }
}
