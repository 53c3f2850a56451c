//! Mails: what arrives, and what is told of those that do not.

use std::time::{Duration, Instant};

use carom::accounts::email::Email;
use carom::mail::{Invitation, Mailer, Sender, Server, Unsent};

use crate::support::smtp::{Does, Received, Smtp};

/// For what is waited for in vain.
const SHORT: Duration = Duration::from_millis(500);

/// For what comes.
const LONG: Duration = Duration::from_secs(20);

fn mailer(url: &str, deadline: Duration) -> Mailer {
    let from = Sender::parse("Carom <carom@example.com>").expect("a sender");
    Mailer::new(Server::parse(url).expect("a server"), from, deadline)
}

async fn invite(mailer: &Mailer, to: &str, names: &str) -> Result<(), Unsent> {
    let to = Email::parse(to).expect("an address");
    let link = "https://admin.example/?invitation=abc";
    let (workspace, inviter) = (names, names);
    let invitation = Invitation { to: &to, workspace, inviter, role: "editor", link, days: 7 };
    mailer.send_invitation(&invitation).await
}

#[track_caller]
fn only(sink: &Smtp) -> Received {
    let mut all = sink.received();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[tokio::test]
async fn a_mail_arrives_at_whom_it_is_to() {
    let sink = Smtp::start();
    let mailer = mailer(&format!("smtp://{}", sink.address), LONG);

    invite(&mailer, "Ada@example.com", "Travel").await.expect("taken");

    let mail = only(&sink);
    assert_eq!((mail.from.as_str(), mail.to.as_str()), ("carom@example.com", "Ada@example.com"));
    assert_eq!(mail.sent_by, None);
    for line in [
        "From: Carom <carom@example.com>",
        "To: Ada@example.com",
        "Subject: Invitation to Travel on Carom",
    ] {
        assert!(mail.text.lines().any(|it| it == line), "{line} in {}", mail.text);
    }
    let (head, body) = mail.text.split_once("\r\n\r\n").expect("a head and a body");
    let words = decoded(head, body);
    assert!(words.contains("\r\nhttps://admin.example/?invitation=abc\r\n"), "{words}");
}

#[tokio::test]
async fn who_sends_signs_in_first_if_the_server_s_address_says_so() {
    let sink = Smtp::start();
    let mailer = mailer(&format!("smtp://me%40x:s%3Acret@{}", sink.address), LONG);

    invite(&mailer, "ada@example.com", "Travel").await.expect("taken");

    assert_eq!(only(&sink).sent_by, Some(("me@x".to_owned(), "s:cret".to_owned())));
}

#[tokio::test]
async fn names_of_any_script_arrive_and_add_no_header() {
    let sink = Smtp::start();
    let mailer = mailer(&format!("smtp://{}", sink.address), LONG);

    invite(&mailer, "ada@example.com", "Café 旅行\r\nBcc: eve@example.com").await.expect("taken");

    let mail = only(&sink);
    assert!(mail.text.is_ascii(), "{}", mail.text);
    let (head, body) = mail.text.split_once("\r\n\r\n").expect("a head and a body");
    assert!(!head.to_lowercase().contains("\nbcc"), "{head}");
    // Encoded words: RFC 2047.
    assert!(head.contains("Subject: Invitation to =?utf-8?b?"), "{head}");
    assert!(head.contains("Content-Transfer-Encoding: "), "{head}");
    let words = decoded(head, body);
    assert!(words.contains("\"Café 旅行 Bcc: eve@example.com\""), "{words}");
}

/// The words of a body.
fn decoded(head: &str, body: &str) -> String {
    use base64::Engine as _;
    if head.contains("Content-Transfer-Encoding: base64") {
        let body: String = body.split_whitespace().collect();
        let bytes = base64::prelude::BASE64_STANDARD.decode(body).expect("base64");
        return String::from_utf8(bytes).expect("UTF-8");
    }
    // Quoted-printable (RFC 2045 §6.7) is percent encoding with another sign.
    let body = body.replace("=\r\n", "").replace('%', "%25").replace('=', "%");
    percent_encoding::percent_decode_str(&body).decode_utf8().expect("UTF-8").into_owned()
}

#[tokio::test]
async fn an_address_of_any_script_is_sent_to() {
    let sink = Smtp::start();
    let mailer = mailer(&format!("smtp://{}", sink.address), LONG);

    invite(&mailer, "éva@example.com", "Travel").await.expect("taken");

    assert_eq!(only(&sink).to, "éva@example.com");
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_the_deadline() {
    let sink = Smtp::start();
    sink.does(Does::Hang);
    let mailer = mailer(&format!("smtp://{}", sink.address), SHORT);

    let begun = Instant::now();
    let unsent = invite(&mailer, "ada@example.com", "Travel").await.expect_err("nobody took it");

    assert!(matches!(unsent, Unsent::TimedOut(_)), "{unsent:?}");
    assert!((SHORT..LONG).contains(&begun.elapsed()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_is_told_of_a_refused_mail_does_not_hold_the_address() {
    let sink = Smtp::start();
    sink.does(Does::Refuse);
    let mailer = mailer(&format!("smtp://{}", sink.address), LONG);

    let unsent = invite(&mailer, "ada@example.com", "Travel").await.expect_err("refused");

    assert!(matches!(unsent, Unsent::Refused(550)), "{unsent:?}");
    let told = format!("{unsent:?} {}", carom::telemetry::in_full(&unsent));
    assert!(!told.contains("ada@"), "{told}");
    assert_eq!(sink.received(), []);
}

#[tokio::test]
async fn a_server_that_is_none_or_away_is_told_apart() {
    let sink = Smtp::start();
    sink.does(Does::Babble);
    let mailer_of_rubbish = mailer(&format!("smtp://{}", sink.address), LONG);
    let unsent = invite(&mailer_of_rubbish, "ada@example.com", "Travel").await.expect_err("none");
    assert!(matches!(unsent, Unsent::NotSmtp), "{unsent:?}");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = closed.local_addr().expect("an address");
    drop(closed);
    let nowhere = mailer(&format!("smtp://{address}"), LONG);
    let unsent = invite(&nowhere, "ada@example.com", "Travel").await.expect_err("nobody there");
    assert!(matches!(unsent, Unsent::Unreachable(_)), "{unsent:?}");
    assert!(!carom::telemetry::in_full(&unsent).contains("ada@"), "{unsent:?}");
}

#[tokio::test]
async fn nothing_is_sent_in_plain_text_where_tls_is_asked_for() {
    let sink = Smtp::start();
    let port = sink.address.port();
    // The sink offers no STARTTLS, and speaks no TLS.
    for url in [
        format!("smtp://me:secret@localhost:{port}?tls=starttls"),
        format!("smtps://me:secret@localhost:{port}"),
    ] {
        let unsent = invite(&mailer(&url, LONG), "ada@example.com", "Travel").await;
        let unsent = unsent.expect_err("not safely");
        assert!(matches!(unsent, Unsent::Unreachable(_) | Unsent::NotSmtp), "{unsent:?}");
        assert_eq!(sink.received(), [], "{url}");
    }
}
