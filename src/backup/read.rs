//! Reading a backup: first all of it is checked, then its rows are taken.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zstd::bulk::Decompressor;

use super::format::{
    CRC_BYTES, END, FORMAT, FRAME_HEAD_BYTES, FrameHead, FrameKind, HEAD_BYTES, HEADER_BYTES_MAX,
    Header, MAGIC, SEAL_BYTES, Totals, number,
};
use super::rows::decode;
use super::{BackupError, Progress};
use crate::store::Row;

/// Frames between two tellings of how far it is.
const TELL_EVERY: u64 = 16;

/// A backup that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What it says of itself.
    pub header: Header,
    /// The rows of each of its tables.
    pub rows: Vec<u64>,
    /// Its length.
    pub bytes: u64,
}

/// Reads all of a backup and makes sure that it is what was written. Blocks.
///
/// # Errors
/// [`BackupError::Foreign`], [`BackupError::Damaged`], [`BackupError::Newer`], and what the disk says.
pub fn check(path: &Path, told: &mut dyn FnMut(Progress<'_>)) -> Result<Checked, BackupError> {
    let mut reader = Reader::open(path)?;
    let header = reader.header.clone();
    let mut counted = vec![0; header.tables.len()];
    while let Some(Frame { table, rows }) = reader.next()? {
        counted[table] += rows.len() as u64;
        if reader.frames.is_multiple_of(TELL_EVERY) {
            told(Progress::Checking { done: reader.bytes, of: reader.length });
        }
    }
    told(Progress::Checking { done: reader.bytes, of: reader.length });
    if reader.totals.as_ref().is_none_or(|totals| totals.rows != counted) {
        return Err(BackupError::damaged(path, "its rows are not as many as it says"));
    }
    Ok(Checked { header, rows: counted, bytes: reader.bytes })
}

/// Rows of a frame.
pub(super) struct Frame {
    pub(super) table: usize,
    pub(super) rows: Vec<Row>,
}

/// A backup while it is read.
pub(super) struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    length: u64,
    digest: Sha256,
    unpacker: Decompressor<'static>,
    pub(super) header: Header,
    /// Bytes and frames that were read.
    bytes: u64,
    frames: u64,
    totals: Option<Totals>,
}

impl Reader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// As [`check`].
    pub(super) fn open(path: &Path) -> Result<Self, BackupError> {
        let io = || BackupError::io(path);
        let file = File::open(path).map_err(io())?;
        let length = file.metadata().map_err(io())?.len();
        let header =
            Header { carom: String::new(), at: 0, store: String::new(), schema: 0, tables: vec![] };
        let mut reader = Self {
            path: path.to_owned(),
            file: BufReader::with_capacity(1 << 18, file),
            length,
            digest: Sha256::new(),
            unpacker: Decompressor::new().map_err(io())?,
            header,
            bytes: 0,
            frames: 0,
            totals: None,
        };
        reader.header = reader.read_header()?;
        Ok(reader)
    }

    fn read_header(&mut self) -> Result<Header, BackupError> {
        if self.length < HEAD_BYTES as u64 {
            return Err(BackupError::Foreign(self.path.clone()));
        }
        let mut head = self.take(HEAD_BYTES)?;
        if head[..8] != MAGIC[..] {
            return Err(BackupError::Foreign(self.path.clone()));
        }
        let format = number(&head[8..12]);
        if format != FORMAT {
            let what = format!("its format is {format}, and this program reads {FORMAT}");
            return Err(BackupError::Newer { path: self.path.clone(), what });
        }
        let length = number(&head[12..]) as usize;
        if length > HEADER_BYTES_MAX {
            return Err(self.damage("its header"));
        }
        head.extend(self.take(length)?);
        let crc = self.take(CRC_BYTES)?;
        if crc32fast::hash(&head) != number(&crc) {
            return Err(self.damage("its header"));
        }
        serde_json::from_slice(&head[HEAD_BYTES..]).map_err(|_| self.damage("its header"))
    }

    /// The rows of the next frame, or nothing at the end, whose seal was then checked.
    ///
    /// # Errors
    /// As [`check`].
    pub(super) fn next(&mut self) -> Result<Option<Frame>, BackupError> {
        let head = self.take(FRAME_HEAD_BYTES)?;
        let head = <[u8; FRAME_HEAD_BYTES]>::try_from(head.as_slice()).ok();
        let head = head.and_then(|head| FrameHead::from_bytes(&head));
        let Some(head) = head else { return Err(self.damage_here()) };
        let packed = self.take(head.packed as usize)?;
        let crc = self.take(CRC_BYTES)?;
        if head.crc(self.frames, &packed) != number(&crc) {
            return Err(self.damage_here());
        }
        let content = self
            .unpacker
            .decompress(&packed, head.content as usize)
            .ok()
            .filter(|content| content.len() == head.content as usize);
        let Some(content) = content else { return Err(self.damage_here()) };
        self.frames += 1;
        if head.kind == FrameKind::End {
            self.totals = serde_json::from_slice(&content).ok();
            self.seal()?;
            return Ok(None);
        }
        let table = usize::from(head.table);
        let fields = self.header.tables.get(table).map(|shape| shape.columns.len());
        let rows = fields.and_then(|fields| decode(&content, head.rows as usize, fields));
        let Some(rows) = rows else { return Err(self.damage_here()) };
        Ok(Some(Frame { table, rows }))
    }

    fn seal(&mut self) -> Result<(), BackupError> {
        let digest = self.digest.clone().finalize();
        let seal = self.take(SEAL_BYTES)?;
        let (sealed, end) = seal.split_at(digest.len());
        if sealed != digest.as_slice() || end != END {
            return Err(self.damage("its checksum is another one"));
        }
        if self.bytes != self.length {
            return Err(self.damage("something follows its end"));
        }
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>, BackupError> {
        if length as u64 > self.length - self.bytes {
            return Err(self.damage("it is cut off"));
        }
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => self.damage("it is cut off"),
            _ => BackupError::Io { path: self.path.clone(), source: error },
        })?;
        self.digest.update(&bytes);
        self.bytes += length as u64;
        Ok(bytes)
    }

    fn damage_here(&self) -> BackupError {
        self.damage(&format!("frame {}, before byte {}", self.frames, self.bytes))
    }

    fn damage(&self, what: &str) -> BackupError {
        BackupError::damaged(&self.path, what)
    }
}
