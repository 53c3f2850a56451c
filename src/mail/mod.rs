//! Mails to people: invitations, in plain text, through the operator's server.
//!
//! | file | what it holds |
//! |---|---|
//! | `server` | where the mail server is, and how it is spoken to |
//! | `letter` | what a mail says |
//! | `mailer` | handing a mail over, within a deadline |
//!
//! Nothing here knows the store or HTTP. An address is never logged.

mod letter;
mod mailer;
mod server;

pub use letter::Invitation;
pub use mailer::{DEADLINE, Mailer, Unsent};
pub use server::{Sender, SenderError, Server, ServerError};
