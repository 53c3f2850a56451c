//! What a mail says. Names come from people: each stands on one line, and no longer than a line.

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};

use super::server::Sender;
use crate::accounts::email::Email;
use crate::model::random;

/// Characters of somebody's name or a workspace's at most.
const NAME_LENGTH_MAX: usize = 80;

/// Letters of a mail's id: 128 bits and more.
const ID_LENGTH: usize = 26;
const ID_ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// An invitation to a workspace.
#[derive(Debug, Clone, Copy)]
pub struct Invitation<'a> {
    /// Who is invited.
    pub to: &'a Email,
    /// The workspace's name.
    pub workspace: &'a str,
    /// Who invites.
    pub inviter: &'a str,
    /// The role that the guest will have.
    pub role: &'a str,
    /// Where to accept. It is a secret.
    pub link: &'a str,
    /// Days until it ends.
    pub days: i64,
}

/// An address that no mail can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no mail can be sent to this address")]
pub(super) struct NoAddress;

impl Invitation<'_> {
    /// The mail.
    pub(super) fn message(&self, from: &Sender) -> Result<Message, NoAddress> {
        let to = self.to.as_str().parse().map_err(|_| NoAddress)?;
        let (workspace, inviter) = (one_line(self.workspace), one_line(self.inviter));
        let Self { role, link, days, .. } = self;
        let body = format!(
            "{inviter} invites you to the workspace \"{workspace}\" on Carom, with the role {role}.\r\n\
             \r\n\
             To accept, open this address:\r\n\
             \r\n\
             {link}\r\n\
             \r\n\
             It works once, and for {days} days.\r\n\
             If you do not know what this is about, do nothing.\r\n"
        );
        let id = random::text(ID_ALPHABET, ID_LENGTH);
        Message::builder()
            .from(from.0.clone())
            .to(Mailbox::new(None, to))
            .subject(format!("Invitation to {workspace} on Carom"))
            .message_id(Some(format!("<{id}@{}>", from.0.email.domain())))
            .date_now()
            // RFC 3834 §5: nobody's holiday notice is wanted.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body))
            .map_err(|_| NoAddress)
    }
}

/// A name without anything that could begin another line or header.
fn one_line(name: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let words = name.split(|c: char| is_break(c) || c.is_whitespace()).filter(|it| !it.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().take(NAME_LENGTH_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(workspace: &str, inviter: &str) -> String {
        let to = Email::parse("ada@example.com").expect("an address");
        let link = "https://admin.example/invitation#abc";
        let invitation = Invitation { to: &to, workspace, inviter, role: "editor", link, days: 7 };
        let from = Sender::parse("Carom <carom@example.com>").expect("a sender");
        let message = invitation.message(&from).expect("a mail");
        String::from_utf8(message.formatted()).expect("ASCII")
    }

    #[test]
    fn a_mail_says_who_invites_where_to_and_how_long() {
        let mail = formatted("Travel", "Grace");
        for line in [
            "From: Carom <carom@example.com>",
            "To: ada@example.com",
            "Subject: Invitation to Travel on Carom",
            "Auto-Submitted: auto-generated",
            "Content-Type: text/plain; charset=utf-8",
            "Grace invites you to the workspace \"Travel\" on Carom, with the role editor.",
            "https://admin.example/invitation#abc",
        ] {
            assert!(mail.lines().any(|it| it == line), "{line} in {mail}");
        }
        assert!(mail.contains("It works once, and for 7 days."), "{mail}");
        assert!(mail.contains("@example.com>\r\n"), "an id of the sender's domain: {mail}");
    }

    #[test]
    fn a_name_adds_no_header_and_no_line() {
        let bad = "Travel\r\nBcc: eve@example.com\r\n\r\nhttp://evil.example\n\u{2028}\u{0}x";
        let mail = formatted(bad, bad);
        let (head, _) = mail.split_once("\r\n\r\n").expect("a head and a body");
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{mail}");
        assert!(!mail.lines().any(|line| line.starts_with("http://evil")), "{mail}");
        assert_eq!(one_line(bad), "Travel Bcc: eve@example.com http://evil.example x");
        assert_eq!(one_line(&"é".repeat(100)).chars().count(), NAME_LENGTH_MAX);
        assert_eq!(one_line(" a \t b\u{85}c "), "a b c");
    }
}
