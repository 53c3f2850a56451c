//! E-mail addresses: what people sign in with.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Bytes of an address at most (RFC 5321 §4.5.3.1.3, without its angle brackets).
const BYTES_MAX: usize = 254;

/// An e-mail address as its owner writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    folded: String,
}

/// A text that is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "that is no e-mail address: write one such as ada@example.com, with at most {BYTES_MAX} bytes"
)]
pub struct EmailError;

impl Email {
    /// Reads an address. Only what every address has is asked for: something on both sides of one
    /// `@`, and nothing that cannot be seen.
    ///
    /// # Errors
    /// It is none, or too long.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text: String = text.trim().nfc().collect();
        let folded: String = text.to_lowercase().nfc().collect();
        let is_seen = |c: char| !c.is_whitespace() && !c.is_control();
        let (name, domain) = text.split_once('@').ok_or(EmailError)?;
        let is_one = !name.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && text.chars().all(is_seen)
            && text.len() <= BYTES_MAX;
        if is_one { Ok(Self { text, folded }) } else { Err(EmailError) }
    }

    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What decides whether two addresses are one: in lower case, whatever a mail server says.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_at_sign_and_is_compared_in_lower_case() {
        let email = Email::parse("  Ada.L@Example.COM ").expect("an address");
        assert_eq!((email.as_str(), email.folded()), ("Ada.L@Example.COM", "ada.l@example.com"));
        let composed = Email::parse("\u{c9}va@example.com").expect("an address");
        let decomposed = Email::parse("E\u{301}va@example.com").expect("an address");
        assert_eq!(composed.folded(), decomposed.folded());
        let long = format!("{}@example.com", "a".repeat(BYTES_MAX));
        for bad in ["", "@", "a@", "@a", "a", "a@b@c", "a b@c", "a\u{0}@b", "a@b\n.c", &long] {
            assert_eq!(Email::parse(bad), Err(EmailError), "{bad:?}");
        }
    }
}
