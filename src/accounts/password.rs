//! Passwords: which ones may be chosen, and argon2id (RFC 9106) for what the store keeps of them.
//!
//! The parameters are OWASP's ("Password Storage Cheat Sheet"): 19 MiB, two passes, one lane.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use super::email::Email;
use crate::hashing::Hashing;
use crate::model::random;

/// Characters of a password at least.
pub const LENGTH_MIN: usize = 10;

/// Characters of a password at most: longer ones would cost more to read than to hash.
pub const LENGTH_MAX: usize = 256;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Letters of a password that is made up: 20 of these are 116 bits.
const ALPHABET: &[u8; 56] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz";

/// Why a password cannot be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Its length.
    #[error("a password has {LENGTH_MIN} to {LENGTH_MAX} characters: choose another")]
    Length,
    /// Anybody would try it first.
    #[error("the e-mail address is no password: choose another")]
    IsEmail,
}

/// Looks whether a password may be chosen for the account of `email`.
///
/// # Errors
/// It is too short, too long, or the address itself.
pub fn check(password: &str, email: &Email) -> Result<(), PasswordError> {
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&password.chars().count()) {
        return Err(PasswordError::Length);
    }
    if password.trim().to_lowercase() == email.folded() {
        return Err(PasswordError::IsEmail);
    }
    Ok(())
}

/// A password that nobody has thought of.
#[must_use]
pub fn made_up() -> String {
    random::text(ALPHABET, 20)
}

/// Hashes and verifies. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Passwords {
    hashing: Hashing,
    /// A hash of a password that nobody knows. A start does not wait for it.
    nobody: Arc<LazyLock<String>>,
}

impl Passwords {
    /// Passwords hashed on these threads.
    #[must_use]
    pub fn new(hashing: Hashing) -> Self {
        let nobody = Arc::new(LazyLock::new((|| hashed(&made_up())) as fn() -> String));
        let soon = Arc::clone(&nobody);
        hashing.soon(move || {
            LazyLock::force(&soon);
        });
        Self { hashing, nobody }
    }

    /// The threads.
    #[must_use]
    pub fn hashing(&self) -> &Hashing {
        &self.hashing
    }

    /// What the store keeps of a password: a PHC string with a salt of its own.
    pub async fn hash(&self, password: String) -> String {
        self.hashing.run(move || hashed(&password)).await
    }

    /// Whether `password` is the one of `stored`. Without one the answer is no, and takes as long.
    pub async fn verify(&self, password: String, stored: Option<String>) -> bool {
        let nobody = Arc::clone(&self.nobody);
        let verify = move || {
            let phc = stored.as_deref().unwrap_or_else(|| nobody.as_str());
            argon2().verify_password(password.as_bytes(), phc).is_ok()
        };
        self.hashing.run(verify).await
    }
}

fn hashed(password: &str) -> String {
    let hash = argon2().hash_password(password.as_bytes());
    hash.expect("a password of any length can be hashed").to_string()
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("OWASP's parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_neither_short_nor_endless_nor_the_address() {
        let email = Email::parse("Somebody@example.com").expect("an address");
        for (password, expected) in [
            ("0123456789".to_owned(), Ok(())),
            ("x".repeat(LENGTH_MAX), Ok(())),
            ("\u{1f512}".repeat(LENGTH_MIN), Ok(())),
            ("012345678".to_owned(), Err(PasswordError::Length)),
            ("x".repeat(LENGTH_MAX + 1), Err(PasswordError::Length)),
            (String::new(), Err(PasswordError::Length)),
            ("someBODY@example.com".to_owned(), Err(PasswordError::IsEmail)),
        ] {
            assert_eq!(check(&password, &email), expected, "{password}");
        }
        assert!(check(&made_up(), &email).is_ok());
        assert_ne!(made_up(), made_up());
    }

    #[tokio::test]
    async fn a_hash_has_owasp_s_parameters_and_knows_its_password() {
        let hashing = Passwords::new(Hashing::start());
        let password = || "correct horse".to_owned();
        let stored = hashing.hash(password()).await;
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hashing.hash(password()).await, "each has a salt of its own");
        assert!(hashing.verify(password(), Some(stored.clone())).await);
        assert!(!hashing.verify("correct horsf".to_owned(), Some(stored)).await);
        assert!(!hashing.verify(password(), None).await);
        assert!(!hashing.verify(password(), Some("no hash".to_owned())).await);
    }
}
