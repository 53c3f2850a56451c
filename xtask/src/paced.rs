//! Redirects at a steady rate, as visitors ask for them who know nothing of each other.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::http::Client;

/// Redirects a second.
pub(crate) const PER_SECOND: u32 = 1000;

/// How long they took.
pub(crate) struct Times(Vec<Duration>);

/// Follows a link for so many seconds. Each request is counted from the moment at which it was due.
pub(crate) fn redirects(edge: SocketAddr, code: &str, seconds: u32) -> Result<Times> {
    let mut client = Client::connect(edge)?;
    let path = format!("/{code}");
    let (began, count) = (Instant::now(), PER_SECOND * seconds);
    let mut times = Vec::new();
    for n in 0..count {
        let due = began + Duration::from_secs(1) * n / PER_SECOND;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        client.send("GET", &path, &[], "")?;
        let status = client.read()?.status;
        ensure!(status == 302, "a redirect was answered with {status}");
        times.push(due.elapsed());
    }
    times.sort_unstable();
    Ok(Times(times))
}

impl Times {
    /// So many of 1,000 took no longer, in milliseconds.
    pub(crate) fn at_ms(&self, share: usize) -> f64 {
        self.0[self.0.len() * share / 1000].as_secs_f64() * 1000.0
    }
}
