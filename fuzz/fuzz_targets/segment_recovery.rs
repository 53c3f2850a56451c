//! Whatever stands in a segment: recovery ends, panics nowhere, and gives back only whole records of
//! the epoch, in ascending order.
#![no_main]

use carom::clicks::journal::counts;
use carom::clicks::journal::format::{ALIGNMENT, RECORD_BYTES_MAX};
use carom::clicks::journal::recovery::Records;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u64, u64, &[u8])| {
    let (epoch, last, bytes) = input;
    let mut records = Records::new(bytes, epoch, last);
    let mut before = last;
    while let Some(record) = records.next() {
        assert!(record.sequence > before);
        assert!(record.stride <= RECORD_BYTES_MAX && record.stride.is_multiple_of(ALIGNMENT));
        before = record.sequence;
    }
    assert!(records.at() <= bytes.len());
    let slots = counts::decode(bytes, epoch);
    assert!(slots.is_sorted_by_key(|slot| slot.number));
});
