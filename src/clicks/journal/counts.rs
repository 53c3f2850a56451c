//! Sums instead of records: where clicks go that found no room for a record.
//!
//! A counts segment is a hash table of link and quarter hour, one writer, filled in place. It is read
//! only after it was left, when it does not change any more: so a position in it is a slot's number,
//! and each slot counts once.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::format::{RECORDS_AT, i64_at, u64_at};
use super::map::Words;
use super::publish::Published;
use crate::model::click::{Audience, ClickCount};
use crate::model::id::{DomainId, LinkId, WorkspaceId};
use crate::model::time::Millis;

/// Bytes of a slot: one line of the processor's cache.
const SLOT_BYTES: usize = 64;

/// Words of a slot.
const SLOT_WORDS: usize = SLOT_BYTES / 8;

/// Slots looked at for a key before the segment counts as full.
const PROBES_MAX: usize = 64;

/// No thread counts more clicks of a link before it leaves a segment.
const COUNT_MAX: u64 = u32::MAX as u64;

/// What a counted click belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountKey {
    /// The link that was followed.
    pub link: LinkId,
    /// The workspace that owned it then.
    pub workspace: WorkspaceId,
    /// The domain it was followed under.
    pub domain: DomainId,
    /// The start of the quarter hour.
    pub quarter: Millis,
}

/// A slot that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Its number, from 1.
    pub number: u64,
    /// What it counts.
    pub key: CountKey,
    /// How often.
    pub count: ClickCount,
}

/// The counting half. Dropping it leaves the segment.
pub struct CountsWriter {
    words: Arc<Words>,
    published: Arc<Published>,
    epoch: u64,
    is_used: bool,
}

/// The reading half.
pub struct CountsReader {
    words: Arc<Words>,
    published: Arc<Published>,
    epoch: u64,
}

/// Both halves of a counts segment.
#[must_use]
pub fn split(words: Words, epoch: u64) -> (CountsWriter, CountsReader, Arc<Published>) {
    let (words, published) = (Arc::new(words), Arc::new(Published::new(0)));
    let reader =
        CountsReader { words: Arc::clone(&words), published: Arc::clone(&published), epoch };
    let watch = Arc::clone(&published);
    (CountsWriter { words, published, epoch, is_used: false }, reader, watch)
}

impl CountsWriter {
    /// Counts one click. `false` when there is no room for its key.
    pub fn add(&mut self, key: CountKey, audience: Audience) -> bool {
        let slots = (self.words.len() - RECORDS_AT / 8) / SLOT_WORDS;
        let start = scatter(key) as usize % slots;
        for step in 0..PROBES_MAX.min(slots) {
            let at = RECORDS_AT / 8 + (start + step) % slots * SLOT_WORDS;
            if self.get(at) != self.epoch {
                self.set(at + 1, key.link.get().cast_unsigned());
                self.set(at + 2, key.workspace.get().cast_unsigned());
                self.set(at + 3, key.domain.get().cast_unsigned());
                self.set(at + 4, key.quarter.get().cast_unsigned());
                self.set(at + 5, 0);
                self.set(at + 6, 0);
                self.set(at + 7, check(self.epoch, key));
                // Last, so that a slot which has the epoch is whole.
                self.words.word(at).store(self.epoch, Ordering::Release);
            } else if self.key(at) != key {
                continue;
            }
            let place = at + if audience == Audience::People { 5 } else { 6 };
            self.set(place, self.get(place) + 1);
            self.is_used = true;
            return true;
        }
        false
    }

    /// Whether anything was counted.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.is_used
    }

    /// Everything after the header, as it would stand in a file.
    #[cfg(test)]
    pub(super) fn words(&self) -> impl Iterator<Item = u64> {
        (RECORDS_AT / 8..self.words.len()).map(|place| self.get(place))
    }

    fn key(&self, at: usize) -> CountKey {
        CountKey {
            link: LinkId::from_stored(self.get(at + 1).cast_signed()),
            workspace: WorkspaceId::from_stored(self.get(at + 2).cast_signed()),
            domain: DomainId::from_stored(self.get(at + 3).cast_signed()),
            quarter: Millis::from_epoch(self.get(at + 4).cast_signed()),
        }
    }

    // There is one writer, so nothing has to be ordered but the epoch.
    fn get(&self, place: usize) -> u64 {
        self.words.word(place).load(Ordering::Relaxed)
    }

    fn set(&self, place: usize, value: u64) {
        self.words.word(place).store(value, Ordering::Relaxed);
    }
}

impl Drop for CountsWriter {
    fn drop(&mut self) {
        self.published.leave();
    }
}

impl CountsReader {
    /// As long as somebody holds this, the segment counts among those that are in use.
    #[must_use]
    pub fn in_use(&self) -> Arc<Published> {
        Arc::clone(&self.published)
    }

    /// Everything that was counted, once the segment was left.
    #[must_use]
    pub fn slots(&self) -> Option<Vec<Slot>> {
        if !self.published.is_left() {
            return None;
        }
        let words = RECORDS_AT / 8..self.words.len();
        let bytes: Vec<u8> = words
            .flat_map(|place| self.words.word(place).load(Ordering::Relaxed).to_le_bytes())
            .collect();
        Some(decode(&bytes, self.epoch))
    }
}

/// The slots of a segment, from the bytes after its header. A slot that cannot be true is left out.
#[must_use]
pub fn decode(bytes: &[u8], epoch: u64) -> Vec<Slot> {
    let slots = bytes.chunks_exact(SLOT_BYTES).zip(1..);
    slots.filter_map(|(slot, number)| decode_one(slot, number, epoch)).collect()
}

fn decode_one(slot: &[u8], number: u64, epoch: u64) -> Option<Slot> {
    let key = CountKey {
        link: LinkId::from_stored(i64_at(slot, 8)),
        workspace: WorkspaceId::from_stored(i64_at(slot, 16)),
        domain: DomainId::from_stored(i64_at(slot, 24)),
        quarter: Millis::from_epoch(i64_at(slot, 32)),
    };
    let count = ClickCount { people: u64_at(slot, 40), bots: u64_at(slot, 48) };
    let is_whole = u64_at(slot, 0) == epoch
        && u64_at(slot, 56) == check(epoch, key)
        && count.people.max(count.bots) <= COUNT_MAX
        && !count.is_zero();
    is_whole.then_some(Slot { number, key, count })
}

/// Ties a key to its epoch. The counts change in place, so nothing but their bound guards them.
fn check(epoch: u64, key: CountKey) -> u64 {
    let parts = [key.link.get(), key.workspace.get(), key.domain.get(), key.quarter.get()];
    parts.into_iter().fold(!epoch, |mixed, part| {
        (mixed ^ part.cast_unsigned()).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
    })
}

fn scatter(key: CountKey) -> u64 {
    let mixed = key.link.get().cast_unsigned() ^ key.quarter.get().cast_unsigned().rotate_left(32);
    mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(link: i64) -> CountKey {
        CountKey {
            link: LinkId::from_stored(link),
            workspace: WorkspaceId::from_stored(1),
            domain: DomainId::from_stored(2),
            quarter: Millis::from_epoch(900_000),
        }
    }

    #[test]
    fn everything_counted_is_read_once_and_only_after_the_end() {
        let words = Words::without_a_file(RECORDS_AT + 100 * SLOT_BYTES).expect("memory");
        let (mut writer, reader, _) = split(words, 7);
        let mut refused = 0;
        for link in (1..=120).chain(1..=50) {
            refused += u64::from(!writer.add(key(link), Audience::People));
        }
        assert!(writer.add(key(1), Audience::Bots));
        assert!(reader.slots().is_none());
        drop(writer);
        let slots = reader.slots().expect("left");
        assert!(slots.is_sorted_by_key(|slot| slot.number));
        let total: u64 = slots.iter().map(|slot| slot.count.total()).sum();
        assert_eq!(total + refused, 171);
        assert!(refused >= 20);
        let one = slots.iter().find(|slot| slot.key == key(1)).expect("counted");
        assert_eq!(one.count, ClickCount { people: 2, bots: 1 });
    }
}
