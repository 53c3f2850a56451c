//! A bounded map of what was asked for lately: a young and an old generation.

use std::collections::HashMap;
use std::fmt;

use foldhash::fast::RandomState;

/// Keeps what was used since the generation before the last one was full. That costs one map move
/// where a list in order of use would cost a write for every hit.
pub(super) struct Recent<V> {
    young: HashMap<u64, V, RandomState>,
    old: HashMap<u64, V, RandomState>,
    generation_max: usize,
}

impl<V> Recent<V> {
    /// Keeps at most so many entries, and the latest half of them for certain.
    pub(super) fn new(entries_max: usize) -> Self {
        Self {
            young: HashMap::default(),
            old: HashMap::default(),
            generation_max: (entries_max / 2).max(1),
        }
    }

    /// What is kept under this key.
    pub(super) fn get(&mut self, key: u64) -> Option<&V> {
        if !self.young.contains_key(&key) {
            let value = self.old.remove(&key)?;
            self.insert(key, value);
        }
        self.young.get(&key)
    }

    /// Keeps a value.
    pub(super) fn insert(&mut self, key: u64, value: V) {
        if self.young.len() >= self.generation_max {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(key, value);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

impl<V> fmt::Debug for Recent<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recent({} entries)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut recent = Recent::new(8);
        recent.insert(0, "used");
        recent.insert(1, "never used");
        for key in 2..1000 {
            recent.insert(key, "passing");
            assert_eq!(recent.get(0), Some(&"used"), "after {key}");
            assert!(recent.len() <= 8);
        }
        assert_eq!(recent.get(1), None);
        assert_eq!(recent.get(999), Some(&"passing"));
        recent.clear();
        assert_eq!(recent.get(0), None);
    }
}
