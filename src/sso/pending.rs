//! A sign-in under way: what is remembered of it until its person comes back, and under which name.
//!
//! The browser holds a cookie, the provider sends our state back, and only both together name the row
//! that remembers the rest. So whoever is led here with somebody else's code and state signs in as
//! nobody (login CSRF), and does not disturb a sign-in of their own either.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::accounts::token::Token;

/// Letters of a path to return to at most.
const PATH_LENGTH_MAX: usize = 512;

/// What is remembered.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    /// What the ID token must repeat.
    pub(super) nonce: String,
    /// What the provider saw a digest of (RFC 7636).
    pub(super) verifier: String,
    /// Where the person goes once they are signed in.
    pub return_to: ReturnTo,
}

/// Something is stored that no sign-in under way is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is stored is no sign-in under way")]
pub struct NotPending;

impl Pending {
    /// The text that the store holds.
    ///
    /// # Panics
    /// Never: texts make JSON.
    #[must_use]
    pub fn stored(&self) -> String {
        serde_json::to_string(self).expect("texts make JSON")
    }

    /// Reads what [`Pending::stored`] has written.
    ///
    /// # Errors
    /// It is something else.
    pub fn from_stored(text: &str) -> Result<Self, NotPending> {
        serde_json::from_str(text).map_err(|_| NotPending)
    }
}

/// The name of a sign-in under way, from what the cookie holds and from the state.
#[must_use]
pub fn digest(cookie: &Token, state: &Token) -> Vec<u8> {
    // Both have the same length always, so no other two make the same text.
    let both = Sha256::new().chain_update(cookie.reveal()).chain_update(state.reveal());
    both.finalize().to_vec()
}

/// A path of this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReturnTo(String);

/// A text that leads somewhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the path to return to must begin with one `/`, and have at most {PATH_LENGTH_MAX} letters of a \
     URL and no `\\`"
)]
pub struct NotHere;

impl ReturnTo {
    /// The path, with its query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ReturnTo {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl TryFrom<String> for ReturnTo {
    type Error = NotHere;

    fn try_from(text: String) -> Result<Self, NotHere> {
        // Browsers read `//host` and `/\host` as another server's address.
        let leads_away = text.starts_with("//") || text.contains('\\');
        let is_path = text.starts_with('/') && text.bytes().all(|c| c.is_ascii_graphic());
        let is_here = is_path && !leads_away && text.len() <= PATH_LENGTH_MAX;
        if is_here { Ok(Self(text)) } else { Err(NotHere) }
    }
}

impl From<ReturnTo> for String {
    fn from(path: ReturnTo) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_cookie_and_the_state_together_name_a_sign_in() {
        let (cookie, state, other) = (Token::random(), Token::random(), Token::random());
        let name = digest(&cookie, &state);
        assert_eq!(name, digest(&cookie.clone(), &state.clone()));
        for foreign in [digest(&cookie, &other), digest(&other, &state), digest(&state, &cookie)] {
            assert_ne!(name, foreign);
        }
    }

    #[test]
    fn a_sign_in_is_read_back_as_it_was_written() {
        let return_to = ReturnTo::try_from("/links?page=2".to_owned()).expect("a path");
        let pending = Pending { nonce: "n".to_owned(), verifier: "v".to_owned(), return_to };
        let read = Pending::from_stored(&pending.stored()).expect("a sign-in");
        assert_eq!((read.nonce.as_str(), read.verifier.as_str()), ("n", "v"));
        assert_eq!(read.return_to.as_str(), "/links?page=2");
        for bad in ["", "{}", r#"{"nonce":"n","verifier":"v","return_to":"//evil.example"}"#] {
            assert_eq!(Pending::from_stored(bad).err(), Some(NotPending), "{bad}");
        }
    }

    #[test]
    fn nobody_is_sent_to_another_server() {
        for good in ["/", "/links", "/links?a=b#c", "/a//b"] {
            assert!(ReturnTo::try_from(good.to_owned()).is_ok(), "{good}");
        }
        let long = format!("/{}", "a".repeat(PATH_LENGTH_MAX));
        for bad in [
            "",
            "links",
            "//evil.example",
            "/\\evil.example",
            "/a\\b",
            "https://evil.example",
            "/a b",
            "/a\r\nSet-Cookie: x",
            "/é",
            "/\t/evil.example",
            &long,
        ] {
            assert_eq!(ReturnTo::try_from(bad.to_owned()), Err(NotHere), "{bad:?}");
        }
        assert_eq!(ReturnTo::default().as_str(), "/");
    }
}
