//! Waiting for something to come true: the one place in the tests that sleeps.

use std::thread;
use std::time::{Duration, Instant};

/// Short enough not to be felt, long enough to leave the cores to what is waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// For whatever a healthy machine does at once, however busy it is.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// What a look can see: `bool`, or an `Option` of a value.
pub(crate) trait Seen {
    /// What there is to see.
    type Value;

    /// The value, if it was seen.
    fn seen(self) -> Option<Self::Value>;
}

impl Seen for bool {
    type Value = ();

    fn seen(self) -> Option<()> {
        self.then_some(())
    }
}

impl<T> Seen for Option<T> {
    type Value = T;

    fn seen(self) -> Self {
        self
    }
}

/// Looks again and again until it sees something, and returns that.
///
/// # Panics
/// When `within` has passed and `what` was not seen.
#[track_caller]
pub(crate) fn eventually<S: Seen>(
    within: Duration,
    what: &str,
    mut look: impl FnMut() -> S,
) -> S::Value {
    let deadline = Instant::now() + within;
    loop {
        if let Some(value) = look().seen() {
            return value;
        }
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        thread::sleep(PAUSE);
    }
}

/// [`eventually`] for a look that must itself wait.
///
/// # Panics
/// When `within` has passed and `what` was not seen.
pub(crate) async fn eventually_async<S: Seen>(
    within: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> S,
) -> S::Value {
    let deadline = Instant::now() + within;
    loop {
        if let Some(value) = look().await.seen() {
            return value;
        }
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// What `work` returns.
///
/// # Panics
/// When it takes longer than `within`.
pub(crate) async fn in_time<T>(within: Duration, what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(within, work).await {
        Ok(value) => value,
        Err(_) => panic!("not within {within:?}: {what}"),
    }
}
