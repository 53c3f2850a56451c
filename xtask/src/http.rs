//! A small HTTP client for servers of our own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

const PATIENCE: Duration = Duration::from_secs(120);

/// A connection that stays open from request to request.
pub(crate) struct Client {
    stream: TcpStream,
    host: String,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

/// The address in a URL of a server of our own.
pub(crate) fn address(url: &str) -> Result<SocketAddr> {
    Ok(url.strip_prefix("http://").context("an address of our own")?.parse()?)
}

impl Client {
    pub(crate) fn connect(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, host: server.to_string() })
    }

    /// Sends a request; [`Client::read`] reads its answer.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<()> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            let length = body.len();
            request.push_str(&format!(
                "Content-Type: application/json\r\nContent-Length: {length}\r\n"
            ));
        }
        request.push_str("\r\n");
        request.push_str(body);
        Ok(self.stream.write_all(request.as_bytes())?)
    }

    /// Reads an answer whole.
    pub(crate) fn read(&mut self) -> Result<Answer> {
        let mut bytes = Vec::new();
        let mut piece = [0; 16 * 1024];
        let mut end = None;
        loop {
            if end.is_some_and(|end| bytes.len() >= end) {
                return Answer::parse(&String::from_utf8_lossy(&bytes));
            }
            let read = self.stream.read(&mut piece)?;
            if read == 0 {
                bail!("the server hung up");
            }
            bytes.extend_from_slice(&piece[..read]);
            if end.is_none()
                && let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n")
            {
                let text = String::from_utf8_lossy(&bytes[..head]);
                let length = header(&text, "content-length").and_then(|it| it.parse().ok());
                end = Some(head + 4 + length.unwrap_or(0));
            }
        }
    }
}

impl Answer {
    fn parse(text: &str) -> Result<Self> {
        let (head, body) = text.split_once("\r\n\r\n").context("no answer of HTTP")?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.context("no answer of HTTP")?;
        Ok(Self { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().skip(1).find_map(|line| {
        let (named, value) = line.split_once(':')?;
        named.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_headers_and_a_body() -> Result<()> {
        let answer = Answer::parse("HTTP/1.1 201 Created\r\nSet-Cookie: a=b; Path=/\r\n\r\n{}")?;
        assert_eq!((answer.status, answer.body.as_str()), (201, "{}"));
        assert_eq!(answer.header("set-cookie"), Some("a=b; Path=/"));
        assert!(Answer::parse("rubbish").is_err());
        Ok(())
    }
}
