//! The edge listener as a visitor sees it: one kept-alive connection, one request on it at a time.
//!
//! Bare hyper, because a pooled client costs twice the CPU per request on the machine it shares with
//! the server, and may send a request again without saying so.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderValue, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use reqwest::Url;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any answer worth waiting for; it bounds a run against a server that hangs.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A browser's, so that visits are counted as people and take the usual way through enrichment.
const BROWSER: HeaderValue = HeaderValue::from_static(
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
);

/// Where the edge listens.
pub(crate) struct Edge {
    address: SocketAddr,
    host: HeaderValue,
}

/// A visitor's connection to the edge; made when it is first needed, and again when it broke.
pub(crate) struct Connection<'a> {
    edge: &'a Edge,
    sender: Option<SendRequest<Empty<Bytes>>>,
}

/// A whole answer of the edge.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The `Location` header, if the answer had one.
    pub(crate) location: Option<HeaderValue>,
    /// From just before sending until the last byte of the body.
    pub(crate) took: Duration,
}

/// Why there is no whole answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EdgeError {
    /// The address is not one of a plain HTTP listener.
    #[error("{0} is not the address of a plain http listener")]
    Address(Url),
    /// Nobody listens, or nobody accepts.
    #[error("no connection")]
    Connect(#[from] io::Error),
    /// The connection broke, or what came over it was not HTTP.
    #[error("no whole answer")]
    Exchange(#[from] hyper::Error),
    /// The answer did not come in time.
    #[error("no whole answer within {} s", ANSWER_LIMIT.as_secs())]
    TimedOut,
}

impl Edge {
    /// The edge listening at `base`, such as `http://127.0.0.1:8080`.
    pub(crate) fn new(base: &Url) -> Result<Self, EdgeError> {
        let not_plain_http = || EdgeError::Address(base.clone());
        if base.scheme() != "http" {
            return Err(not_plain_http());
        }
        let addresses = base.socket_addrs(|| None)?;
        let address = *addresses.first().ok_or_else(not_plain_http)?;
        let host = HeaderValue::from_str(base.authority()).map_err(|_| not_plain_http())?;
        Ok(Self { address, host })
    }

    /// A connection that is not made yet.
    pub(crate) fn connection(&self) -> Connection<'_> {
        Connection { edge: self, sender: None }
    }
}

impl Connection<'_> {
    /// Requests `path` and reads the whole answer. If it has to connect first, that takes its time.
    ///
    /// Not to be dropped halfway: the server may have counted the request by then.
    pub(crate) async fn get(&mut self, path: &Uri) -> Result<Answer, EdgeError> {
        let answer =
            timeout(ANSWER_LIMIT, self.exchange(path)).await.unwrap_or(Err(EdgeError::TimedOut));
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }

    async fn exchange(&mut self, path: &Uri) -> Result<Answer, EdgeError> {
        let began = Instant::now();
        let mut response = self.send(self.edge.request(path)).await?;
        while let Some(frame) = response.body_mut().frame().await {
            frame?;
        }
        Ok(Answer {
            took: began.elapsed(),
            status: response.status(),
            location: response.headers_mut().remove(LOCATION),
        })
    }

    async fn send(
        &mut self,
        request: Request<Empty<Bytes>>,
    ) -> Result<Response<Incoming>, EdgeError> {
        let mut error = match self.sender().await?.try_send_request(request).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        // A request comes back only if not a byte of it was sent: the server closed the connection
        // while it was idle, and cannot have counted.
        self.sender = None;
        match error.take_message() {
            Some(request) => Ok(self.sender().await?.send_request(request).await?),
            None => Err(error.into_error().into()),
        }
    }

    async fn sender(&mut self) -> Result<&mut SendRequest<Empty<Bytes>>, EdgeError> {
        let usable = match self.sender.take() {
            Some(mut sender) => sender.ready().await.is_ok().then_some(sender),
            None => None,
        };
        let sender = match usable {
            Some(sender) => sender,
            None => self.edge.connect().await?,
        };
        Ok(self.sender.insert(sender))
    }
}

impl Edge {
    async fn connect(&self) -> Result<SendRequest<Empty<Bytes>>, EdgeError> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) =
            http1::Builder::new().writev(false).handshake(TokioIo::new(stream)).await?;
        // Its error reaches the request that waits for an answer.
        tokio::spawn(connection);
        Ok(sender)
    }

    fn request(&self, path: &Uri) -> Request<Empty<Bytes>> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = path.clone();
        request.headers_mut().insert(HOST, self.host.clone());
        request.headers_mut().insert(USER_AGENT, BROWSER);
        request
    }
}
