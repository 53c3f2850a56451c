//! What is in the journal, for people who look at it, and making what belongs elsewhere count here.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::counts;
use super::directory::{Leftover, LeftoverError, look_around, open_segment};
use super::format::{HEADERS_AT, HeaderError, SegmentHeader, SegmentKind};
use super::leftover;
use super::recovery::Records;
use crate::model::id::{NodeId, StoreId};
use crate::model::time::Millis;

/// What a file in the journal is to this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its clicks are counted here.
    Here,
    /// Its clicks are for another store.
    ForeignStore,
    /// Another node wrote it, for this store.
    OtherNode,
    /// Nothing was ever written to it.
    Blank,
    /// Its header is damaged: the next start sets it aside.
    Damaged,
    /// A newer Carom wrote it.
    Newer,
    /// It is no plain file, or cannot be read.
    Unreadable,
    /// It was set aside.
    Quarantined,
}

/// One file of the journal.
#[derive(Debug)]
pub struct Inspected {
    /// Where it is.
    pub path: PathBuf,
    /// What it is to this node.
    pub state: State,
    /// Its header, if that can be read.
    pub header: Option<SegmentHeader>,
    /// What is in it.
    pub content: Content,
}

/// What is in a segment, counted or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Content {
    /// Whole records, or sums.
    pub records: u64,
    /// Clicks in them.
    pub clicks: u64,
    /// The time of the first click, in sums to the quarter hour.
    pub first_at: Option<Millis>,
    /// The time of the last one.
    pub last_at: Option<Millis>,
}

/// Looks at every file of the journal in `directory`, as the node of this store that it belongs to.
/// Changes nothing and may be used while a server runs there.
///
/// # Errors
/// The directory cannot be read. One that is not there is empty.
pub fn inspect(directory: &Path, store: StoreId, node: NodeId) -> io::Result<Vec<Inspected>> {
    let (segments, aside) = match look_around(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found?,
    };
    let segments = segments.into_iter().map(|leftover| look_into(leftover, store, node));
    let aside = aside.into_iter().map(|path| Inspected {
        state: State::Quarantined,
        ..look_into(Leftover::at(path), store, node)
    });
    Ok(segments.chain(aside).collect())
}

fn look_into(leftover: Leftover, store: StoreId, node: NodeId) -> Inspected {
    let Leftover { path, header, .. } = leftover;
    let mut state = match &header {
        Ok(header) if header.store != store => State::ForeignStore,
        Ok(header) if header.node != node => State::OtherNode,
        Ok(_) => State::Here,
        Err(LeftoverError::Header(HeaderError::Blank)) => State::Blank,
        Err(LeftoverError::Header(HeaderError::Damaged)) => State::Damaged,
        Err(LeftoverError::Header(HeaderError::Newer(_))) => State::Newer,
        Err(LeftoverError::Unreadable(_)) => State::Unreadable,
    };
    let header = header.ok();
    let content = match header.map(|header| content(&path, &header)) {
        Some(Ok(content)) => content,
        Some(Err(_)) => {
            state = State::Unreadable;
            Content::default()
        }
        None => Content::default(),
    };
    Inspected { path, state, header, content }
}

fn content(path: &Path, header: &SegmentHeader) -> io::Result<Content> {
    let bytes = leftover::read(path)?;
    let mut content = Content::default();
    match header.kind {
        SegmentKind::Records => {
            for record in Records::new(&bytes, header.epoch, 0) {
                content.add(record.click.at, 1);
            }
        }
        SegmentKind::Counts => {
            for slot in counts::decode(&bytes, header.epoch) {
                content.add(slot.key.quarter, slot.count.total());
            }
        }
    }
    Ok(content)
}

impl Content {
    fn add(&mut self, at: Millis, clicks: u64) {
        self.records += 1;
        self.clicks += clicks;
        self.first_at = Some(self.first_at.map_or(at, |first| first.min(at)));
        self.last_at = self.last_at.max(Some(at));
    }
}

/// Gives a segment another header, on the disk when this returns. The journal must be locked.
///
/// Whenever this is cut short, one of the two copies is whole: the segment belongs to its old owner
/// or to its new one.
///
/// # Errors
/// It cannot be written.
pub fn rewrite_header(path: &Path, header: &SegmentHeader) -> io::Result<()> {
    let file = open_segment(path, OpenOptions::new().read(true).write(true))?;
    for at in HEADERS_AT {
        file.write_all_at(&header.encode(), at as u64)?;
        file.sync_all()?;
    }
    Ok(())
}
