//! Who is meant.

use anyhow::Context;

use crate::accounts::email::Email;
use crate::cli::exit::NotFound;
use crate::cli::opened::Opened;
use crate::store::users::{self, User};

/// The person with the account of this address, in whichever case it is written.
pub(in crate::cli) async fn by_email(opened: &Opened, text: &str) -> anyhow::Result<User> {
    let email = Email::parse(text)?;
    let found = users::find_by_email(&opened.store, email.folded()).await;
    match found.with_context(|| format!("cannot look up {email}"))? {
        Some(found) => Ok(found.user),
        None => Err(NotFound(format!(
            "nobody here has the address {email}: `carom user list` shows everybody"
        ))
        .into()),
    }
}
