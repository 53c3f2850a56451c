//! A password from standard input, or one that is made up.

use std::io::{self, BufRead, IsTerminal, Read};

use anyhow::Context;

use super::arguments::Source;
use crate::accounts::email::Email;
use crate::accounts::password::{self, Passwords};
use crate::cli::exit::BadValue;
use crate::hashing::Hashing;

/// Bytes of a line that are read: more than the longest password has.
const LINE_BYTES_MAX: u64 = 4096;

/// A password that may be chosen, and what the store keeps of it.
pub(super) struct Chosen {
    /// A PHC string.
    pub(super) stored: String,
    /// The password itself, to be shown once, if it was made up.
    pub(super) made_up: Option<String>,
}

/// Takes it from where it comes from, and hashes it.
pub(super) async fn choose(source: &Source, email: &Email) -> anyhow::Result<Chosen> {
    let given = if source.is_given { Some(line()?) } else { None };
    let is_given = given.is_some();
    let password = given.unwrap_or_else(password::made_up);
    password::check(&password, email)?;
    let stored = Passwords::new(Hashing::start()).hash(password.clone()).await;
    Ok(Chosen { stored, made_up: (!is_given).then_some(password) })
}

fn line() -> anyhow::Result<String> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let said = "a password typed here would be seen: pipe it in, or leave --password-stdin out and \
                    have one made up";
        return Err(BadValue(said.to_owned()).into());
    }
    let mut line = String::new();
    let read = stdin.lock().take(LINE_BYTES_MAX).read_line(&mut line);
    read.context("cannot read the password from standard input")?;
    Ok(line.lines().next().unwrap_or_default().to_owned())
}
