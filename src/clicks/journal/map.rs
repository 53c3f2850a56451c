//! A segment in memory: one thread appends, another reads what was published.
//!
//! This is the one file of Carom with `unsafe` in it; `docs/adr/0007` has the figures that bought it.
//! The two halves of a segment are made together and only once, so the duties below are kept by
//! ownership: there is one [`SegmentWriter`], it writes only above what is published, and a
//! [`SegmentReader`] reads only below. A [`Words`] map is only ever touched through atomics.

#![allow(unsafe_code, reason = "a memory-mapped journal; see the module's documentation")]

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use memmap2::{MmapOptions, MmapRaw};

use super::format::{ALIGNMENT, HEADERS_AT, RECORDS_AT, SegmentHeader};
use super::publish::Published;

/// Bytes of a page that is touched before it is needed.
const PAGE: usize = 4096;

struct Shared {
    map: MmapRaw,
    published: Arc<Published>,
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

/// How much of a segment its reader may have touched before it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// The header's page alone.
    Header,
    /// All of it, so that no append waits for a page.
    All,
}

/// Maps `file`, writes its header and touches its pages for writing.
///
/// The file's blocks must be allocated, and nobody may shrink it: the journal's directory is private
/// and locked.
///
/// # Errors
/// The kernel refuses, or the file is no whole number of pages.
pub fn split(
    file: &File,
    header: &SegmentHeader,
    touch: Touch,
) -> io::Result<(SegmentWriter, SegmentReader, Arc<Published>)> {
    let map = mapped(file)?;
    begin(&map, header);
    let touched = if touch == Touch::All { map.len() } else { RECORDS_AT };
    for page in (RECORDS_AT..touched).step_by(PAGE) {
        // What stood there stays: recovery tells old records by their epoch.
        // SAFETY: `page` is below the map's length; nobody else has this map yet. Volatile, so that
        // the write is not seen to change nothing and left out.
        unsafe {
            let byte = map.as_mut_ptr().add(page);
            byte.write_volatile(byte.read_volatile());
        }
    }
    let published = Arc::new(Published::new(RECORDS_AT));
    let shared = Arc::new(Shared { map, published: Arc::clone(&published) });
    let reader = SegmentReader { shared: Arc::clone(&shared), read: RECORDS_AT };
    Ok((SegmentWriter { shared, at: RECORDS_AT }, reader, published))
}

fn mapped(file: &File) -> io::Result<MmapRaw> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    if length <= RECORDS_AT || !length.is_multiple_of(PAGE) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a segment of another length"));
    }
    MmapOptions::new().len(length).map_raw(file)
}

fn begin(map: &MmapRaw, header: &SegmentHeader) {
    let bytes = header.encode();
    for at in HEADERS_AT {
        // SAFETY: the map is longer than `RECORDS_AT` and both headers end before it; the caller has
        // made the map just now, so nobody else has it yet.
        unsafe { map.as_mut_ptr().add(at).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }
}

impl SegmentWriter {
    /// Appends a record and publishes it: one copy and one store. `false` when it does not fit.
    pub fn append(&mut self, record: &[u8]) -> bool {
        let end = self.at + record.len().next_multiple_of(ALIGNMENT);
        if end > self.shared.map.len() {
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
        self.shared.published.publish(end);
        true
    }

    /// Bytes of records in it.
    #[must_use]
    pub fn used(&self) -> usize {
        self.at - RECORDS_AT
    }
}

impl Drop for SegmentWriter {
    fn drop(&mut self) {
        self.shared.published.leave();
    }
}

impl SegmentReader {
    /// Records that were published and not yet consumed.
    #[must_use]
    pub fn fresh(&self) -> &[u8] {
        let end = self.shared.published.end();
        // SAFETY: `read..end` is inside the map (`consume` keeps `read` at or below `end`, which only
        // grows) and was written before it was published; the writer never writes below `end`
        // again, and no other map of the file is written to while this one exists.
        unsafe {
            std::slice::from_raw_parts(self.shared.map.as_ptr().add(self.read), end - self.read)
        }
    }

    /// Moves past this many bytes of what [`SegmentReader::fresh`] returned.
    pub fn consume(&mut self, bytes: usize) {
        self.read = (self.read + bytes).min(self.shared.published.end());
    }

    /// Goes back to the first record.
    pub fn rewind(&mut self) {
        self.read = RECORDS_AT;
    }

    /// Whether the writer is gone: what [`SegmentReader::fresh`] returns from now on is all there is.
    #[must_use]
    pub fn is_left(&self) -> bool {
        self.shared.published.is_left()
    }
}

/// A map of whole numbers that threads share.
pub struct Words {
    map: MmapRaw,
}

impl Words {
    /// Maps a segment file and writes its header.
    ///
    /// # Errors
    /// The kernel refuses, or the file is no whole number of pages.
    pub fn of(file: &File, header: &SegmentHeader) -> io::Result<Self> {
        let map = mapped(file)?;
        begin(&map, header);
        Ok(Self { map })
    }

    /// Memory that no file stands behind: it is lost with the process.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn without_a_file(bytes: usize) -> io::Result<Self> {
        Ok(Self { map: MmapOptions::new().len(bytes).map_anon()?.into() })
    }

    /// Words in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len() / size_of::<AtomicU64>()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them.
    ///
    /// # Panics
    /// There is no such word.
    #[must_use]
    pub fn word(&self, place: usize) -> &AtomicU64 {
        assert!(place < self.len(), "word {place} of {}", self.len());
        // SAFETY: the place is inside the map, which begins at a page and so is aligned; every access
        // to these bytes goes through this function, so all of them are atomic; the reference does
        // not outlive the map.
        unsafe { &*self.map.as_ptr().cast::<AtomicU64>().add(place) }
    }
}
