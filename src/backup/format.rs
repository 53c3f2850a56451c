//! What stands in a backup. All numbers are little-endian.
//!
//! ```text
//!  head      8  CAROMBK\n
//!            4  version of this format
//!            4  H, the length of the header
//!            H  the header: JSON, see Header
//!            4  CRC-32 of all of the above
//!  frame     1  kind: 1 rows, 2 end
//!            1  0
//!            2  the table's place in the header
//!            4  rows in it
//!            4  length of its content
//!            4  P, its length when packed
//!            P  the content, packed with zstd
//!            4  CRC-32 of the frame's number (8 bytes, from 0) and all of the above
//!  …            one frame after the other, a table's frames together, the end frame last;
//!               its content is JSON: the rows of each table
//!  seal     32  SHA-256 of all of the above
//!            8  CAROMEND
//! ```
//!
//! The content of a frame of rows is described in `rows`. A frame stands for itself, so that damage is
//! found where it is; the seal stands for the whole, and for its having an end. A reader of another
//! version of this format must find magic and version where they are here.

use crc32fast::Hasher;
use serde::{Deserialize, Serialize};

use crate::model::id::StoreId;
use crate::model::time::Millis;
use crate::store::tables::Shape;

/// The version that is written, and the newest that is read.
pub const FORMAT: u32 = 1;

pub(super) const MAGIC: &[u8; 8] = b"CAROMBK\n";
pub(super) const END: &[u8; 8] = b"CAROMEND";

/// Bytes of magic, version and the header's length.
pub(super) const HEAD_BYTES: usize = 16;

/// Bytes of a frame before its content.
pub(super) const FRAME_HEAD_BYTES: usize = 16;

/// Bytes of a checksum of a frame or of the head.
pub(super) const CRC_BYTES: usize = 4;

/// Bytes of the seal.
pub(super) const SEAL_BYTES: usize = 32 + END.len();

/// A header longer than this is damage.
pub(super) const HEADER_BYTES_MAX: usize = 1 << 20;

/// Content at which a frame is closed.
pub(super) const CONTENT_BYTES: usize = 1 << 20;

/// More content than this is damage: a row is a few kilobytes.
pub(super) const CONTENT_BYTES_MAX: usize = 64 << 20;

/// What a backup says of itself. Times and ids are numbers in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The program that wrote it.
    pub carom: String,
    /// The moment it is of, in epoch milliseconds by the store's clock.
    pub at: i64,
    /// The store's id, in decimal.
    pub store: String,
    /// The newest migration of the store.
    pub schema: i64,
    /// Its tables.
    pub tables: Vec<Shape>,
}

impl Header {
    /// The moment it is of, by the clock of the store that was backed up.
    #[must_use]
    pub fn taken_at(&self) -> Millis {
        Millis::from_epoch(self.at)
    }

    /// The store that was backed up.
    #[must_use]
    pub fn store_id(&self) -> Option<StoreId> {
        self.store.parse().ok()
    }
}

/// What the end frame holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Totals {
    /// Rows of each table, in the order of the header.
    pub(super) rows: Vec<u64>,
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameKind {
    Rows,
    End,
}

/// A frame but for its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHead {
    pub(super) kind: FrameKind,
    pub(super) table: u16,
    pub(super) rows: u32,
    pub(super) content: u32,
    pub(super) packed: u32,
}

impl FrameHead {
    pub(super) fn to_bytes(self) -> [u8; FRAME_HEAD_BYTES] {
        let mut bytes = [0; FRAME_HEAD_BYTES];
        bytes[0] = match self.kind {
            FrameKind::Rows => 1,
            FrameKind::End => 2,
        };
        bytes[2..4].copy_from_slice(&self.table.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.rows.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.content.to_le_bytes());
        bytes[12..].copy_from_slice(&self.packed.to_le_bytes());
        bytes
    }

    /// The head that these bytes are; none if they are no head, or of a content beyond all bounds.
    pub(super) fn from_bytes(bytes: &[u8; FRAME_HEAD_BYTES]) -> Option<Self> {
        let kind = match bytes[..2] {
            [1, 0] => FrameKind::Rows,
            [2, 0] => FrameKind::End,
            _ => return None,
        };
        let table = u16::from_le_bytes([bytes[2], bytes[3]]);
        let head = Self {
            kind,
            table,
            rows: number(&bytes[4..8]),
            content: number(&bytes[8..12]),
            packed: number(&bytes[12..]),
        };
        let is_bounded = |length: u32| length as usize <= CONTENT_BYTES_MAX;
        (is_bounded(head.content) && is_bounded(head.packed)).then_some(head)
    }

    /// The checksum of the frame with this number.
    pub(super) fn crc(self, number: u64, packed: &[u8]) -> u32 {
        let mut crc = Hasher::new();
        crc.update(&number.to_le_bytes());
        crc.update(&self.to_bytes());
        crc.update(packed);
        crc.finalize()
    }
}

/// Four bytes as a number.
pub(super) fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte))
}
