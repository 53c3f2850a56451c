//! Whatever stands in a segment's first page: it is a header, or it is said what is wrong. A header
//! that was read is read again from what it is written as.
#![no_main]

use carom::clicks::journal::format::SegmentHeader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|page: &[u8]| {
    if let Ok(header) = SegmentHeader::decode(page) {
        assert_eq!(SegmentHeader::decode(&header.encode()), Ok(header));
    }
});
