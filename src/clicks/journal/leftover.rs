//! What an earlier process has left: its segments, stream by stream.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::counts;
use super::directory::{Directory, Leftover, LeftoverError, open_segment};
use super::format::{
    HeaderError, LARGE_BYTES, RECORD_BYTES_MAX, RECORDS_AT, SMALL_BYTES, SegmentHeader, SegmentKind,
};
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
    pub counts: BTreeMap<StreamId, OldSegment>,
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
            Err(LeftoverError::Header(HeaderError::Blank)) => {
                sorted.empty.push(file);
                continue;
            }
            Err(LeftoverError::Header(error @ HeaderError::Damaged)) => {
                set_aside(directory, &file.path, &error.to_string());
                continue;
            }
            Err(error) => {
                let why = crate::telemetry::in_full(&error);
                tracing::warn!(file = shown, %why, "a journal segment is left alone");
                continue;
            }
        };
        if !matches!(bytes, SMALL_BYTES | LARGE_BYTES) {
            tracing::error!(
                file = shown,
                bytes,
                "a journal segment has another length: its whole records are counted"
            );
        }
        match place(&mut sorted, header, file) {
            Ok(None) => {}
            Ok(Some(copy)) => set_aside(directory, &copy.path, "another file has the same clicks"),
            Err(error) => {
                tracing::error!(file = shown, %error, "a journal segment cannot be read");
            }
        }
    }
    Ok(sorted)
}

/// Finds a segment its place; returns the one that has to go, if two have the same clicks: somebody
/// copied one.
fn place(
    sorted: &mut Leftovers,
    header: SegmentHeader,
    file: SegmentFile,
) -> io::Result<Option<SegmentFile>> {
    let segment = OldSegment { file, epoch: header.epoch };
    let twin = if header.kind == SegmentKind::Counts {
        if segment.slots()? == 0 {
            sorted.empty.push(segment.file);
            return Ok(None);
        }
        put(&mut sorted.counts, header.stream, segment, OldSegment::slots)?
    } else {
        let Some(first) = segment.first_sequence()? else {
            sorted.empty.push(segment.file);
            return Ok(None);
        };
        let stream = sorted.records.entry(header.stream).or_default();
        put(stream, first, segment, OldSegment::records)?
    };
    Ok(twin.map(|twin| twin.file))
}

/// Of two with the same key, the one with more in it stays. How much that is, is asked only then: to
/// count everything in a long journal would hold the start up.
fn put<K: Ord>(
    segments: &mut BTreeMap<K, OldSegment>,
    key: K,
    segment: OldSegment,
    size: fn(&OldSegment) -> io::Result<usize>,
) -> io::Result<Option<OldSegment>> {
    if let Some(other) = segments.get(&key)
        && size(other)? >= size(&segment)?
    {
        return Ok(Some(segment));
    }
    Ok(segments.insert(key, segment))
}

fn set_aside(directory: &Directory, path: &Path, reason: &str) {
    match directory.quarantine(path) {
        Ok(aside) => {
            tracing::error!(file = %aside.display(), reason, "a journal segment was set aside");
        }
        Err(error) => {
            tracing::error!(file = %path.display(), reason, %error, "a journal segment cannot be set aside");
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

    /// The sequence of its first whole record. That stands at the beginning unless it is damaged, so
    /// the rest is read only then.
    fn first_sequence(&self) -> io::Result<Option<u64>> {
        let first = |bytes: &[u8]| Records::new(bytes, self.epoch, 0).next().map(|r| r.sequence);
        match first(&read_up_to(&self.file.path, RECORD_BYTES_MAX)?) {
            None => Ok(first(&self.read()?)),
            found => Ok(found),
        }
    }

    fn records(&self) -> io::Result<usize> {
        Ok(Records::new(&self.read()?, self.epoch, 0).count())
    }

    fn slots(&self) -> io::Result<usize> {
        Ok(counts::decode(&self.read()?, self.epoch).len())
    }
}

/// Everything after a segment's header; of a file that is longer than any segment, no more than that.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_up_to(path, LARGE_BYTES - RECORDS_AT)
}

fn read_up_to(path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut file = open_segment(path, OpenOptions::new().read(true))?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(RECORDS_AT as u64))?;
    file.take(bytes_max as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
