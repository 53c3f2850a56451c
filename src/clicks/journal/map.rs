//! A segment in memory: one thread appends, another reads what was published.
//!
//! This is the one file of Carom with `unsafe` in it; `docs/adr/0007` has the figures that bought it.
//! The two halves of a segment are made together and only once, so the duties below are kept by
//! ownership: there is one [`SegmentWriter`], it writes only above what is published, and a
//! [`SegmentReader`] reads only below.

#![allow(unsafe_code, reason = "a memory-mapped journal; see the module's documentation")]

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use memmap2::{MmapOptions, MmapRaw};

use super::format::{ALIGNMENT, RECORDS_AT, SEGMENT_BYTES, SegmentHeader};

/// Bytes of a page that is touched before it is needed.
const PAGE: usize = 4096;

struct Shared {
    map: MmapRaw,
    /// Bytes that are whole records, counted from the file's beginning.
    published: AtomicUsize,
    is_left: AtomicBool,
}

/// The appending half. Dropping it leaves the segment.
pub struct SegmentWriter {
    shared: Arc<Shared>,
    at: usize,
}

/// The reading half.
pub struct SegmentReader {
    shared: Arc<Shared>,
    read: usize,
}

/// Tells whether a segment was left.
pub struct SegmentWatch {
    shared: Arc<Shared>,
}

impl SegmentWatch {
    /// Whether the writer is gone: the file will not change any more.
    #[must_use]
    pub fn is_left(&self) -> bool {
        self.shared.is_left.load(Ordering::Acquire)
    }
}

/// Maps a segment file, writes its header and touches the first `touched` bytes for writing.
///
/// The file must be [`SEGMENT_BYTES`] long, its blocks allocated, and nobody may shrink it: the
/// journal's directory is private and locked.
///
/// # Errors
/// The file has another length, or the kernel refuses.
pub fn split(
    file: &File,
    header: &SegmentHeader,
    touched: usize,
) -> io::Result<(SegmentWriter, SegmentReader, SegmentWatch)> {
    if file.metadata()?.len() != SEGMENT_BYTES as u64 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a segment of another length"));
    }
    let map = MmapOptions::new().len(SEGMENT_BYTES).map_raw(file)?;
    let bytes = header.encode();
    // SAFETY: the map is `SEGMENT_BYTES` long and the header shorter; nobody else has this map yet.
    unsafe { map.as_mut_ptr().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    for page in (RECORDS_AT..touched.min(SEGMENT_BYTES)).step_by(PAGE) {
        // What stood there stays: recovery tells old records by their epoch.
        // SAFETY: `page` is below `SEGMENT_BYTES`; nobody else has this map yet. Volatile, so that
        // the write is not seen to change nothing and left out.
        unsafe {
            let byte = map.as_mut_ptr().add(page);
            byte.write_volatile(byte.read_volatile());
        }
    }
    let shared = Arc::new(Shared {
        map,
        published: AtomicUsize::new(RECORDS_AT),
        is_left: AtomicBool::new(false),
    });
    let reader = SegmentReader { shared: Arc::clone(&shared), read: RECORDS_AT };
    let watch = SegmentWatch { shared: Arc::clone(&shared) };
    Ok((SegmentWriter { shared, at: RECORDS_AT }, reader, watch))
}

impl SegmentWriter {
    /// Appends a record and publishes it: one copy and one store. `false` when it does not fit.
    pub fn append(&mut self, record: &[u8]) -> bool {
        let end = self.at + record.len().next_multiple_of(ALIGNMENT);
        if end > SEGMENT_BYTES {
            return false;
        }
        // SAFETY: `at..end` is inside the map, and above what is published, so no reader looks at
        // it; this is the only writer, and `&mut self` keeps it from being used twice at once.
        unsafe {
            self.shared
                .map
                .as_mut_ptr()
                .add(self.at)
                .copy_from_nonoverlapping(record.as_ptr(), record.len());
        }
        self.at = end;
        // Release: whoever sees the new end sees the record.
        self.shared.published.store(end, Ordering::Release);
        true
    }

    /// Whether anything was appended.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.at > RECORDS_AT
    }
}

impl Drop for SegmentWriter {
    fn drop(&mut self) {
        self.shared.is_left.store(true, Ordering::Release);
    }
}

impl SegmentReader {
    /// Records that were published and not yet consumed.
    #[must_use]
    pub fn fresh(&self) -> &[u8] {
        let published = self.shared.published.load(Ordering::Acquire);
        // SAFETY: `read..published` is inside the map and was written before it was published; the
        // writer never writes below `published` again, and no other map of the file is written to
        // while this one exists.
        unsafe {
            std::slice::from_raw_parts(
                self.shared.map.as_ptr().add(self.read),
                published - self.read,
            )
        }
    }

    /// Moves past this many bytes of what [`SegmentReader::fresh`] returned.
    pub fn consume(&mut self, bytes: usize) {
        self.read += bytes;
    }

    /// Whether the writer is gone: what [`SegmentReader::fresh`] returns from now on is all there is.
    #[must_use]
    pub fn is_left(&self) -> bool {
        self.shared.is_left.load(Ordering::Acquire)
    }

    /// Where in the file the next record stands.
    #[must_use]
    pub fn position(&self) -> usize {
        self.read
    }

    /// Where in the file the last published record ends.
    #[must_use]
    pub fn end(&self) -> usize {
        self.shared.published.load(Ordering::Acquire)
    }
}
