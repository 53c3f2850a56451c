//! What an earlier process has left: its segments, stream by stream.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::directory::{Directory, Leftover};
use super::format::{HeaderError, RECORDS_AT, SegmentHeader, SegmentKind};
use super::keeper::{Owner, SegmentFile};
use super::recovery::Records;
use crate::model::id::StreamId;

/// A segment that no thread writes to any more.
#[derive(Debug)]
pub struct OldSegment {
    /// The file.
    pub file: SegmentFile,
    /// What marks its records.
    pub epoch: u64,
}

/// Everything that was left.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// Segments of records, by stream and by the sequence of their first record.
    pub records: BTreeMap<StreamId, BTreeMap<u64, OldSegment>>,
    /// Counts segments; the stream of each is its own.
    pub counts: Vec<(StreamId, OldSegment)>,
    /// Files with nothing in them.
    pub empty: Vec<SegmentFile>,
}

/// Sorts what is in the directory. Damaged files are set aside; what belongs to another store,
/// another node or a newer Carom stays where it is. Each is said once.
///
/// # Errors
/// The directory cannot be read.
pub fn sort(directory: &Directory, owner: &Owner) -> io::Result<Leftovers> {
    let mut sorted = Leftovers::default();
    for Leftover { path, bytes, header } in directory.leftovers()? {
        let shown = path.display().to_string();
        let file = SegmentFile { path, bytes };
        let header = match header {
            Ok(header) if header.store == owner.store && header.node == owner.node => header,
            Ok(header) => {
                tracing::warn!(
                    file = shown, store = %header.store, node = %header.node,
                    "a journal segment belongs to another store or node and is left alone: \
                     `carom journal adopt` counts its clicks here"
                );
                continue;
            }
            Err(HeaderError::Blank) => {
                sorted.empty.push(file);
                continue;
            }
            Err(error @ HeaderError::Newer(_)) => {
                tracing::warn!(file = shown, %error, "a journal segment is left alone");
                continue;
            }
            Err(error @ HeaderError::Damaged) => {
                set_aside(directory, &file.path, &error);
                continue;
            }
        };
        if let Err(error) = place(&mut sorted, header, file) {
            tracing::error!(file = shown, %error, "a journal segment cannot be read");
        }
    }
    Ok(sorted)
}

fn place(sorted: &mut Leftovers, header: SegmentHeader, file: SegmentFile) -> io::Result<()> {
    let segment = OldSegment { file, epoch: header.epoch };
    if header.kind == SegmentKind::Counts {
        sorted.counts.push((header.stream, segment));
        return Ok(());
    }
    let bytes = segment.read()?;
    match Records::new(&bytes, segment.epoch, 0).next() {
        Some(first) => {
            sorted.records.entry(header.stream).or_default().insert(first.sequence, segment);
        }
        None => sorted.empty.push(segment.file),
    }
    Ok(())
}

fn set_aside(directory: &Directory, path: &Path, error: &HeaderError) {
    match directory.quarantine(path) {
        Ok(aside) => {
            tracing::error!(file = %aside.display(), %error, "a damaged journal segment was set aside");
        }
        Err(why) => {
            tracing::error!(file = %path.display(), %error, %why, "a damaged journal segment cannot be set aside");
        }
    }
}

impl OldSegment {
    /// Everything after its header.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        read(&self.file.path)
    }
}

/// Everything after a segment's header.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(RECORDS_AT as u64))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
