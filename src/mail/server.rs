//! Where the mail server is and who mails come from: the meaning of `mail.smtp` and `mail.from`.

use std::fmt;

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::model::host::is_loopback;

/// A mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name, as certificates have it, or its address.
    pub(super) host: String,
    /// Its port.
    pub(super) port: u16,
    /// What keeps others from reading along.
    pub(super) security: Security,
    /// A user name and a password.
    pub(super) credentials: Option<(String, String)>,
}

/// What keeps others from reading along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    /// TLS from the first byte (RFC 8314 §3.3).
    Tls,
    /// TLS after `STARTTLS`; a server that does not offer it gets nothing.
    StartTls,
    /// Nothing.
    None,
}

/// A text that names no mail server. It is not repeated, for it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// It has another form.
    #[error(
        "names no mail server: write smtps://USER:PASSWORD@HOST:PORT or \
         smtp://USER:PASSWORD@HOST:PORT, with special characters as %XX"
    )]
    Unknown,
    /// The password would be sent for everybody to read.
    #[error("would send a password in plain text: leave ?tls=none out")]
    PlainPassword,
}

// By hand: it may hold a password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, security, credentials } = self;
        let has_credentials = credentials.is_some();
        write!(f, "Server({host}:{port}, {security:?}, has_credentials: {has_credentials})")
    }
}

impl Server {
    /// Reads `smtp://…` or `smtps://…`.
    ///
    /// # Errors
    /// It has another form, or would send a password in plain text.
    pub fn parse(text: &str) -> Result<Self, ServerError> {
        let url = Url::parse(text).map_err(|_| ServerError::Unknown)?;
        let host = decoded(url.host_str().unwrap_or_default())?;
        let host = Host::parse(&host).map_err(|_| ServerError::Unknown)?;
        let is_loopback = is_loopback(&host);
        let host = match host {
            Host::Domain(name) => name,
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        let security = match (url.scheme(), url.query()) {
            ("smtps", None) => Security::Tls,
            ("smtp", Some("tls=none")) => Security::None,
            ("smtp", Some("tls=starttls")) => Security::StartTls,
            ("smtp", None) if is_loopback => Security::None,
            ("smtp", None) => Security::StartTls,
            _ => return Err(ServerError::Unknown),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(ServerError::Unknown);
        }
        let credentials = credentials(&url)?;
        if security == Security::None && credentials.is_some() && !is_loopback {
            return Err(ServerError::PlainPassword);
        }
        let port = url.port().unwrap_or(match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::None => 25,
        });
        Ok(Self { host, port, security, credentials })
    }
}

fn credentials(url: &Url) -> Result<Option<(String, String)>, ServerError> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(ServerError::Unknown),
        (user, Some(password)) => Ok(Some((decoded(user)?, decoded(password)?))),
    }
}

fn decoded(text: &str) -> Result<String, ServerError> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| ServerError::Unknown)?;
    Ok(text.into_owned())
}

/// Who mails come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(pub(super) Mailbox);

/// A text that is no sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no sender: write an address, or a name and an address: Carom <carom@example.com>")]
pub struct SenderError;

impl Sender {
    /// Reads `Carom <carom@example.com>` or `carom@example.com`.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, SenderError> {
        if text.chars().any(char::is_control) {
            return Err(SenderError);
        }
        text.parse().map(Self).map_err(|_| SenderError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_spoken_to_as_its_address_says() {
        for (text, host, port, security) in [
            ("smtps://mail.example", "mail.example", 465, Security::Tls),
            ("smtps://mail.example:4650/", "mail.example", 4650, Security::Tls),
            ("smtp://mail.example", "mail.example", 587, Security::StartTls),
            ("smtp://192.0.2.1:25", "192.0.2.1", 25, Security::StartTls),
            ("smtp://[2001:db8::1]", "2001:db8::1", 587, Security::StartTls),
            ("smtp://relay.example?tls=none", "relay.example", 25, Security::None),
            ("smtp://localhost", "localhost", 25, Security::None),
            ("smtp://localhost?tls=starttls", "localhost", 587, Security::StartTls),
            ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, Security::None),
            ("smtp://[::1]:1025", "::1", 1025, Security::None),
            ("smtps://localhost", "localhost", 465, Security::Tls),
        ] {
            let server = Server::parse(text).expect(text);
            assert_eq!((server.host.as_str(), server.port), (host, port), "{text}");
            assert_eq!((server.security, server.credentials), (security, None), "{text}");
        }
    }

    #[test]
    fn credentials_are_decoded_and_never_printed() {
        let server = Server::parse("smtps://me%40mail.example:s%2Fcret@mail.example").expect("one");
        let expected = ("me@mail.example".to_owned(), "s/cret".to_owned());
        assert_eq!(server.credentials, Some(expected));
        assert!(!format!("{server:?}").contains("cret@"), "{server:?}");
        assert!(!format!("{server:?}").contains("s/cret"), "{server:?}");
    }

    #[test]
    fn other_forms_are_refused_without_repeating_them() {
        for text in [
            "",
            "mail.example:25",
            "http://mail.example",
            "smtp://",
            "smtp:mail.example",
            "smtps://mail.example/inbox",
            "smtps://mail.example#x",
            "smtps://mail.example?tls=none",
            "smtp://mail.example?tls=opportunistic",
            "smtps://me@mail.example",
            "smtps://:secret@mail.example",
            "smtps://me:secret@",
            "smtps://me:%ff@mail.example",
        ] {
            assert_eq!(Server::parse(text), Err(ServerError::Unknown), "{text}");
        }
        let plain = Server::parse("smtp://me:secret@mail.example?tls=none");
        assert_eq!(plain, Err(ServerError::PlainPassword));
        assert!(Server::parse("smtp://me:secret@127.0.0.1").is_ok(), "it stays on this machine");
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for text in ["carom@example.com", "Carom <carom@example.com>", "Carom é <c@example.com>"] {
            assert!(Sender::parse(text).is_ok(), "{text}");
        }
        for text in ["", "Carom", "a@b@c", "Carom\r\nBcc: x <a@example.com>"] {
            assert_eq!(Sender::parse(text), Err(SenderError), "{text:?}");
        }
    }
}
