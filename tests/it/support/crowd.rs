//! Thousands of clients at once: each has a connection of its own and one request under way.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::wait::in_time;

/// Connections that are being made at once: a listener's queue is not endless.
const CONNECTING_MAX: usize = 256;

/// For all of them to be answered, on a machine that has other work.
const PATIENCE: Duration = Duration::from_secs(60);

/// Descriptors that this process needs for everything else.
const RESERVE: u64 = 1_000;

/// Clients who are connected.
pub(crate) struct Crowd {
    runtime: Runtime,
    clients: Vec<TcpStream>,
}

/// How many had each answer; 0 are those who had none.
pub(crate) type Answers = BTreeMap<u16, usize>;

/// As many of `wanted` clients as the machine allows: each takes a descriptor here, and one in the
/// server.
pub(crate) fn as_many_of(wanted: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        // Where that is refused, fewer come.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    wanted.min(usize::try_from(allowed.saturating_sub(RESERVE)).unwrap_or(usize::MAX))
}

impl Crowd {
    /// Connects so many clients. Those who are refused stay away.
    pub(crate) fn come(server: SocketAddr, count: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let clients = runtime.block_on(in_time(PATIENCE, "all have come", async {
            let turns = std::sync::Arc::new(Semaphore::new(CONNECTING_MAX));
            let mut coming = JoinSet::new();
            for _ in 0..count {
                let turns = std::sync::Arc::clone(&turns);
                coming.spawn(async move {
                    let _turn = turns.acquire_owned().await;
                    TcpStream::connect(server).await
                });
            }
            coming.join_all().await.into_iter().filter_map(Result::ok).collect()
        }));
        Self { runtime, clients }
    }

    /// How many are connected, as far as they know.
    pub(crate) fn len(&self) -> usize {
        self.clients.len()
    }

    /// All ask at once, each for the path of its place.
    pub(crate) fn ask(&mut self, path: impl Fn(usize) -> String) {
        let asking = async {
            for (place, client) in self.clients.iter_mut().enumerate() {
                let request = format!("GET {} HTTP/1.1\r\nhost: a\r\n\r\n", path(place));
                // Who was turned away meanwhile learns it when it reads.
                let _ = client.write_all(request.as_bytes()).await;
            }
        };
        self.runtime.block_on(in_time(PATIENCE, "all have asked", asking));
    }

    /// What all of them are answered. Each `503` and `429` must say when to come again.
    #[track_caller]
    pub(crate) fn answers(&mut self) -> Answers {
        let mut answers = Answers::new();
        let reading = async {
            for client in &mut self.clients {
                let status = match read_answer(client).await {
                    Some(head) => status_of(&head),
                    None => 0,
                };
                *answers.entry(status).or_default() += 1;
            }
        };
        self.runtime.block_on(in_time(PATIENCE, "all are answered", reading));
        answers
    }
}

#[track_caller]
fn status_of(head: &str) -> u16 {
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no answer of ours: {head}"));
    if matches!(status, 429 | 503) {
        assert!(head.to_lowercase().contains("\r\nretry-after: 1\r\n"), "{head}");
    }
    status
}

/// The head of one answer, its body read too; `None` when the connection ended before.
async fn read_answer(client: &mut TcpStream) -> Option<String> {
    let mut unread = Vec::new();
    loop {
        if let Some(end) = unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&unread[..end + 4]).into_owned();
            let length = head.to_lowercase();
            let length = length.split("content-length: ").nth(1)?.split("\r\n").next()?;
            let left = end + 4 + length.parse::<usize>().ok()? - unread.len();
            client.read_exact(&mut vec![0; left]).await.ok()?;
            return Some(head);
        }
        if client.read_buf(&mut unread).await.ok()? == 0 {
            return None;
        }
    }
}
