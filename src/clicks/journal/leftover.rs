//! What an earlier process has left: its segments, stream by stream.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use super::directory::{Directory, Leftover};
use super::format::{HeaderError, SegmentHeader};
use super::keeper::Owner;
use crate::model::id::StreamId;

/// A segment that no thread writes to any more.
#[derive(Debug)]
pub struct OldSegment {
    /// The file.
    pub path: PathBuf,
    /// What marks its records.
    pub epoch: u64,
}

/// The segments of one stream, in order.
#[derive(Debug)]
pub struct OldStream {
    /// The stream.
    pub stream: StreamId,
    /// Its segments.
    pub segments: Vec<OldSegment>,
}

/// Sorts what is in the directory: streams to be replayed are returned, blank files removed, damaged
/// ones set aside; what belongs to another store, another node or a newer Carom stays where it is.
/// Each of these is said once.
///
/// # Errors
/// The directory cannot be read.
pub fn sort(directory: &Directory, owner: &Owner) -> io::Result<Vec<OldStream>> {
    let mut streams: BTreeMap<StreamId, BTreeMap<u64, OldSegment>> = BTreeMap::new();
    for Leftover { path, header } in directory.leftovers()? {
        match header {
            Ok(header) if is_ours(&header, owner) => {
                let segment = OldSegment { path, epoch: header.epoch };
                streams.entry(header.stream).or_default().insert(header.ordinal, segment);
            }
            Ok(header) => {
                tracing::warn!(
                    file = %path.display(), store = %header.store, node = %header.node,
                    "a journal segment belongs to another store or node and is left alone"
                );
            }
            Err(HeaderError::Blank) => std::fs::remove_file(&path)?,
            Err(error @ HeaderError::Newer(_)) => {
                tracing::warn!(file = %path.display(), %error, "a journal segment is left alone");
            }
            Err(HeaderError::Damaged) => {
                let aside = directory.quarantine(&path)?;
                tracing::error!(file = %aside.display(), "a damaged journal segment was set aside");
            }
        }
    }
    let in_order = |(stream, segments): (_, BTreeMap<_, _>)| OldStream {
        stream,
        segments: segments.into_values().collect(),
    };
    Ok(streams.into_iter().map(in_order).collect())
}

fn is_ours(header: &SegmentHeader, owner: &Owner) -> bool {
    header.store == owner.store && header.node == owner.node
}

impl OldSegment {
    /// The bytes of its records and whatever stands between them.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        read_records(&File::open(&self.path)?, super::format::RECORDS_AT)
    }
}

/// Reads a segment from `at` to its end.
///
/// # Errors
/// The file cannot be read.
pub fn read_records(file: &File, at: usize) -> io::Result<Vec<u8>> {
    use std::os::unix::fs::FileExt;
    let length = file.metadata()?.len();
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0).saturating_sub(at)];
    file.read_exact_at(&mut bytes, at as u64)?;
    Ok(bytes)
}
