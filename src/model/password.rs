//! The password of a link: what may be one, and how it is kept.
//!
//! Kept is a PHC string of argon2id at OWASP's parameters (19 MiB, two passes, one lane). A hash takes
//! a core for some hundredths of a second: callers see to it that few are made at once, and none on
//! an edge thread.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use unicode_normalization::UnicodeNormalization;

/// Bytes that a password may have at most, in NFC: with each of them percent-encoded, a form with it
/// still fits what the edge reads.
pub const BYTES_MAX: usize = 256;

/// A password that somebody chose or has typed: 1 to 256 bytes in NFC, none a control character.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text is no password. It never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It is empty.
    #[error("a password needs at least one character; `null` takes it off")]
    Empty,
    /// Longer than [`BYTES_MAX`].
    #[error("a password has at most {BYTES_MAX} bytes, and this one has {0}: shorten it")]
    TooLong(usize),
    /// A character that nobody can type into a form.
    #[error("a password cannot have a control character: take it out")]
    Character,
}

impl Password {
    /// Reads a password in any normal form: keyboards differ in what they send.
    ///
    /// # Errors
    /// Says which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let password: String = text.nfc().collect();
        match password.len() {
            0 => Err(PasswordError::Empty),
            length if length > BYTES_MAX => Err(PasswordError::TooLong(length)),
            _ if password.chars().any(char::is_control) => Err(PasswordError::Character),
            _ => Ok(Self(password)),
        }
    }

    /// What is to be kept of it. Takes long.
    ///
    /// # Panics
    /// Never: the parameters are valid, and the system has random bytes.
    #[must_use]
    pub fn hash(&self) -> PasswordHash {
        let hash: phc::PasswordHash = Argon2::default()
            .hash_password(self.0.as_bytes())
            .expect("the parameters are valid, and the system has random bytes");
        PasswordHash(hash.to_string().into())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What is kept of a password: a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Box<str>);

impl PasswordHash {
    /// A hash as the store holds it.
    #[must_use]
    pub fn from_stored(phc: String) -> Self {
        Self(phc.into())
    }

    /// The PHC string, for the store and for nobody else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is of this password. Takes long. A hash that cannot be read is of none.
    #[must_use]
    pub fn is_of(&self, password: &Password) -> bool {
        let checked = Argon2::default().verify_password(password.0.as_bytes(), &*self.0);
        checked.is_ok()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::parse(text).expect("a password")
    }

    #[test]
    fn a_hash_is_of_its_password_in_both_normal_forms_and_of_no_other() {
        let hash = password("caf\u{e9} 1").hash();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert!(hash.is_of(&password("cafe\u{301} 1")));
        assert!(!hash.is_of(&password("cafe 1")));
        assert_ne!(hash, password("caf\u{e9} 1").hash(), "each has a salt of its own");
        assert!(!PasswordHash::from_stored("rubbish".to_owned()).is_of(&password("rubbish")));
        assert!(!format!("{hash:?} {:?}", password("secret")).contains("secret"));
    }

    #[test]
    fn what_is_no_password_is_refused() {
        assert_eq!(Password::parse(""), Err(PasswordError::Empty));
        assert_eq!(Password::parse("a\nb"), Err(PasswordError::Character));
        assert!(Password::parse(&"x".repeat(256)).is_ok());
        assert_eq!(Password::parse(&"x".repeat(257)), Err(PasswordError::TooLong(257)));
    }
}
