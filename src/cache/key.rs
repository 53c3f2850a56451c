//! Domain and code as one key. A lookup borrows the code from the request; codes up to 24 bytes are
//! kept inside the key, so that comparing one touches no other memory.

use compact_str::CompactString;
use moka::Equivalent;

use crate::model::id::DomainId;

/// The key of a cached link, owned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LinkKey {
    domain: DomainId,
    code: CompactString,
}

/// The same key, borrowed. Hashes as [`LinkKey`] does: the same fields in the same order.
#[derive(Debug, Clone, Copy, Hash)]
pub struct LinkKeyRef<'a> {
    /// The domain.
    pub domain: DomainId,
    /// The code.
    pub code: &'a str,
}

impl LinkKeyRef<'_> {
    /// The key, owned.
    #[must_use]
    pub fn to_key(self) -> LinkKey {
        LinkKey { domain: self.domain, code: self.code.into() }
    }
}

impl LinkKey {
    /// The key, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> LinkKeyRef<'_> {
        LinkKeyRef { domain: self.domain, code: &self.code }
    }
}

impl Equivalent<LinkKey> for LinkKeyRef<'_> {
    fn equivalent(&self, key: &LinkKey) -> bool {
        self.domain == key.domain && self.code == &*key.code
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn both_forms_hash_alike() {
        let borrowed = LinkKeyRef { domain: DomainId::random(), code: "abc" };
        let hasher = foldhash::fast::RandomState::default();
        assert_eq!(hasher.hash_one(borrowed), hasher.hash_one(borrowed.to_key()));
        assert!(borrowed.equivalent(&borrowed.to_key()));
    }
}
