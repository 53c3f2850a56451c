//! Segments as bytes, for tests that damage them.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::directory::Directory;
use super::format::{
    ALIGNMENT, HEADERS_AT, RECORDS_AT, RecordBuffer, SMALL_BYTES, SegmentHeader, SegmentKind,
    encode,
};
use super::keeper::Owner;
use super::leftover::{self, Leftovers};
use super::record::{Click, Network, Texts};
use crate::clicks::replay::stream::Stream;
use crate::model::id::{DomainId, LinkId, NodeId, StoreId, StreamId, WorkspaceId};
use crate::model::time::Millis;

/// What marks the records of the tests' segments.
pub(crate) const EPOCH: u64 = 0x5EED_0123_4567_89AB;

/// Whose they are.
pub(crate) const OWNER: Owner =
    Owner { store: StoreId::from_stored(11), node: NodeId::from_stored(22), bytes_max: u64::MAX };

/// A header of the owner's.
pub(crate) fn header(kind: SegmentKind) -> SegmentHeader {
    let (store, node) = (OWNER.store, OWNER.node);
    SegmentHeader { epoch: EPOCH, store, node, stream: StreamId::from_stored(33), kind }
}

/// A click on a link by this user agent.
pub(crate) fn click(link: i64, user_agent: &[u8]) -> Click<'_> {
    Click {
        at: Millis::from_epoch(1_700_000_000_000),
        link: LinkId::from_stored(link),
        workspace: WorkspaceId::from_stored(2),
        domain: DomainId::from_stored(3),
        visitor: 4,
        flags: 0,
        network: Network::Unknown,
        texts: Texts { user_agent, ..Texts::default() },
    }
}

/// A record's bytes, without padding.
pub(crate) fn record(click: &Click<'_>, epoch: u64, sequence: u64) -> Vec<u8> {
    let mut buffer = RecordBuffer::new();
    let length = encode(click, epoch, sequence, &mut buffer);
    buffer.bytes(length).to_vec()
}

/// A segment's bytes, and where its records stand in them.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) bytes: Vec<u8>,
    pub(crate) spans: Vec<(usize, usize)>,
}

impl Image {
    /// Records by these user agents, numbered from 1, in a segment with this header.
    pub(crate) fn of(header: &SegmentHeader, user_agents: &[Vec<u8>]) -> Self {
        let mut image = Self { bytes: vec![0; SMALL_BYTES], spans: Vec::new() };
        let encoded = header.encode();
        for at in HEADERS_AT {
            image.bytes[at..at + encoded.len()].copy_from_slice(&encoded);
        }
        let mut at = RECORDS_AT;
        for (user_agent, sequence) in user_agents.iter().zip(1..) {
            let record = record(&click(1000 + sequence, user_agent), header.epoch, sequence as u64);
            image.bytes[at..at + record.len()].copy_from_slice(&record);
            image.spans.push((at, at + record.len()));
            at += record.len().next_multiple_of(ALIGNMENT);
        }
        image
    }

    /// Sequences of the records whose bytes are all in `damaged` as well.
    pub(crate) fn untouched_in(&self, damaged: &[u8]) -> Vec<u64> {
        let spans = self.spans.iter().zip(1..);
        let same = spans.filter(|((start, end), _)| {
            damaged.get(*start..*end).is_some_and(|there| *there == self.bytes[*start..*end])
        });
        same.map(|(_, sequence)| sequence).collect()
    }
}

/// A journal's directory, locked.
pub(crate) struct Disk {
    pub(crate) directory: Directory,
    place: TempDir,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let place = tempfile::tempdir().expect("a directory");
        Self { directory: Directory::open(place.path()).expect("the journal's"), place }
    }

    pub(crate) fn path(&self) -> &Path {
        self.place.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    pub(crate) fn sort(&self) -> Leftovers {
        leftover::sort(&self.directory, &OWNER).expect("the directory can be read")
    }

    /// The names in it, without the lock's.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("it can be read");
        let names = entries.map(|entry| entry.expect("a file").file_name().display().to_string());
        let mut names: Vec<_> = names.filter(|name| name != "lock").collect();
        names.sort();
        names
    }
}

/// Everything that is read of what was left, one record at a time: stream, sequence and link.
pub(crate) fn read_all(left: Leftovers) -> Vec<(u64, i64)> {
    let mut found = Vec::new();
    for (id, segments) in left.records {
        let mut stream = Stream::left(id, segments);
        let mut before = usize::MAX;
        while before != found.len() {
            before = found.len();
            stream.read(|record| {
                found.push((record.sequence, record.click.link.get()));
                false
            });
        }
    }
    found
}
