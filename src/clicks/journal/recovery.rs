//! Reading a segment back: every whole record, whatever stands between them.

use super::format::{ALIGNMENT, Record, decode};

/// What reading a segment has met so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Whole records.
    pub records: u64,
    /// Sequences that are missing between whole records: their clicks are lost.
    pub missing: u64,
}

/// Walks over the whole records in `bytes`, which begin where a record may stand.
///
/// `last` is the sequence of the record before them. After something damaged, the walk resumes at the
/// next place a record may stand at.
pub struct Records<'s> {
    bytes: &'s [u8],
    epoch: u64,
    at: usize,
    last: u64,
    found: Found,
}

impl<'s> Records<'s> {
    /// Begins a walk.
    #[must_use]
    pub fn new(bytes: &'s [u8], epoch: u64, last: u64) -> Self {
        Self { bytes, epoch, at: 0, last, found: Found::default() }
    }

    /// What was met so far.
    #[must_use]
    pub fn found(&self) -> Found {
        self.found
    }
}

impl<'s> Iterator for Records<'s> {
    type Item = Record<'s>;

    fn next(&mut self) -> Option<Record<'s>> {
        while let Some(rest) = self.bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
            match decode(rest, self.epoch).filter(|record| record.sequence > self.last) {
                Some(record) => {
                    self.found.records += 1;
                    self.found.missing += record.sequence - self.last - 1;
                    self.last = record.sequence;
                    self.at += record.stride;
                    return Some(record);
                }
                None => self.at += ALIGNMENT,
            }
        }
        None
    }
}
