//! Hashes that are dear on purpose (argon2id: a core for some hundredths of a second, 19 MiB), on
//! threads of their own: as many at once as there are threads, and all of them after those on which a
//! visitor waits.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use crossbeam_channel::{Receiver, Sender};
use tokio::sync::oneshot;

use crate::priority;

/// Hashes at once.
const THREADS: usize = 2;

type Work = Box<dyn FnOnce() + Send>;

/// Where hashes are made. Cheap to clone; the threads end with the last clone.
#[derive(Debug, Clone)]
pub struct Hashing {
    queue: Sender<Work>,
}

impl Hashing {
    /// Starts the threads.
    ///
    /// # Panics
    /// When the system has no thread left: at a start, where nothing else would work either.
    #[must_use]
    pub fn start() -> Self {
        let (queue, work) = crossbeam_channel::unbounded();
        for _ in 0..THREADS {
            let work = work.clone();
            let thread = thread::Builder::new().name("hashing".to_owned());
            thread.spawn(move || run(&work)).expect("a thread");
        }
        Self { queue }
    }

    /// Runs `work` when its turn comes; nobody waits for it. It must not panic.
    pub fn soon(&self, work: impl FnOnce() + Send + 'static) {
        self.queue.send(Box::new(work)).expect("the threads stay as long as this handle");
    }

    /// Runs `work` when its turn comes. Whoever stops waiting before that is passed over.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (done, outcome) = oneshot::channel();
        let work = move || {
            if !done.is_closed() {
                // Nobody may be waiting any more.
                let _ = done.send(catch_unwind(AssertUnwindSafe(work)));
            }
        };
        self.soon(work);
        match outcome.await.expect("work that is waited for is done") {
            Ok(outcome) => outcome,
            Err(panic) => resume_unwind(panic),
        }
    }
}

fn run(queue: &Receiver<Work>) {
    priority::run_when_idle();
    while let Ok(work) = queue.recv() {
        work();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_few_run_at_once_and_whoever_hangs_up_is_passed_over() {
        let hashing = Hashing::start();
        let (begun, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let gate = Arc::new(Barrier::new(THREADS + 1));
        let mut held = Vec::new();
        for _ in 0..THREADS {
            let (hashing, begun, gate) = (hashing.clone(), begun.clone(), gate.clone());
            held.push(tokio::spawn(async move {
                let work = move || {
                    begun.fetch_add(1, Ordering::SeqCst);
                    gate.wait();
                };
                hashing.run(work).await;
            }));
        }
        while begun.load(Ordering::SeqCst) < THREADS {
            tokio::task::yield_now().await;
        }
        let counted = done.clone();
        let third = hashing.run(move || counted.fetch_add(1, Ordering::SeqCst));
        assert!(tokio::time::timeout(Duration::from_millis(100), third).await.is_err());
        tokio::task::spawn_blocking(move || gate.wait()).await.expect("the gate opens");
        for held in held {
            held.await.expect("done");
        }
        let counted = done.clone();
        assert_eq!(
            hashing.run(move || counted.load(Ordering::SeqCst)).await,
            0,
            "it was passed over"
        );
    }

    #[tokio::test]
    async fn a_panic_is_the_one_s_who_waits_and_the_thread_goes_on() {
        let hashing = Hashing::start();
        for _ in 0..2 * THREADS {
            let hashing = hashing.clone();
            let failed =
                tokio::spawn(async move { hashing.run(|| panic!("on purpose")).await }).await;
            assert!(failed.is_err_and(|error| error.is_panic()));
        }
        assert_eq!(hashing.run(|| 7).await, 7);
    }
}
