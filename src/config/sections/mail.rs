//! `[mail]`: how mails are sent.

use super::super::reader::Reader;
use crate::mail::{Sender, Server};

/// `[mail]`
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The server that takes them; none: none are sent.
    pub server: Option<Server>,
    /// Who they come from.
    pub from: Option<Sender>,
}

impl MailConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { server: reader.text("mail.smtp", server), from: reader.text("mail.from", from) }
    }
}

fn server(text: &str) -> Result<Option<Server>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    Server::parse(text).map(Some).map_err(|error| error.to_string())
}

fn from(text: &str) -> Result<Option<Sender>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    Sender::parse(text).map(Some).map_err(|error| error.to_string())
}
