//! Tags: short words that people sort links by.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

/// Characters a tag may have at most.
pub const LENGTH_MAX: usize = 50;

/// Tags a link may have at most.
pub const TAGS_MAX: usize = 20;

/// A tag: 1 to 50 characters in lower case and NFC, without blanks at its ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Tag(Box<str>);

/// Why a text is no tag, or a list of them too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Nothing is left of it.
    #[error("a tag needs at least one character that can be seen")]
    Empty,
    /// Longer than [`LENGTH_MAX`].
    #[error("a tag has at most {LENGTH_MAX} characters, and one of these has {0}: shorten it")]
    TooLong(usize),
    /// A character that would tear a list of tags apart or cannot be seen.
    #[error("a tag cannot have a comma or a control character (U+{:04X}): take it out", u32::from(*.0))]
    Character(char),
    /// More than [`TAGS_MAX`].
    #[error("a link has at most {TAGS_MAX} tags, and these are {0}: leave some out")]
    TooMany(usize),
}

impl Tag {
    /// Reads a tag in any case and normal form.
    ///
    /// # Errors
    /// Says which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, TagError> {
        if let Some(refused) = text.chars().find(|c| c.is_control() || *c == ',') {
            return Err(TagError::Character(refused));
        }
        // Composed twice: a letter in lower case may be of another form than it was.
        let tag: String = text.trim().nfc().flat_map(char::to_lowercase).nfc().collect();
        match tag.chars().count() {
            0 => Err(TagError::Empty),
            length if length > LENGTH_MAX => Err(TagError::TooLong(length)),
            _ => Ok(Self(tag.into())),
        }
    }

    /// A tag as the store holds it, checked when it was written.
    #[must_use]
    pub fn from_stored(tag: String) -> Self {
        Self(tag.into())
    }

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        Self::parse(text)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The tags of a link: each once, in the order of their letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// Reads a list of tags; one that comes twice is one.
    ///
    /// # Errors
    /// Says which rule one of them or the list breaks.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, TagError> {
        let tags = texts.iter().map(|text| Tag::parse(text.as_ref()));
        let tags = Self::from_stored(tags.collect::<Result<_, _>>()?);
        if tags.0.len() > TAGS_MAX { Err(TagError::TooMany(tags.0.len())) } else { Ok(tags) }
    }

    /// Tags as the store holds them, in any order.
    #[must_use]
    pub fn from_stored(mut tags: Vec<Tag>) -> Self {
        tags.sort_unstable();
        tags.dedup();
        Self(tags)
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that the other ones lack.
    pub fn without<'t>(&'t self, other: &'t Self) -> impl Iterator<Item = &'t Tag> {
        self.0.iter().filter(|tag| other.0.binary_search(tag).is_err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(tags: &Tags) -> Vec<&str> {
        tags.iter().map(Tag::as_str).collect()
    }

    #[test]
    fn tags_are_lower_case_composed_sorted_and_each_once() {
        let tags = Tags::parse(&["  Sale ", "cafe\u{301}", "CAFÉ", "a b", "sale"]).expect("tags");
        assert_eq!(words(&tags), ["a b", "café", "sale"]);
        let fewer = Tags::parse(&["sale", "new"]).expect("tags");
        assert_eq!(fewer.without(&tags).map(Tag::as_str).collect::<Vec<_>>(), ["new"]);
        assert_eq!(tags.without(&fewer).map(Tag::as_str).collect::<Vec<_>>(), ["a b", "café"]);
    }

    #[test]
    fn what_is_no_tag_is_refused_by_name() {
        for (text, error) in [
            ("", TagError::Empty),
            ("  ", TagError::Empty),
            ("a,b", TagError::Character(',')),
            ("a\nb", TagError::Character('\n')),
            ("\u{0}", TagError::Character('\0')),
        ] {
            assert_eq!(Tag::parse(text), Err(error), "{text:?}");
        }
        assert!(Tag::parse(&"é".repeat(50)).is_ok());
        assert_eq!(Tag::parse(&"é".repeat(51)), Err(TagError::TooLong(51)));
        let many: Vec<String> = (0..21).map(|place| place.to_string()).collect();
        assert!(Tags::parse(&many[1..]).is_ok());
        assert_eq!(Tags::parse(&many), Err(TagError::TooMany(21)));
    }
}
