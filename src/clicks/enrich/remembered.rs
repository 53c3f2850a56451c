//! What texts stand for, remembered by their hash: with a hit nothing is read or allocated.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::recent::Recent;
use super::value::value;

/// The values of texts that were met lately.
#[derive(Debug)]
pub(super) struct Remembered {
    // SipHash under a random key: only the hash is kept, so nobody may be able to find a text that
    // takes another's place.
    hasher: RandomState,
    values: Recent<Option<Arc<str>>>,
}

impl Remembered {
    /// Remembers at most so many texts.
    pub(super) fn new(texts_max: usize) -> Self {
        Self { hasher: RandomState::new(), values: Recent::new(texts_max) }
    }

    /// The value of a text, which `read` takes out of it when it is new.
    pub(super) fn of<T: AsRef<str>>(
        &mut self,
        text: &[u8],
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<Arc<str>> {
        if text.is_empty() {
            return None;
        }
        let key = self.hasher.hash_one(text);
        if let Some(known) = self.values.get(key) {
            return known.clone();
        }
        let found = read(text).and_then(|read| value(read.as_ref()));
        self.values.insert(key, found.clone());
        found
    }

    /// The one shared copy of a name.
    pub(super) fn name(&mut self, name: &str) -> Option<Arc<str>> {
        self.of(name.as_bytes(), |_| Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_once() {
        let mut remembered = Remembered::new(8);
        let first = remembered.of(b"text", |_| Some("value"));
        let again = remembered.of(b"text", |_| -> Option<&str> { panic!("it is known") });
        assert_eq!(first.as_deref(), Some("value"));
        assert!(Arc::ptr_eq(&first.expect("a value"), &again.expect("a value")));
        assert_eq!(remembered.of(b"none", |_| None::<&str>), None);
        assert_eq!(remembered.of(b"none", |_| Some("too late")), None);
    }
}
