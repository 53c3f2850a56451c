//! How a journal segment looks on disk. Version 1.
//!
//! A segment is a file written once from its beginning to its end and then used again under another
//! epoch. Its length is [`SMALL_BYTES`] or [`LARGE_BYTES`]. Whole numbers are little-endian.
//!
//! ```text
//!      0  segment header, one page
//!           0  magic      8 bytes, "CAROMJNL"
//!           8  version    u32, 1
//!          12  checksum   u32, CRC-32 of bytes 0..12 and 16..64
//!          16  epoch      u64, random; what belongs to this use of the file
//!          24  store      i64, the store's id: clicks never flow into a foreign one
//!          32  node       i64
//!          40  stream     i64, one opening of the journal by one thread
//!          48  kind       u64, 0 records, 1 counts
//!          56  zeros
//!        2048  the same 64 bytes again
//!   4096  records, each at a multiple of 64
//!           0  length     u32, bytes of the whole record, padding left out
//!           4  checksum   u32, CRC-32 of bytes 8..length
//!           8  epoch      u64, the segment's
//!          16  sequence   u64, counts the stream's records from 1
//!          24  at         i64, epoch milliseconds
//!          32  link       i64
//!          40  workspace  i64
//!          48  domain     i64
//!          56  visitor    u64, keyed hash; 0 for none
//!          64  flags      u16
//!          66  network    u8 family (0, 4, 6), 6 bytes of truncated address
//!          73  lengths    8 × u16: user agent, referrer, language, utm source, medium, campaign,
//!                         term, content
//!          89  the texts, in that order
//!         or counts, 64 bytes each (see the module `counts`)
//!           0  epoch      u64, the segment's, written last
//!           8  link       i64
//!          16  workspace  i64
//!          24  domain     i64
//!          32  quarter    i64, epoch milliseconds
//!          40  people     u64
//!          48  bots       u64
//!          56  check      u64, of epoch and key, so that a flipped bit counts for no other link
//! ```
//!
//! A record counts if its epoch is the segment's, its length fits, its checksum agrees and its
//! sequence is above the one before. What an earlier use of the file has left has another epoch, and
//! so has anything a visitor could put into a text: 64 random bits that never leave this machine.

use super::record::{Click, Network, TEXTS, Texts};
use crate::model::id::{DomainId, LinkId, NodeId, StoreId, StreamId, WorkspaceId};
use crate::model::time::Millis;

/// Bytes of a segment for a quiet thread: it is left twice a second, however little is in it.
pub const SMALL_BYTES: usize = 64 * 1024;

/// Bytes of a segment for a busy one.
pub const LARGE_BYTES: usize = 1024 * 1024;

/// Where the first record stands.
pub const RECORDS_AT: usize = 4096;

/// Records stand at multiples of this.
pub const ALIGNMENT: usize = 64;

/// Bytes before a record's texts.
pub const FIXED_BYTES: usize = 89;

/// Sequences are below this.
const SEQUENCES_MAX: u64 = i64::MAX as u64;

const MAGIC: &[u8; 8] = b"CAROMJNL";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 64;

/// Where the header stands: twice, so that a damaged line does not cost a segment.
pub const HEADERS_AT: [usize; 2] = [0, 2048];

/// Whose records a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Belongs to one use of the file.
    pub epoch: u64,
    /// The store its clicks are for.
    pub store: StoreId,
    /// The node that wrote it.
    pub node: NodeId,
    /// The stream its records belong to.
    pub stream: StreamId,
    /// What it holds.
    pub kind: SegmentKind,
}

/// What a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// A record a click.
    Records,
    /// Sums by link and quarter hour, for clicks that found no room for a record.
    Counts,
}

/// Why a file's first page is no segment header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Never used, or emptied.
    #[error("it is blank")]
    Blank,
    /// Something else, or damaged.
    #[error("its header is damaged")]
    Damaged,
    /// Written by a newer Carom.
    #[error("it is of version {0}, and this carom reads version {VERSION}")]
    Newer(u32),
}

impl SegmentHeader {
    /// The first bytes of a segment.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.store.get().to_le_bytes());
        bytes[32..40].copy_from_slice(&self.node.get().to_le_bytes());
        bytes[40..48].copy_from_slice(&self.stream.get().to_le_bytes());
        bytes[48..56].copy_from_slice(&(self.kind as u64).to_le_bytes());
        let checksum = header_checksum(&bytes);
        bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the first page of a segment, or as much of it as there is.
    ///
    /// # Errors
    /// It holds no header of this version.
    pub fn decode(page: &[u8]) -> Result<Self, HeaderError> {
        let [first, second] = HEADERS_AT.map(|at| Self::decode_one(page.get(at..).unwrap_or(&[])));
        match (first, second) {
            (Ok(header), _) | (_, Ok(header)) => Ok(header),
            (Err(HeaderError::Newer(version)), _) | (_, Err(HeaderError::Newer(version))) => {
                Err(HeaderError::Newer(version))
            }
            (Err(HeaderError::Blank), Err(_)) => Err(HeaderError::Blank),
            _ => Err(HeaderError::Damaged),
        }
    }

    fn decode_one(bytes: &[u8]) -> Result<Self, HeaderError> {
        let bytes = bytes.get(..HEADER_BYTES).ok_or(HeaderError::Damaged)?;
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(HeaderError::Blank);
        }
        if bytes[0..8] != *MAGIC {
            return Err(HeaderError::Damaged);
        }
        let version = u32_at(bytes, 8);
        // The checksum first: a flipped bit is no new version.
        if u32_at(bytes, 12) != header_checksum(bytes) {
            return Err(HeaderError::Damaged);
        }
        if version != VERSION {
            return Err(HeaderError::Newer(version));
        }
        let kind = match u64_at(bytes, 48) {
            0 => SegmentKind::Records,
            1 => SegmentKind::Counts,
            _ => return Err(HeaderError::Damaged),
        };
        Ok(Self {
            epoch: u64_at(bytes, 16),
            store: StoreId::from_stored(i64_at(bytes, 24)),
            node: NodeId::from_stored(i64_at(bytes, 32)),
            stream: StreamId::from_stored(i64_at(bytes, 40)),
            kind,
        })
    }
}

/// The version too, so that a damaged one is not taken for a newer Carom's.
fn header_checksum(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..12]);
    hasher.update(&bytes[16..HEADER_BYTES]);
    hasher.finalize()
}

/// Writes a record into `buffer` and returns its length without padding.
pub fn encode(click: &Click<'_>, epoch: u64, sequence: u64, buffer: &mut RecordBuffer) -> usize {
    let bytes = &mut buffer.bytes;
    bytes[8..16].copy_from_slice(&epoch.to_le_bytes());
    bytes[16..24].copy_from_slice(&sequence.to_le_bytes());
    bytes[24..32].copy_from_slice(&click.at.get().to_le_bytes());
    bytes[32..40].copy_from_slice(&click.link.get().to_le_bytes());
    bytes[40..48].copy_from_slice(&click.workspace.get().to_le_bytes());
    bytes[48..56].copy_from_slice(&click.domain.get().to_le_bytes());
    bytes[56..64].copy_from_slice(&click.visitor.to_le_bytes());
    bytes[64..66].copy_from_slice(&click.flags.to_le_bytes());
    bytes[66..73].copy_from_slice(&click.network.to_bytes());
    let mut end = FIXED_BYTES;
    for (place, text) in click.texts.in_order().into_iter().enumerate() {
        let length_at = 73 + 2 * place;
        let length = u16::try_from(text.len()).unwrap_or(0);
        bytes[length_at..length_at + 2].copy_from_slice(&length.to_le_bytes());
        bytes[end..end + usize::from(length)].copy_from_slice(&text[..usize::from(length)]);
        end += usize::from(length);
    }
    let length = end as u32;
    bytes[0..4].copy_from_slice(&length.to_le_bytes());
    let mut checksum = buffer.checksum.clone();
    checksum.update(&bytes[8..end]);
    bytes[4..8].copy_from_slice(&checksum.finalize().to_le_bytes());
    end
}

/// Room for the longest record.
pub struct RecordBuffer {
    bytes: [u8; RECORD_BYTES_MAX],
    /// An empty one: making it asks what the processor can do.
    checksum: crc32fast::Hasher,
}

/// Bytes of the longest record, padding included.
pub const RECORD_BYTES_MAX: usize = (FIXED_BYTES + Texts::BYTES_MAX).next_multiple_of(ALIGNMENT);

impl RecordBuffer {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self { bytes: [0; RECORD_BYTES_MAX], checksum: crc32fast::Hasher::new() }
    }

    /// What [`encode`] wrote.
    #[must_use]
    pub fn bytes(&self, length: usize) -> &[u8] {
        &self.bytes[..length]
    }
}

impl Default for RecordBuffer {
    fn default() -> Self {
        Self::new()
    }
}

/// A record as it stands in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'s> {
    /// Its place in the stream.
    pub sequence: u64,
    /// The click.
    pub click: Click<'s>,
    /// Bytes to the next record.
    pub stride: usize,
}

/// Reads the record at the beginning of `bytes`, if a whole one of this epoch stands there.
#[must_use]
pub fn decode(bytes: &[u8], epoch: u64) -> Option<Record<'_>> {
    let length = u32_at(bytes.get(..4)?, 0) as usize;
    if !(FIXED_BYTES..=RECORD_BYTES_MAX).contains(&length) {
        return None;
    }
    let bytes = bytes.get(..length)?;
    if u64_at(bytes, 8) != epoch || u32_at(bytes, 4) != crc32fast::hash(&bytes[8..]) {
        return None;
    }
    // Positions are whole numbers of the store's, and the next one must exist.
    let sequence = u64_at(bytes, 16);
    if sequence == 0 || sequence >= SEQUENCES_MAX {
        return None;
    }
    let mut at = FIXED_BYTES;
    let mut texts = [&bytes[..0]; TEXTS];
    for (place, text) in texts.iter_mut().enumerate() {
        let length = usize::from(u16_at(bytes, 73 + 2 * place));
        *text = bytes.get(at..at + length)?;
        at += length;
    }
    Some(Record {
        sequence,
        click: Click {
            at: Millis::from_epoch(i64_at(bytes, 24)),
            link: LinkId::from_stored(i64_at(bytes, 32)),
            workspace: WorkspaceId::from_stored(i64_at(bytes, 40)),
            domain: DomainId::from_stored(i64_at(bytes, 48)),
            visitor: u64_at(bytes, 56),
            flags: u16_at(bytes, 64),
            network: Network::from_bytes(&bytes[66..73]),
            texts: Texts::from_order(texts),
        },
        stride: length.next_multiple_of(ALIGNMENT),
    })
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}

pub(super) fn i64_at(bytes: &[u8], at: usize) -> i64 {
    i64::from_le_bytes(array(bytes, at))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}
