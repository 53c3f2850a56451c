//! Recovery from damage: what was not touched is kept, and nothing else comes back.

use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::counts::{self, CountKey};
use super::directory::{LeftoverError, look_around};
use super::fixture::{Disk, EPOCH, Image, click, header, read_all, record};
use super::format::{HeaderError, LARGE_BYTES, RECORDS_AT, SegmentHeader, SegmentKind};
use super::map::Words;
use super::recovery::Records;
use crate::model::click::Audience;
use crate::model::id::{DomainId, LinkId, NodeId, StoreId, WorkspaceId};
use crate::model::time::Millis;

const NAME: &str = "0000000000000001.segment";

fn image(records: usize) -> Image {
    let user_agents: Vec<_> = (0..records).map(|place| vec![b'a'; 40 + 97 * place % 400]).collect();
    Image::of(&header(SegmentKind::Records), &user_agents)
}

fn sequences(bytes: &[u8]) -> Vec<u64> {
    let records = Records::new(bytes.get(RECORDS_AT..).unwrap_or_default(), EPOCH, 0);
    records.map(|record| record.sequence).collect()
}

/// The first bytes of a segment of a version that is not known yet.
fn of_a_newer_version(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in super::format::HEADERS_AT {
        let header = &mut bytes[at..at + 64];
        header[8] = 2;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&header[..12]);
        hasher.update(&header[16..]);
        header[12..16].copy_from_slice(&hasher.finalize().to_le_bytes());
    }
    bytes
}

#[test]
fn a_cut_at_any_byte_of_the_last_three_records_costs_only_what_was_cut() {
    let image = image(8);
    let disk = Disk::new();
    for cut in image.spans[5].0..=image.spans[7].1 {
        disk.write(NAME, &image.bytes[..cut]);
        let whole = image.untouched_in(&image.bytes[..cut]);
        let found: Vec<_> =
            whole.iter().map(|sequence| (*sequence, 1000 + *sequence as i64)).collect();
        assert_eq!(read_all(disk.sort()), found, "cut at {cut}");
    }
}

#[test]
fn a_flipped_bit_costs_at_most_the_record_it_is_in() {
    let image = image(12);
    let mut bytes = image.bytes.clone();
    for bit in RECORDS_AT * 8..2 * RECORDS_AT * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(sequences(&bytes), image.untouched_in(&bytes), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn a_flipped_bit_in_the_first_page_costs_nothing() {
    let mut bytes = image(1).bytes;
    for bit in 0..RECORDS_AT * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let found = SegmentHeader::decode(&bytes[..RECORDS_AT]);
        assert_eq!(found, Ok(header(SegmentKind::Records)), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn a_zeroed_page_costs_only_the_records_in_it() {
    let image = image(60);
    let disk = Disk::new();
    for page in 1..image.spans[59].1.div_ceil(RECORDS_AT) {
        let mut bytes = image.bytes.clone();
        bytes[page * RECORDS_AT..(page + 1) * RECORDS_AT].fill(0);
        disk.write(NAME, &bytes);
        let found: Vec<_> =
            read_all(disk.sort()).into_iter().map(|(sequence, _)| sequence).collect();
        let whole = image.untouched_in(&bytes);
        assert!(whole.len() < 60 && whole.len() > 30);
        assert_eq!(found, whole, "page {page}");
    }
}

#[test]
fn records_behind_a_blank_first_page_are_kept_for_somebody_to_look_at() {
    let disk = Disk::new();
    let mut bytes = image(3).bytes;
    bytes[..RECORDS_AT].fill(0);
    disk.write(NAME, &bytes);
    let left = disk.sort();
    assert!(left.records.is_empty() && left.empty.is_empty());
    assert_eq!(disk.names(), ["0000000000000001.quarantined"]);
}

#[test]
fn nothing_strange_hides_the_clicks_beside_it() {
    let elsewhere = tempfile::tempdir().expect("a directory");
    let disk = Disk::new();
    let good = image(3);
    disk.write("5-good.segment", &good.bytes);
    fs::create_dir(disk.path().join("0-directory.segment")).expect("a directory");
    let target = elsewhere.path().join("outside");
    fs::write(&target, &good.bytes).expect("written");
    symlink(&target, disk.path().join("1-link.segment")).expect("a link");
    symlink("nowhere", disk.path().join("2-dangling.segment")).expect("a link");
    let socket = disk.path().join("3-socket.segment");
    let _socket = std::os::unix::net::UnixListener::bind(socket).expect("a socket");
    disk.write("4-rubbish.segment", &[0xA5; 10_000]);
    disk.write("6-empty.segment", &[]);
    disk.write("7-newer.segment", &of_a_newer_version(&good.bytes));
    let of_owner = header(SegmentKind::Records);
    let of_store = SegmentHeader { store: StoreId::from_stored(99), ..of_owner };
    let of_node = SegmentHeader { node: NodeId::from_stored(99), ..of_owner };
    disk.write("8-store.segment", &Image::of(&of_store, &[vec![b'x']]).bytes);
    disk.write("9-node.segment", &Image::of(&of_node, &[vec![b'x']]).bytes);
    disk.write("a-blank.segment", &vec![0; LARGE_BYTES]);

    let left = disk.sort();
    let empty: Vec<_> = left.empty.iter().map(|file| file.path.clone()).collect();
    assert_eq!(empty, [disk.path().join("a-blank.segment")]);
    assert!(left.counts.is_empty());
    assert_eq!(read_all(left), [(1, 1001), (2, 1002), (3, 1003)]);
    let names = disk.names();
    let aside: Vec<_> = names.iter().filter(|name| name.ends_with("quarantined")).collect();
    assert_eq!(aside, ["4-rubbish.quarantined", "6-empty.quarantined"]);
    assert_eq!(names.len(), 11, "everything is still there: {names:?}");
    assert_eq!(fs::read(&target).expect("read"), good.bytes, "what a link leads to is left alone");
    // And at the next start as well, without those that were set aside.
    assert_eq!(read_all(disk.sort()).len(), 3);
}

#[test]
fn each_file_that_is_no_segment_says_why() {
    let disk = Disk::new();
    disk.write("a.segment", &of_a_newer_version(&image(1).bytes));
    disk.write("b.segment", b"rubbish");
    fs::create_dir(disk.path().join("c.segment")).expect("a directory");
    let (found, aside) = look_around(disk.path()).expect("the directory");
    let errors: Vec<_> = found.into_iter().filter_map(|leftover| leftover.header.err()).collect();
    assert!(aside.is_empty());
    assert!(matches!(
        errors[..],
        [
            LeftoverError::Header(HeaderError::Newer(2)),
            LeftoverError::Header(HeaderError::Damaged),
            LeftoverError::Unreadable(_)
        ]
    ));
}

#[test]
fn what_was_set_aside_before_is_not_overwritten() {
    let disk = Disk::new();
    for rubbish in [b"one", b"two"] {
        disk.write(NAME, rubbish);
        disk.sort();
    }
    assert_eq!(disk.names().len(), 2);
}

#[test]
fn a_copy_of_a_segment_counts_once_and_the_fuller_one_wins() {
    let whole = image(9);
    let mut damaged = whole.bytes.clone();
    damaged[whole.spans[4].0 + 20] ^= 1;
    for (first, second) in [(&damaged, &whole.bytes), (&whole.bytes, &damaged)] {
        let disk = Disk::new();
        disk.write("a.segment", first);
        disk.write("b.segment", second);
        let left = disk.sort();
        assert_eq!(read_all(left).len(), 9);
        assert_eq!(disk.names().iter().filter(|name| name.ends_with("quarantined")).count(), 1);
    }
}

#[test]
fn a_user_agent_that_looks_like_a_record_is_none() {
    for guessed in [0, 1, u64::MAX, EPOCH ^ 1] {
        // 39 bytes before it, so that it stands where a record may.
        let forged = [vec![b' '; 39], record(&click(666, b"forged"), guessed, 9)].concat();
        let image = Image::of(&header(SegmentKind::Records), &[vec![b'a'], forged, vec![b'b']]);
        assert_eq!(sequences(&image.bytes), [1, 2, 3]);
        // Not even when what it stands in is damaged, so that the walk goes on inside.
        let mut bytes = image.bytes.clone();
        bytes[image.spans[1].0] ^= 1;
        assert_eq!(sequences(&bytes), [1, 3]);
    }
}

#[test]
fn the_bytes_of_a_real_record_in_a_user_agent_count_nothing() {
    let real = record(&click(1001, b"a"), EPOCH, 1);
    let inside = [vec![b' '; 39], real].concat();
    let image = Image::of(&header(SegmentKind::Records), &[b"a".to_vec(), inside, b"b".to_vec()]);
    for damage in [None, Some(image.spans[1].0), Some(image.spans[1].0 + 70)] {
        let mut bytes = image.bytes.clone();
        if let Some(at) = damage {
            bytes[at] ^= 1;
        }
        assert_eq!(sequences(&bytes), image.untouched_in(&bytes));
    }
}

#[test]
fn a_flipped_bit_in_sums_counts_for_no_other_link() {
    let words = Words::without_a_file(RECORDS_AT + 256).expect("memory");
    let (mut writer, _, _) = counts::split(words, EPOCH);
    let key = CountKey {
        link: LinkId::from_stored(5),
        workspace: WorkspaceId::from_stored(6),
        domain: DomainId::from_stored(7),
        quarter: Millis::from_epoch(900_000),
    };
    writer.add(key, Audience::People);
    let words: Vec<u64> = writer.words().collect();
    let mut bytes: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
    assert_eq!(counts::decode(&bytes, EPOCH).len(), 1);
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        for slot in counts::decode(&bytes, EPOCH) {
            assert_eq!(slot.key, key, "bit {bit}");
            assert!(slot.count.total() <= u64::from(u32::MAX), "bit {bit}");
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn copied_sums_count_once() {
    let disk = Disk::new();
    let mut bytes = vec![0; LARGE_BYTES];
    let head = Image::of(&header(SegmentKind::Counts), &[]);
    bytes[..RECORDS_AT].copy_from_slice(&head.bytes[..RECORDS_AT]);
    disk.write("0-unused.segment", &bytes);
    assert_eq!(disk.sort().empty.len(), 1, "a segment without sums is used again");

    let words = Words::without_a_file(LARGE_BYTES).expect("memory");
    let (mut writer, _, _) = counts::split(words, EPOCH);
    let key = CountKey {
        link: LinkId::from_stored(5),
        workspace: WorkspaceId::from_stored(6),
        domain: DomainId::from_stored(7),
        quarter: Millis::from_epoch(900_000),
    };
    writer.add(key, Audience::Bots);
    for (place, word) in writer.words().enumerate() {
        let at = RECORDS_AT + 8 * place;
        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
    }
    disk.write("a.segment", &bytes);
    disk.write("b.segment", &bytes);
    let left = disk.sort();
    assert_eq!(left.counts.len(), 1);
    assert_eq!(disk.names(), ["0-unused.segment", "a.segment", "b.quarantined"]);
}

#[test]
fn a_file_longer_than_any_segment_does_not_fill_the_memory() {
    let disk = Disk::new();
    let path = disk.write(NAME, &image(3).bytes);
    let file = fs::OpenOptions::new().write(true).open(path).expect("opened");
    // With a hole instead of bytes, so that the disk does not care.
    file.set_len(1 << 40).expect("a long file");
    assert_eq!(read_all(disk.sort()).len(), 3);
}

#[derive(Debug, Clone)]
enum Damage {
    Cut(usize),
    Flip(usize),
    Zero(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => (0..40_000usize).prop_map(Damage::Cut),
        5 => (0..320_000usize).prop_map(Damage::Flip),
        2 => (0..40_000usize, 1..5000usize).prop_map(|(at, length)| Damage::Zero(at, length)),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_to_a_segment_what_was_not_touched_comes_back(
        lengths in prop::collection::vec(0..512usize, 0..60),
        damages in prop::collection::vec(damage(), 0..12),
    ) {
        let user_agents: Vec<_> = lengths.iter().map(|length| vec![b'u'; *length]).collect();
        let image = Image::of(&header(SegmentKind::Records), &user_agents);
        let mut bytes = image.bytes.clone();
        for damage in damages {
            let end = bytes.len();
            match damage {
                Damage::Cut(at) => bytes.truncate(RECORDS_AT + at),
                Damage::Flip(bit) if RECORDS_AT + bit / 8 < end => {
                    bytes[RECORDS_AT + bit / 8] ^= 1 << (bit % 8);
                }
                Damage::Flip(_) => {}
                Damage::Zero(at, length) => {
                    let start = (RECORDS_AT + at).min(end);
                    bytes[start..(start + length).min(end)].fill(0);
                }
            }
        }
        prop_assert_eq!(sequences(&bytes), image.untouched_in(&bytes));
        for record in Records::new(&bytes[RECORDS_AT..], EPOCH, 0) {
            let place = record.sequence as usize - 1;
            let text = user_agents[place].as_slice();
            prop_assert_eq!(record.click, click(1001 + place as i64, text));
        }
        // Through the disk as well, a record at a time.
        let disk = Disk::new();
        disk.write(NAME, &bytes);
        let found: Vec<u64> = read_all(disk.sort()).into_iter().map(|(sequence, _)| sequence).collect();
        prop_assert_eq!(found, image.untouched_in(&bytes));
    }
}
