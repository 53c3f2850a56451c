//! Secrets that stand in for somebody: sessions, invitations, the set-up.
//!
//! 43 letters of 58 are 251 bits: too many to guess, so a fast hash (SHA-256) keeps them safe in the
//! store.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::model::random;

const LENGTH: usize = 43;
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// A whole token. Shown once, never stored, never logged.
#[derive(Clone)]
pub struct Token(String);

// By hand: it is a secret.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// A new token.
    #[must_use]
    pub fn random() -> Self {
        Self(random::text(ALPHABET, LENGTH))
    }

    /// Reads a token as somebody sent it; nothing when it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = text.len() == LENGTH && text.bytes().all(|c| ALPHABET.contains(&c));
        is_one.then(|| Self(text.to_owned()))
    }

    /// The token itself, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the store keeps of it where it keeps text.
    #[must_use]
    pub fn digest_text(&self) -> String {
        self.digest().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the store keeps of it.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_rubbish_is_none() {
        let token = Token::random();
        let read = Token::parse(token.reveal()).expect("a token");
        assert_eq!(read.digest(), token.digest());
        assert_ne!(Token::random().digest(), token.digest());
        let text = token.digest_text();
        assert!(text.len() == 64 && text.starts_with(&format!("{:02x}", token.digest()[0])));
        assert!(!format!("{token:?}").contains(token.reveal()));
        let long = format!("{}x", token.reveal());
        for bad in ["", "x", &long, &"0".repeat(LENGTH), &"é".repeat(LENGTH)] {
            assert!(Token::parse(bad).is_none(), "{bad}");
        }
    }
}
