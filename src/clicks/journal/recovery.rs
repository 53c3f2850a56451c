//! Reading a segment back: every whole record, whatever stands between them.

use super::format::{ALIGNMENT, Record, decode};

/// Walks over the whole records in `bytes`, which begin where a record may stand, and that are above
/// a sequence. After something damaged, the walk resumes at the next place a record may stand at.
pub struct Records<'s> {
    bytes: &'s [u8],
    epoch: u64,
    at: usize,
    last: u64,
    missing: u64,
}

impl<'s> Records<'s> {
    /// Begins a walk. `last` is the sequence above which records count.
    #[must_use]
    pub fn new(bytes: &'s [u8], epoch: u64, last: u64) -> Self {
        Self { bytes, epoch, at: 0, last, missing: 0 }
    }

    /// Bytes walked over; never more than there are, though a cut may have taken a record's padding.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at.min(self.bytes.len())
    }

    /// Sequences that are missing between the records so far: their clicks are lost.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.missing
    }
}

impl<'s> Iterator for Records<'s> {
    type Item = Record<'s>;

    fn next(&mut self) -> Option<Record<'s>> {
        while let Some(rest) = self.bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
            let Some(record) = decode(rest, self.epoch) else {
                self.at += ALIGNMENT;
                continue;
            };
            self.at += record.stride;
            if record.sequence > self.last {
                self.missing += record.sequence - self.last - 1;
                self.last = record.sequence;
                return Some(record);
            }
        }
        None
    }
}
