//! Invitations that are mailed.

use serde_json::{Value, json};

use super::fixture::{Browser, member};
use crate::admin_api::fixture::patient;
use crate::support::carom::{Carom, Options};
use crate::support::smtp::{Does, Smtp};

fn server(sink: &Smtp) -> Carom {
    let options = patient(Options::sqlite())
        .set("CAROM_MAIL__SMTP", format!("smtp://{}", sink.address))
        .set("CAROM_MAIL__FROM", "Carom <carom@example.com>");
    Carom::start(options)
}

#[track_caller]
fn invite(host: &mut Browser<'_>, email: &str) -> Value {
    let draft = json!({ "email": email, "role": "viewer" });
    let made = host.ask("POST", "/api/v1/invitations", Some(draft));
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

#[test]
fn who_is_invited_gets_the_link_by_mail() {
    let sink = Smtp::start();
    let carom = server(&sink);
    let mut owner = member(&carom, "owner@example.com", "owner");

    let made = invite(&mut owner, "Ada@example.com");

    assert_eq!(made["mailed"], true);
    let mails = sink.received();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "Ada@example.com");
    let text = mails[0].text.replace("=\r\n", "");
    let link = made["link"].as_str().expect("a link");
    assert!(text.contains(link), "{link} in {text}");
    assert!(text.contains("owner@example.com invites you"), "{text}");
    assert!(text.contains("for 7 days."), "{text}");
}

#[test]
fn an_invitation_stands_although_its_mail_is_refused() {
    let sink = Smtp::start();
    sink.does(Does::Refuse);
    let carom = server(&sink);
    let mut owner = member(&carom, "owner@example.com", "owner");

    let made = invite(&mut owner, "ada@example.com");

    assert_eq!(made["mailed"], false);
    let listed = owner.get("/api/v1/invitations");
    assert_eq!(listed["invitations"][0]["id"], made["id"]);
    assert_eq!(listed["invitations"][0]["mailed"], Value::Null, "nobody knows later");
    let log = carom.log();
    assert!(log.contains("refused the mail with the code 550"), "{log}");
    assert!(!log.contains("ada@example.com"), "{log}");
}

#[test]
fn without_a_server_for_mails_nothing_is_said_of_them() {
    let carom = Carom::start(patient(Options::sqlite()));
    let mut owner = member(&carom, "owner@example.com", "owner");
    let made = invite(&mut owner, "ada@example.com");
    assert!(made["link"].is_string() && made.get("mailed").is_none(), "{made}");
}
