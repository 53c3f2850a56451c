//! How many values a bucket may have: the rest counts as "(other)".
//!
//! Whoever sends a new referrer with every request must not grow the store without bound. What was
//! seen is kept in two tables of fixed size, so memory is flat whatever comes: a filter of values
//! already let in, and a count of values a bucket. Both err only towards a few values more, or, when
//! two buckets share a count, towards a few fewer. A restart begins anew.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::model::dimension::Dimension;
use crate::model::id::SubjectId;
use crate::model::time::Millis;

/// Values of a dimension that a subject keeps apart in an hour.
pub const VALUES_MAX: u8 = 200;

/// Bits of the filter: 4 MiB.
const FILTER_BITS: usize = 1 << 25;

/// Counts of values: 1 MiB.
const COUNTS: usize = 1 << 20;

/// Values after which the filter is too full to tell them apart.
const FILTERED_MAX: usize = FILTER_BITS / 16;

/// What was let in lately.
pub struct Caps {
    filter: Box<[u64]>,
    counts: Box<[u8]>,
    filtered: usize,
    hour: Millis,
    hasher: RandomState,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            filter: vec![0; FILTER_BITS / 64].into_boxed_slice(),
            counts: vec![0; COUNTS].into_boxed_slice(),
            filtered: 0,
            hour: Millis::from_epoch(0),
            hasher: RandomState::default(),
        }
    }
}

impl Caps {
    /// Whether a value keeps its name in its bucket.
    pub fn admits(
        &mut self,
        subject: SubjectId,
        dimension: Dimension,
        hour: Millis,
        value: &str,
    ) -> bool {
        if hour > self.hour || self.filtered >= FILTERED_MAX {
            self.forget(hour);
        }
        let bucket = self.hasher.hash_one((subject, dimension, hour));
        let hash = self.hasher.hash_one((bucket, value));
        // Two bits of one hash: 25 bits each.
        let bits = [hash as usize % FILTER_BITS, (hash >> 32) as usize % FILTER_BITS];
        if bits.iter().all(|bit| self.filter[bit / 64] >> (bit % 64) & 1 == 1) {
            return true;
        }
        let count = &mut self.counts[bucket as usize % COUNTS];
        if *count >= VALUES_MAX {
            return false;
        }
        *count += 1;
        self.filtered += 1;
        for bit in bits {
            self.filter[bit / 64] |= 1 << (bit % 64);
        }
        true
    }

    fn forget(&mut self, hour: Millis) {
        self.filter.fill(0);
        self.counts.fill(0);
        (self.filtered, self.hour) = (0, self.hour.max(hour));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_keeps_its_first_values_and_no_more() {
        let mut caps = Caps::default();
        let (flooded, quiet) = (SubjectId::random(), SubjectId::random());
        let hour = Millis::from_epoch(3_600_000);
        let mut admits =
            |subject, value: &str| caps.admits(subject, Dimension::UtmSource, hour, value);
        let first = (0..10_000).filter(|i| admits(flooded, &format!("value {i}"))).count();
        assert!((200..220).contains(&first), "{first}");
        assert!(admits(flooded, "value 0"));
        assert!(admits(quiet, "a value of another subject"));
        assert!(caps.admits(flooded, Dimension::UtmSource, Millis::from_epoch(7_200_000), "new"));
    }
}
