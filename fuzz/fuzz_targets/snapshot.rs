//! Whatever stands in a snapshot's file: it is refused, or it is written as it was read. Half of the
//! inputs get a sound head, or the checksum would hide the body from the fuzzer.
#![no_main]

use carom::cache::snapshot::Snapshot;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (has_head, bytes) = input;
    let sealed;
    let file = if has_head {
        sealed = with_head(bytes);
        &sealed[..]
    } else {
        bytes
    };
    let Ok(mut snapshot) = Snapshot::decode(file) else { return };
    let written = snapshot.encode();
    assert_eq!(Snapshot::decode(&written).expect("what was written is read"), snapshot);
    assert!(snapshot.seen().count() <= file.len());
    assert!(snapshot.domains().count() <= file.len());
    snapshot.forget(|key| key.code.is_empty());
    for row in snapshot.take_links() {
        let loaded_at = row.loaded_at();
        if let Some((key, destination)) = row.restore() {
            assert!(!key.as_ref().code.is_empty());
            let _ = carom::cache::snapshot::file::LinkRow::new(key.as_ref(), destination, loaded_at);
        }
    }
});

/// The head that `body` would have.
fn with_head(body: &[u8]) -> Vec<u8> {
    let mut file = b"CAROMSNP".to_vec();
    file.extend(1_u32.to_le_bytes());
    file.extend(crc32fast::hash(body).to_le_bytes());
    file.extend((body.len() as u64).to_le_bytes());
    file.extend(body);
    file
}
