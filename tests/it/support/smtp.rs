//! A mail server on loopback that keeps what it is given. It can be told to misbehave.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// What the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// Takes every mail.
    Take,
    /// Takes connections, and says nothing.
    Hang,
    /// Wants nobody's mail, and repeats the address as it says so.
    Refuse,
    /// Answers with something that is not SMTP.
    Babble,
}

/// A mail as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    /// Who the envelope is from.
    pub(crate) from: String,
    /// Where it is to.
    pub(crate) to: String,
    /// Who has signed in to send it: a user name and a password.
    pub(crate) sent_by: Option<(String, String)>,
    /// The mail itself.
    pub(crate) text: String,
}

/// A running mail server.
pub(crate) struct Smtp {
    pub(crate) address: SocketAddr,
    shared: Arc<Mutex<(Does, Vec<Received>)>>,
    is_over: Arc<AtomicBool>,
}

impl Smtp {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Mutex::new((Does::Take, Vec::new())));
        let is_over = Arc::new(AtomicBool::new(false));
        let (state, over) = (Arc::clone(&shared), Arc::clone(&is_over));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), state) = (stream, Arc::clone(&state)) else { continue };
                // Whoever sends may hang up.
                thread::spawn(move || drop(serve(&stream, &state)));
            }
        });
        Self { address, shared, is_over }
    }

    /// From now on it does this.
    pub(crate) fn does(&self, does: Does) {
        self.shared().0 = does;
    }

    /// The mails that came, oldest first.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared().1.clone()
    }

    fn shared(&self) -> MutexGuard<'_, (Does, Vec<Received>)> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the listener.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(stream: &TcpStream, shared: &Mutex<(Does, Vec<Received>)>) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let does = shared.lock().unwrap_or_else(PoisonError::into_inner).0;
    let mut lines = BufReader::new(stream);
    match does {
        Does::Hang => return lines.read_to_end(&mut Vec::new()).map(drop),
        Does::Babble => return say(stream, "HTTP/1.1 400 Bad Request"),
        Does::Take | Does::Refuse => say(stream, "220 sink ESMTP")?,
    }
    let mut mail =
        Received { from: String::new(), to: String::new(), sent_by: None, text: String::new() };
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((line, ""));
        match verb {
            "EHLO" => say(stream, "250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN")?,
            "AUTH" => {
                mail.sent_by = credentials(rest);
                say(stream, "235 welcome")?;
            }
            "MAIL" => {
                mail.from = path(rest);
                say(stream, "250 yes")?;
            }
            "RCPT" if does == Does::Refuse => {
                say(stream, &format!("550 5.1.1 <{}> is nobody here", path(rest)))?;
            }
            "RCPT" => {
                mail.to = path(rest);
                say(stream, "250 yes")?;
            }
            "DATA" => {
                say(stream, "354 go on")?;
                mail.text = data(&mut lines)?;
                // Kept before it is confirmed, so that whoever was told finds it.
                shared.lock().unwrap_or_else(PoisonError::into_inner).1.push(mail.clone());
                say(stream, "250 taken")?;
            }
            "QUIT" => return say(stream, "221 bye"),
            _ => say(stream, "502 what?")?,
        }
    }
}

fn say(mut stream: &TcpStream, line: &str) -> io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes())
}

/// What stands between the angle brackets.
fn path(rest: &str) -> String {
    let inside = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(path, _)| path.to_owned())
}

/// `PLAIN` and its only word (RFC 4616).
fn credentials(rest: &str) -> Option<(String, String)> {
    let word = BASE64_STANDARD.decode(rest.strip_prefix("PLAIN ")?).ok()?;
    let word = String::from_utf8(word).ok()?;
    let mut parts = word.split('\0').skip(1);
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}

/// Everything until a line with a dot alone, without the dots that protect others.
fn data(lines: &mut impl io::BufRead) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 || line.trim_end() == "." {
            return Ok(text);
        }
        text += line.strip_prefix('.').unwrap_or(&line);
    }
}
