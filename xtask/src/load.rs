//! The load of the bench guard: one thread, keep-alive connections, on each exactly one request
//! under way.
//!
//! It must cost less than the server it drives, or the server's core is not full and the figures
//! are of a server that waits. So: requests are built beforehand and only their code is written
//! anew, a response is read with one call and recognised by its first and last bytes.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::links;

/// A server that says nothing for so long has failed.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// Where the code stands in a request.
const CODE_AT: std::ops::Range<usize> = 5..12;

/// How the answer begins that every request should get.
const REDIRECT: &[u8] = b"HTTP/1.1 302 ";

/// How many answers pass between two looks at the clock.
const LOOK_EVERY: u64 = 64;

/// What a run came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    /// Requests answered.
    pub(crate) requests: u64,
    /// From the first request to the last answer.
    pub(crate) wall: Duration,
}

/// A set of open connections to one server.
pub(crate) struct Load {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    codes: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    link: u32,
    response: [u8; 2048],
    received: usize,
}

impl Load {
    /// Opens `connections` connections for asking after links `0..links`.
    pub(crate) fn connect(server: SocketAddr, connections: usize, links: u32) -> Result<Self> {
        let poll = Poll::new()?;
        let mut open = Vec::with_capacity(connections);
        for number in 0..connections {
            let stream = std::net::TcpStream::connect(server)
                .with_context(|| format!("cannot connect to {server}"))?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(&mut stream, Token(number), Interest::READABLE)?;
            open.push(Connection::new(stream));
        }
        Ok(Self {
            poll,
            events: Events::with_capacity(connections),
            connections: open,
            codes: (0..links).map(links::code).collect::<String>().into_bytes(),
        })
    }

    /// Asks for every link once and requires that each leads where it should.
    pub(crate) fn visit_all(&mut self) -> Result<Tally> {
        let links = self.codes.len() / CODE_AT.len();
        let mut unvisited = 0..u32::try_from(links)?;
        self.exchange(move || unvisited.next(), leads_to_its_target)
    }

    /// Asks for what `draw` says until `time` is over.
    pub(crate) fn run_for(
        &mut self,
        time: Duration,
        mut draw: impl FnMut() -> u32,
    ) -> Result<Tally> {
        let deadline = Instant::now() + time;
        let mut sent = 0_u64;
        let mut is_over = false;
        let next = move || {
            sent += 1;
            if sent.is_multiple_of(LOOK_EVERY) {
                is_over = Instant::now() >= deadline;
            }
            (!is_over).then(&mut draw)
        };
        self.exchange(next, is_a_redirect)
    }

    /// Keeps every connection busy until `next` has nothing more to ask for and all is answered.
    fn exchange(
        &mut self,
        mut next: impl FnMut() -> Option<u32>,
        check: impl Fn(u32, &[u8]) -> Result<()>,
    ) -> Result<Tally> {
        let started = Instant::now();
        let mut under_way = 0_usize;
        let mut requests = 0_u64;
        for connection in &mut self.connections {
            if let Some(link) = next() {
                connection.ask(link, &self.codes)?;
                under_way += 1;
            }
        }
        while under_way > 0 {
            self.wait()?;
            for event in &self.events {
                let connection = &mut self.connections[event.token().0];
                if !connection.receive()? {
                    continue;
                }
                check(connection.link, connection.answer())?;
                requests += 1;
                match next() {
                    Some(link) => connection.ask(link, &self.codes)?,
                    None => under_way -= 1,
                }
            }
        }
        Ok(Tally { requests, wall: started.elapsed() })
    }

    /// Spins until something was answered. It never sleeps: whoever answers a thread that sleeps
    /// also wakes it, and pays with an interrupt to the other core, which in a virtual machine is a
    /// way out of it. The slower a server, the more often its load would sleep, so that would not
    /// fall on both of a pair alike.
    fn wait(&mut self) -> Result<()> {
        let mut silent_since = None;
        loop {
            match self.poll.poll(&mut self.events, Some(Duration::ZERO)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                outcome => outcome?,
            }
            if !self.events.is_empty() {
                return Ok(());
            }
            ensure!(
                silent_since.get_or_insert_with(Instant::now).elapsed() < SILENCE_MAX,
                "the server answered nothing for {} s",
                SILENCE_MAX.as_secs()
            );
        }
    }
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        let request = "GET /??????? HTTP/1.1\r\nHost: 127.0.0.1\r\n\
            User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
            Accept: */*\r\n\r\n";
        Self { stream, request: request.into(), link: 0, response: [0; 2048], received: 0 }
    }

    fn ask(&mut self, link: u32, codes: &[u8]) -> Result<()> {
        let code = link as usize * CODE_AT.len();
        self.request[CODE_AT].copy_from_slice(&codes[code..code + CODE_AT.len()]);
        self.link = link;
        self.received = 0;
        let sent = self.stream.write(&self.request).context("cannot send a request")?;
        // The last request was answered, so there is room for far more than one.
        ensure!(sent == self.request.len(), "the kernel took half a request");
        Ok(())
    }

    /// Reads what has come and tells whether the head of a response is complete.
    fn receive(&mut self) -> Result<bool> {
        loop {
            match self.stream.read(&mut self.response[self.received..]) {
                Ok(0) => bail!("the server closed a connection or sent more than a short head"),
                Ok(bytes) => self.received += bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("cannot read a response"),
            }
            // Anything but a redirect has a body, and ends the run.
            let is_other = self.received >= REDIRECT.len() && !self.answer().starts_with(REDIRECT);
            if is_other || self.answer().ends_with(b"\r\n\r\n") {
                return Ok(true);
            }
        }
    }

    fn answer(&self) -> &[u8] {
        &self.response[..self.received]
    }
}

fn is_a_redirect(link: u32, answer: &[u8]) -> Result<()> {
    if answer.starts_with(REDIRECT) {
        return Ok(());
    }
    let status = String::from_utf8_lossy(answer.split(|byte| *byte == b'\r').next().unwrap_or(&[]));
    bail!("/{} was answered with `{status}`, not 302", links::code(link))
}

fn leads_to_its_target(link: u32, answer: &[u8]) -> Result<()> {
    is_a_redirect(link, answer)?;
    let answer = String::from_utf8_lossy(answer);
    let target = links::target(link);
    let location = header(&answer, "location").unwrap_or_default();
    ensure!(location == target, "/{} led to `{location}`, not {target}", links::code(link));
    Ok(())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use std::io::BufRead as _;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers every request of every connection with what `answer` makes of its path.
    fn serve(answer: fn(&str) -> String) -> Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || -> Result<()> {
                    let mut out = stream.try_clone()?;
                    for line in std::io::BufReader::new(stream).lines() {
                        if let Some(rest) = line?.strip_prefix("GET /") {
                            let path = rest.split(' ').next().unwrap_or_default();
                            out.write_all(answer(path).as_bytes())?;
                        }
                    }
                    Ok(())
                });
            }
        });
        Ok(address)
    }

    #[test]
    fn every_link_is_visited_once_and_each_answer_checked() -> Result<()> {
        let right = serve(|code| {
            format!(
                "HTTP/1.1 302 Found\r\nLocation: https://www.example.com/articles/{code}/read-it-as-one-page\r\n\r\n"
            )
        })?;
        assert_eq!(Load::connect(right, 8, 100)?.visit_all()?.requests, 100);

        let wrong = serve(|_| "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n".into())?;
        let error = Load::connect(wrong, 8, 100)?.visit_all().expect_err("it leads elsewhere");
        assert!(error.to_string().contains("led to `/elsewhere`"), "{error}");
        Ok(())
    }

    #[test]
    fn anything_but_a_redirect_ends_the_run() -> Result<()> {
        let busy = serve(|_| "HTTP/1.1 503 Service Unavailable\r\n\r\nlater".into())?;
        let mut load = Load::connect(busy, 1, 1)?;
        let error = load.run_for(Duration::from_secs(5), || 0).expect_err("it is a 503");
        assert_eq!(
            error.to_string(),
            "/b000000 was answered with `HTTP/1.1 503 Service Unavailable`, not 302"
        );
        Ok(())
    }

    #[test]
    fn a_run_ends_when_its_time_is_over() -> Result<()> {
        let server = serve(|_| "HTTP/1.1 302 Found\r\n\r\n".into())?;
        let tally = Load::connect(server, 4, 10)?.run_for(Duration::from_millis(100), || 3)?;
        assert!(tally.requests > 0);
        assert!(tally.wall >= Duration::from_millis(100));
        assert!(tally.wall < Duration::from_secs(5));
        Ok(())
    }
}
