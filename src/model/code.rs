//! The code of a link: the part of a short URL after the slash.
//!
//! A random code is 7 letters of a 58-letter alphabet without look-alikes (no `0`, `O`, `I`, `l`).
//! A chosen code is 1 to 128 characters of Unicode in NFC; whatever would be unreadable, ambiguous
//! or change a URL's meaning is refused by name.

use std::fmt;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::random;

/// Letters of a random code.
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The same without capitals, for domains that fold them.
const FOLDED_ALPHABET: &[u8; 34] = b"123456789abcdefghijkmnopqrstuvwxyz";

/// Characters a chosen code may have at most.
pub const LENGTH_MAX: usize = 128;

/// Paths that browsers, crawlers and certificate authorities ask for by themselves.
const RESERVED: &[&str] = &[
    ".well-known",
    "robots.txt",
    "favicon.ico",
    "sitemap.xml",
    "apple-touch-icon.png",
    "apple-touch-icon-precomposed.png",
];

/// A code that may be stored: NFC, 1 to 128 characters, none of them refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(Box<str>);

/// Why a text cannot be a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Nothing is left of it.
    #[error("a code needs at least one character")]
    Empty,
    /// Longer than [`LENGTH_MAX`] characters.
    #[error("a code has at most {LENGTH_MAX} characters, and this one has {0}")]
    TooLong(usize),
    /// A character that a code cannot have.
    #[error("a code cannot have the character {}", Shown(*.0))]
    Character(char),
    /// A name that clients ask for by themselves.
    #[error("`{0}` is reserved")]
    Reserved(Box<str>),
    /// Only dots: browsers fold `.` and `..` away.
    #[error("a code of dots alone never reaches a server")]
    Dots,
}

/// A character in an error: itself where it can be seen, and its number.
struct Shown(char);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u32::from(self.0);
        if self.0.is_ascii_graphic() {
            write!(f, "`{}` (U+{number:04X})", self.0)
        } else {
            write!(f, "U+{number:04X}")
        }
    }
}

impl Code {
    /// Reads a code that somebody chose, in any Unicode normal form.
    ///
    /// # Errors
    /// Says which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let code: Box<str> =
            if is_nfc(text) { text.into() } else { text.nfc().collect::<String>().into() };
        let length = code.chars().count();
        if length == 0 {
            return Err(CodeError::Empty);
        }
        if length > LENGTH_MAX {
            return Err(CodeError::TooLong(length));
        }
        if let Some(refused) = code.chars().find(|&c| !is_allowed(c)) {
            return Err(CodeError::Character(refused));
        }
        if code.bytes().all(|byte| byte == b'.') {
            return Err(CodeError::Dots);
        }
        if RESERVED.contains(&&*code.to_lowercase()) {
            return Err(CodeError::Reserved(code));
        }
        Ok(Self(code))
    }

    /// A random code of `length` letters.
    #[must_use]
    pub fn random(length: usize) -> Self {
        Self(random::text(ALPHABET, length).into())
    }

    /// A random code of `length` letters, none of them a capital.
    #[must_use]
    pub fn random_folded(length: usize) -> Self {
        Self(random::text(FOLDED_ALPHABET, length).into())
    }

    /// The code as a domain has it that folds capitals.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self(folded(&self.0).into())
    }

    /// A code as the store holds it, checked when it was written.
    #[must_use]
    pub fn from_stored(code: String) -> Self {
        Self(code.into())
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text in NFC with its capitals folded, in NFC again. Letter by letter: what would become two (`İ`)
/// stays as it is, so that no code grows, and no letter's neighbours decide about it.
#[must_use]
pub fn folded(text: &str) -> String {
    let lower = |c: char| {
        let mut folded = c.to_lowercase();
        match (folded.next(), folded.next()) {
            (Some(one), None) => one,
            _ => c,
        }
    };
    text.chars().map(lower).nfc().collect()
}

/// ASCII: what RFC 3986 §2.3 calls unreserved. Beyond it: whatever a person can see.
fn is_allowed(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~')
    } else {
        !(c.is_control() || c.is_whitespace() || is_invisible(c))
    }
}

/// Formatting, filler, private and unassigned characters (Unicode's Default_Ignorable_Code_Point,
/// the private-use areas and the noncharacters).
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xE000..=0xF8FF
        | 0xFE00..=0xFE0F | 0xFEFF | 0xFDD0..=0xFDEF | 0xFFA0 | 0xFFF0..=0xFFFF
        | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0x10_FFFF)
        || u32::from(c) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_codes_are_codes_and_have_no_look_alikes() {
        for _ in 0..1000 {
            let code = Code::random(7);
            assert_eq!(Code::parse(code.as_str()), Ok(code.clone()));
            assert!(!code.as_str().contains(['0', 'O', 'I', 'l']), "{code}");
        }
    }

    #[test]
    fn folding_is_done_once_and_leaves_a_code() {
        for (text, expected) in
            [("AbC-1", "abc-1"), ("CAFÉ", "café"), ("ΑΣ", "ασ"), ("İ", "İ"), ("K", "k")]
        {
            let code = Code::parse(text).expect("a code");
            assert_eq!(code.folded().as_str(), expected);
            assert_eq!(code.folded().folded(), code.folded());
            assert_eq!(Code::parse(code.folded().as_str()), Ok(code.folded()));
        }
        for _ in 0..1000 {
            let code = Code::random_folded(7);
            assert_eq!((code.folded(), code.as_str().len()), (code.clone(), 7));
            assert!(!code.as_str().contains(['0', 'l']), "{code}");
        }
    }

    #[test]
    fn both_normal_forms_are_one_code() {
        assert_eq!(Code::parse("cafe\u{301}"), Code::parse("caf\u{e9}"));
    }

    #[test]
    fn what_would_change_a_url_is_refused_by_name() {
        for c in "/?#%\\ +&\"<>\u{0}\u{7f}\u{202e}\u{200b}\u{a0}\u{e000}".chars() {
            assert_eq!(Code::parse(&format!("a{c}b")), Err(CodeError::Character(c)));
        }
        assert_eq!(
            Code::parse("a/b").expect_err("a slash").to_string(),
            "a code cannot have the character `/` (U+002F)"
        );
    }

    #[test]
    fn lengths_dots_and_reserved_names() {
        assert_eq!(Code::parse(""), Err(CodeError::Empty));
        assert!(Code::parse(&"é".repeat(128)).is_ok());
        assert_eq!(Code::parse(&"é".repeat(129)), Err(CodeError::TooLong(129)));
        assert_eq!(Code::parse(".."), Err(CodeError::Dots));
        assert!(matches!(Code::parse("Robots.txt"), Err(CodeError::Reserved(_))));
    }
}
