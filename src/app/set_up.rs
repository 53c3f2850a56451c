//! The set-up: how somebody gets the first account of a store, without a key and without a shell.

use url::Url;

use crate::accounts::token::Token;
use crate::config::Role;
use crate::store::{Error, Store, setup};

/// What a start found out about the set-up.
pub(super) enum SetUp {
    /// Whoever shows this token makes the first account.
    Offered(Token),
    /// A token was offered before, and nobody has an account yet. Which token it was is not known.
    Waiting,
    /// Somebody has an account, or this process has nothing to do with it.
    Over,
}

/// Offers a token if nobody has an account and none was offered before.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn offer(store: &Store, role: Role) -> Result<SetUp, Error> {
    // Only who can show the address takes the one token there is.
    if !role.administers() {
        return Ok(SetUp::Over);
    }
    let token = Token::random();
    if setup::open(store, token.digest_text()).await? {
        return Ok(SetUp::Offered(token));
    }
    Ok(if setup::is_waiting(store).await? { SetUp::Waiting } else { SetUp::Over })
}

/// The address of the set-up where people reach the admin listener. The token is its fragment, which
/// browsers keep to themselves (RFC 9110 §7.1), so that it stands in no log.
#[must_use]
pub fn url(admin: &Url, token: &Token) -> String {
    format!("{admin}set-up#{}", token.reveal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_the_fragment_of_the_page() {
        let token = Token::random();
        let admin = Url::parse("https://admin.example").expect("a URL");
        let expected = format!("https://admin.example/set-up#{}", token.reveal());
        assert_eq!(url(&admin, &token), expected);
    }
}
