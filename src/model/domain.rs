//! How a domain reads codes, and what proved it.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::code::{self, Code};

/// Whether `/Sale` and `/sale` are one code on a domain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum CaseRule {
    /// They are two.
    #[default]
    Exact,
    /// They are one: codes are stored and looked up without capitals.
    Folded,
}

/// Why a domain is believed to be its workspace's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ProvenBy {
    /// Whoever runs Carom said so.
    Operator,
    /// A TXT record did.
    Dns,
}

impl CaseRule {
    /// Its word in the store and in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Folded => "folded",
        }
    }

    /// The rule of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Exact, Self::Folded].into_iter().find(|rule| rule.word() == word)
    }

    /// A code as it is looked up, from one in NFC. Allocates only where something is folded.
    #[must_use]
    pub fn read(self, code: Cow<'_, str>) -> Cow<'_, str> {
        let is_folded = || code.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        if self == Self::Exact || is_folded() { code } else { Cow::Owned(code::folded(&code)) }
    }

    /// A code as it is stored.
    #[must_use]
    pub fn keep(self, code: Code) -> Code {
        match self {
            Self::Exact => code,
            Self::Folded => code.folded(),
        }
    }
}

impl ProvenBy {
    /// Its word in the store and in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Dns => "dns",
        }
    }

    /// What this word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Operator, Self::Dns].into_iter().find(|by| by.word() == word)
    }
}

impl Serialize for CaseRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl Serialize for ProvenBy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_folded_where_the_domain_says_so_and_copied_only_then() {
        let read = |rule: CaseRule, code: &'static str| rule.read(Cow::Borrowed(code));
        assert!(matches!(read(CaseRule::Exact, "Sale"), Cow::Borrowed("Sale")));
        assert!(matches!(read(CaseRule::Folded, "sale-1"), Cow::Borrowed("sale-1")));
        assert_eq!(read(CaseRule::Folded, "Sale"), "sale");
        assert_eq!(read(CaseRule::Folded, "CAFÉ"), "café");
        let code = Code::parse("CAFÉ").expect("a code");
        assert_eq!(CaseRule::Folded.keep(code.clone()).as_str(), "café");
        assert_eq!(CaseRule::Exact.keep(code.clone()), code);
    }
}
