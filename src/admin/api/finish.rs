//! Writes that end although their caller hangs up.

use std::panic::resume_unwind;

/// Runs `write` in a task of its own. Hyper drops a handler when its client hangs up, and a write
/// may be committed by then: what must follow it (the cache forgets, a name is free again) would
/// never happen.
pub(super) async fn to_the_end<T: Send + 'static>(
    write: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(write).await {
        Ok(outcome) => outcome,
        // Nobody cancels the task, so it panicked; the router's layer answers for that.
        Err(error) => resume_unwind(error.into_panic()),
    }
}
