//! A name server on loopback that says what a test wants it to.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

const NO_ERROR: u8 = 0;
const SERVER_FAILURE: u8 = 2;
const NO_SUCH_NAME: u8 = 3;
const TXT: [u8; 2] = [0, 16];
const INTERNET: [u8; 2] = [0, 1];

/// Bytes of a message's head (RFC 1035 §4.1.1).
const HEAD: usize = 12;

/// What is said about a name.
#[derive(Debug, Clone)]
pub(crate) enum Said {
    /// These texts.
    Texts(Vec<String>),
    /// Nothing at all.
    Silence,
    /// That the server failed.
    Failure,
}

/// A running name server; whatever it was not told of does not exist.
pub(crate) struct Resolver {
    pub(crate) address: SocketAddr,
    names: Arc<Mutex<HashMap<String, Said>>>,
    is_over: Arc<AtomicBool>,
}

impl Resolver {
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
        let address = socket.local_addr().expect("an address");
        let (names, is_over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let resolver = Self { address, names: Arc::clone(&names), is_over: Arc::clone(&is_over) };
        thread::spawn(move || {
            let mut buffer = [0; 1500];
            while !is_over.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                let names = names.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(answer) = answer(&buffer[..length], &names) {
                    // Who asked may have hung up.
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        resolver
    }

    /// From now on this is said about a name.
    pub(crate) fn say(&self, name: &str, said: Said) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(name.to_owned(), said);
    }

    /// These are the texts at a name.
    pub(crate) fn set(&self, name: &str, texts: &[&str]) {
        self.say(name, Said::Texts(texts.iter().map(|text| (*text).to_owned()).collect()));
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

fn answer(question: &[u8], names: &HashMap<String, Said>) -> Option<Vec<u8>> {
    let (name, end) = name(question)?;
    let asked = question.get(HEAD..end + 4)?;
    let (code, texts) = match names.get(&name) {
        Some(Said::Silence) => return None,
        Some(Said::Failure) => (SERVER_FAILURE, &[][..]),
        Some(Said::Texts(texts)) => (NO_ERROR, &texts[..]),
        None => (NO_SUCH_NAME, &[][..]),
    };
    let mut message = question[..2].to_vec();
    // A response, recursion desired and available; one question, the answers, nothing else.
    message.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(texts.len()).ok()?, 0, 0, 0, 0]);
    message.extend(asked);
    for text in texts {
        let length = u8::try_from(text.len()).ok()?;
        // The name stands in the question; it is good for no second.
        message.extend([0xc0, 12]);
        message.extend([TXT, INTERNET, [0, 0], [0, 0], [0, length + 1]].concat());
        message.push(length);
        message.extend(text.as_bytes());
    }
    Some(message)
}

/// The name that is asked for, in lower case, and where it ends.
fn name(question: &[u8]) -> Option<(String, usize)> {
    let (mut labels, mut at) = (Vec::new(), HEAD);
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        let label = question.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
}
