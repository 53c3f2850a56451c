//! A small blocking HTTP/1.1 client (RFC 9112) that shows what really crossed the wire.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

/// Longest wait for an answer, unless a test says otherwise.
const PATIENCE: Duration = Duration::from_secs(15);

/// Bytes of a header block; whatever is longer is no answer of ours.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// An answer, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Response {
    /// The status, such as 302.
    pub(crate) status: u16,
    /// Names and values in the order in which they came.
    pub(crate) headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The value of a header that stands there once at most, whatever its case.
    ///
    /// # Panics
    /// When it stands there more than once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values = self.headers_named(name);
        assert!(values.len() < 2, "`{name}` stands there more than once: {values:?}");
        values.first().copied()
    }

    /// All values of a header, whatever its case.
    pub(crate) fn headers_named(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(it, _)| it.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as text.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the body `{}`", self.text()))
    }

    /// Whether the server announced that it closes the connection.
    pub(crate) fn closes(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// Sends a `GET` on a connection of its own.
#[track_caller]
pub(crate) fn get(server: SocketAddr, path: &str) -> Response {
    request(server, "GET", path, &[], b"")
}

/// Sends a request on a connection of its own.
#[track_caller]
pub(crate) fn request(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Response {
    let mut connection = Connection::open(server);
    connection.send(method, path, headers, body);
    connection.read_response()
}

/// A connection that stays open from request to request.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    server: SocketAddr,
    /// What was read and belongs to the next answer.
    unread: Vec<u8>,
    /// Whether the answers that are due have a body: those to `HEAD` have none.
    due: VecDeque<Body>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Follows,
    IsLeftOut,
}

impl Connection {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens.
    #[track_caller]
    pub(crate) fn open(server: SocketAddr) -> Self {
        Self::try_open(server).unwrap_or_else(|error| panic!("cannot connect to {server}: {error}"))
    }

    /// Connects, if somebody listens.
    pub(crate) fn try_open(server: SocketAddr) -> io::Result<Self> {
        Self::over(TcpStream::connect_timeout(&server, PATIENCE)?, server)
    }

    /// Connects from this address of the machine.
    ///
    /// # Panics
    /// When nobody listens.
    #[track_caller]
    pub(crate) fn open_from(client: IpAddr, server: SocketAddr) -> Self {
        let connect = || {
            let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
            socket.bind(&SocketAddr::new(client, 0).into())?;
            socket.connect_timeout(&server.into(), PATIENCE)?;
            Self::over(socket.into(), server)
        };
        connect().unwrap_or_else(|error| panic!("cannot connect to {server}: {error}"))
    }

    fn over(stream: TcpStream, server: SocketAddr) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, server, unread: Vec::new(), due: VecDeque::new() })
    }

    /// Sends a request, with `Host` and, if there is a body, its `Content-Length`.
    #[track_caller]
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        self.try_send(method, path, headers, body).expect("the server takes the request");
    }

    /// [`Connection::send`], if the connection is still open.
    pub(crate) fn try_send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<()> {
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += &format!("host: {}\r\n", self.server);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            head += &format!("content-length: {}\r\n", body.len());
        }
        let request = [head.as_bytes(), b"\r\n", body].concat();
        self.due.push_back(if method == "HEAD" { Body::IsLeftOut } else { Body::Follows });
        self.stream.write_all(&request)
    }

    /// Sends these bytes as they are. The answers to them are taken to have bodies.
    #[track_caller]
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        self.try_send_raw(bytes).expect("the server takes the bytes");
    }

    /// [`Connection::send_raw`], if the connection is still open.
    pub(crate) fn try_send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads the next answer.
    ///
    /// # Panics
    /// When none comes.
    #[track_caller]
    pub(crate) fn read_response(&mut self) -> Response {
        self.try_read_response().expect("a whole answer")
    }

    /// Reads the next answer. [`ErrorKind::UnexpectedEof`] when the connection ended before.
    pub(crate) fn try_read_response(&mut self) -> io::Result<Response> {
        let end = loop {
            if let Some(at) = find(&self.unread, b"\r\n\r\n") {
                break at + 4;
            }
            if self.unread.len() > HEAD_BYTES_MAX {
                return Err(io::Error::other("the head of the answer has no end"));
            }
            self.read_more()?;
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8(head).map_err(io::Error::other)?;
        let (status, headers) = parse_head(&head).ok_or_else(|| io::Error::other(head.clone()))?;
        let mut response = Response { status, headers, body: Vec::new() };
        let due = self.due.pop_front().unwrap_or(Body::Follows);
        let has_body = due == Body::Follows && status >= 200 && !matches!(status, 204 | 304);
        if has_body {
            response.body = self.read_body(&response)?;
        }
        Ok(response)
    }

    fn read_body(&mut self, head: &Response) -> io::Result<Vec<u8>> {
        if head.header("transfer-encoding").is_some() {
            return self.read_chunks();
        }
        match head.header("content-length") {
            Some(length) => self.take(length.parse().map_err(io::Error::other)?),
            None => {
                while self.read_more().is_ok() {}
                Ok(std::mem::take(&mut self.unread))
            }
        }
    }

    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = find(&self.unread, b"\r\n") {
                    break at;
                }
                self.read_more()?;
            };
            let line = self.take(end + 2)?;
            let length = str::from_utf8(&line[..end]).map_err(io::Error::other)?;
            let length = usize::from_str_radix(length, 16).map_err(io::Error::other)?;
            let chunk = self.take(length + 2)?;
            body.extend(&chunk[..length]);
            if length == 0 {
                return Ok(body);
            }
        }
    }

    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < length {
            self.read_more()?;
        }
        Ok(self.unread.drain(..length).collect())
    }

    fn read_more(&mut self) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            length => {
                self.unread.extend(&bytes[..length]);
                Ok(())
            }
        }
    }

    /// Reads whatever still comes until the server closes the connection.
    ///
    /// # Panics
    /// When it has not closed it after `within`.
    #[track_caller]
    pub(crate) fn read_to_close(&mut self, within: Duration) -> Vec<u8> {
        let deadline = Instant::now() + within;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the connection is still open after {within:?}");
            self.stream.set_read_timeout(Some(left)).expect("a timeout above zero");
            match self.read_more() {
                Ok(()) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock) => {}
                // A reset is an end too: bytes of ours were on their way.
                Err(_) => return std::mem::take(&mut self.unread),
            }
        }
    }

    /// Whether the server has closed the connection by now.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.stream.set_nonblocking(true).expect("a mode of the socket");
        let outcome = loop {
            match self.read_more() {
                Ok(()) => {}
                Err(error) => break error.kind(),
            }
        };
        self.stream.set_nonblocking(false).expect("a mode of the socket");
        outcome != ErrorKind::WouldBlock
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn parse_head(head: &str) -> Option<(u16, Vec<(String, String)>)> {
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), value.trim().to_owned()))
    };
    Some((status, lines.map(header).collect::<Option<_>>()?))
}
