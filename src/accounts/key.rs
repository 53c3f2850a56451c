//! API keys: `carom_`, 43 letters of secret, 6 letters of checksum.
//!
//! The secret is drawn from 58 letters, 251 bits of it: too many to guess, so a fast hash (SHA-256)
//! keeps it safe in the store. The checksum lets secret scanners tell a key from a look-alike
//! without asking anybody.

use sha2::{Digest, Sha256};

use super::name;
use crate::model::random;

const LEAD: &str = "carom_";
const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
const PREFIX_LENGTH: usize = LEAD.len() + 6;
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// A whole API key. Shown once, never stored, never logged.
#[derive(Clone)]
pub struct ApiKey(String);

/// A text that cannot be an API key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("that is no API key of Carom: a key begins with `{LEAD}` and is {} characters long", LEAD.len() + SECRET_LENGTH + CHECKSUM_LENGTH)]
pub struct KeyError;

impl ApiKey {
    /// A new key.
    #[must_use]
    pub fn random() -> Self {
        let secret = random::text(ALPHABET, SECRET_LENGTH);
        let checksum = checksum(&secret);
        Self(format!("{LEAD}{secret}{checksum}"))
    }

    /// Reads a key as a client sent it.
    ///
    /// # Errors
    /// Its form or its checksum is wrong.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix(LEAD).filter(|rest| rest.is_ascii()).ok_or(KeyError)?;
        if rest.len() != SECRET_LENGTH + CHECKSUM_LENGTH {
            return Err(KeyError);
        }
        let (secret, sum) = rest.split_at(SECRET_LENGTH);
        if checksum(secret) == sum { Ok(Self(text.to_owned())) } else { Err(KeyError) }
    }

    /// The key itself, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its beginning, for people to tell keys apart.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0[..PREFIX_LENGTH]
    }

    /// What the store keeps of it.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

/// A text that cannot be a key's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key's name has 1 to {} characters and none that cannot be seen: choose another",
    name::LENGTH_MAX
)]
pub struct KeyNameError;

/// A name by which people tell keys apart.
///
/// # Errors
/// It is empty, too long, or holds a control character.
pub fn name(text: &str) -> Result<&str, KeyNameError> {
    name::check(text).map_err(|_| KeyNameError)
}

fn checksum(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]);
    digest.iter().take(CHECKSUM_LENGTH).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_a_mistyped_one_is_not() {
        let key = ApiKey::random();
        assert!(ApiKey::parse(key.reveal()).is_ok_and(|read| read.digest() == key.digest()));
        let mut mistyped = key.reveal().to_owned();
        let last = if mistyped.pop() == Some('x') { 'y' } else { 'x' };
        mistyped.push(last);
        for bad in [mistyped.as_str(), "", "carom_", "carom_é", "Bearer x", &key.reveal()[..54]] {
            assert!(ApiKey::parse(bad).is_err(), "{bad}");
        }
    }
}
