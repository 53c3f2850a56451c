//! Two bare servers to hold Carom against: what a redirect costs when nothing is recorded.
//!
//! - `yardstick bare` answers every request with one constant `302`.
//! - `yardstick map --links N` looks the code up in a read-only map of N links, counts the hit and
//!   answers, else `404`.
//!
//! Both do the least a redirect server on hyper can do, and send the bytes Carom sends for a plain
//! link. `cargo xtask bench-guard` runs them beside Carom and compares the CPU time of a request;
//! the budgets in `docs/BENCHMARKS.md` are ratios to them. A ratio says something about Carom only
//! while everything else is equal, so the runtime, hyper's settings, the socket options and the
//! allocator here are those of Carom's edge (`src/edge/connection.rs`): whoever changes one changes
//! the other.

#![allow(clippy::print_stdout, reason = "a command-line program tells its address on stdout")]

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use bytes::Bytes;
use clap::{Parser, Subcommand};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, HeaderValue, LOCATION};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::LocalOptions;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a plain `302` of Carom's says about caching.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

#[derive(Parser)]
#[command(about = "Bare hyper servers to compare Carom with")]
struct Arguments {
    #[command(subcommand)]
    server: Server,
}

#[derive(Subcommand)]
enum Server {
    /// Answer every request with the same redirect
    Bare {
        /// Address to listen on; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
    /// Answer from a read-only map of links and count each hit
    Map {
        /// Address to listen on; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// How many links the map holds
        #[arg(long, default_value_t = 100_000)]
        links: u32,
    },
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .context("cannot build the runtime")?;
    match arguments.server {
        Server::Bare { listen } => {
            let location = location_of(&code(0))?;
            runtime.block_on(serve(listen, move |_| redirect(&location)))
        }
        Server::Map { listen, links } => {
            let links = LinkMap::with(links)?;
            runtime.block_on(serve(listen, move |request| links.answer(request.uri().path())))
        }
    }
}

/// Accepts for ever; `answer` is called for every request of every connection.
async fn serve<A>(listen: SocketAddr, answer: A) -> anyhow::Result<()>
where
    A: Fn(&Request<Incoming>) -> Response<Empty<Bytes>> + 'static,
{
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    println!("listening http://{}", listener.local_addr()?);
    let answer = Rc::new(answer);
    loop {
        let (stream, _) = listener.accept().await.context("cannot accept")?;
        stream.set_nodelay(true)?;
        tokio::task::spawn_local(connection(stream, Rc::clone(&answer)));
    }
}

/// Serves one connection with the settings of Carom's edge.
fn connection<A>(stream: TcpStream, answer: Rc<A>) -> impl Future<Output = ()>
where
    A: Fn(&Request<Incoming>) -> Response<Empty<Bytes>> + 'static,
{
    let service = service_fn(move |request| ready(Ok::<_, Infallible>(answer(&request))));
    let connection = http1::Builder::new()
        .writev(false)
        .half_close(false)
        .header_read_timeout(None)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    async move {
        // A client that hangs up in the middle is the load generator leaving: nothing to do about
        // it.
        let _ = connection.await;
    }
}

/// The links of `yardstick map`, immutable once built but for their counters.
struct LinkMap {
    by_code: HashMap<Box<str>, Link, foldhash::fast::RandomState>,
}

struct Link {
    location: HeaderValue,
    hits: AtomicU64,
}

impl LinkMap {
    fn with(links: u32) -> anyhow::Result<Self> {
        let mut by_code = HashMap::with_capacity_and_hasher(
            links as usize,
            foldhash::fast::RandomState::default(),
        );
        for number in 0..links {
            let code = code(number);
            let location = location_of(&code)?;
            let hits = AtomicU64::new(0);
            by_code.insert(code.into_boxed_str(), Link { location, hits });
        }
        Ok(Self { by_code })
    }

    fn answer(&self, path: &str) -> Response<Empty<Bytes>> {
        match path.strip_prefix('/').and_then(|code| self.by_code.get(code)) {
            Some(link) => {
                link.hits.fetch_add(1, Ordering::Relaxed);
                redirect(&link.location)
            }
            None => not_found(),
        }
    }
}

/// The code of link `number`: seven characters. `xtask/src/links.rs` asks for the same codes.
fn code(number: u32) -> String {
    format!("b{number:06x}")
}

/// Where the link with this code leads: 60 bytes, the same as in `xtask/src/links.rs`.
fn location_of(code: &str) -> anyhow::Result<HeaderValue> {
    HeaderValue::try_from(format!("https://www.example.com/articles/{code}/read-it-as-one-page"))
        .with_context(|| format!("the target of {code} is not a header value"))
}

fn redirect(location: &HeaderValue) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    headers.insert(LOCATION, location.clone());
    headers.insert(CACHE_CONTROL, PRIVATE);
    response
}

fn not_found() -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
