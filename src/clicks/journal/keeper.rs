//! The keeper: a thread that has segments ready before an edge thread needs one, syncs those that
//! were left, and takes back those that the store has absorbed.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::directory::Directory;
use super::format::{SEGMENT_BYTES, SegmentHeader};
use super::lane::{Lane, READY_MAX, ReadySegment};
use super::map::{self, SegmentReader, SegmentWatch};
use crate::model::id::{NodeId, StoreId, StreamId};
use crate::model::random;

/// Time between two looks at the lanes.
const INTERVAL: Duration = Duration::from_millis(50);

/// Segments that wait for each thread when little happens.
const READY_MIN: usize = 2;

/// Files kept for another use.
const FREE_MAX: usize = 16;

/// Bytes touched of a segment on a quiet node: writing them back costs little.
const TOUCHED_MIN: usize = 64 * 1024;

/// Pause after the disk refused.
const PAUSE: Duration = Duration::from_secs(1);

/// Whose journal it is, and how large it may get.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// The store its clicks are for.
    pub store: StoreId,
    /// This node.
    pub node: NodeId,
    /// Bytes of all segments at most.
    pub bytes_max: u64,
}

/// A segment on its way from the keeper to the clicks task, and back.
pub struct Segment {
    /// What an edge thread publishes in it.
    pub reader: SegmentReader,
    /// What marks its records.
    pub epoch: u64,
    /// The file.
    pub file: SegmentFile,
}

/// A segment's file.
pub struct SegmentFile {
    /// Where it is.
    pub path: PathBuf,
    /// Open for reading and writing.
    pub file: Arc<File>,
}

/// The clicks task's end of one lane.
pub struct LaneFeed {
    /// The stream its records belong to.
    pub stream: StreamId,
    /// Its segments, in the order they are written.
    pub segments: Receiver<Segment>,
    /// Where files go that are absorbed.
    pub done: Sender<SegmentFile>,
}

/// The running keeper. Dropping it ends the thread.
pub struct Keeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Prepares the first segments of `lanes` threads and starts the thread.
    ///
    /// # Errors
    /// The thread cannot be started. A disk that refuses is no error: clicks are then counted without
    /// the journal, and the keeper tries on.
    pub fn start(
        directory: Directory,
        owner: Owner,
        lanes: usize,
    ) -> io::Result<(Self, Vec<Arc<Lane>>, Vec<LaneFeed>)> {
        let (done, returned) = crossbeam_channel::unbounded();
        let mut kept = Vec::new();
        let mut feeds = Vec::new();
        for _ in 0..lanes {
            let (segments, fed) = crossbeam_channel::unbounded();
            let stream = StreamId::random();
            feeds.push(LaneFeed { stream, segments: fed, done: done.clone() });
            kept.push(KeptLane { lane: Arc::default(), stream, ordinal: 0, segments, used: 0 });
        }
        let shared = kept.iter().map(|kept: &KeptLane| Arc::clone(&kept.lane)).collect();
        let mut work = Work {
            directory,
            owner,
            lanes: kept,
            returned,
            free: Vec::new(),
            open: Vec::new(),
            refused_at: None,
        };
        work.prepare();
        let (stop, stopped) = crossbeam_channel::bounded(0);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || work.run(&stopped))?;
        Ok((Self { stop: Some(stop), thread: Some(thread) }, shared, feeds))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread had panicked");
        }
    }
}

struct KeptLane {
    lane: Arc<Lane>,
    stream: StreamId,
    ordinal: u64,
    segments: Sender<Segment>,
    /// Segments that were taken since the last look.
    used: usize,
}

/// A segment that an edge thread has or will get.
struct OpenSegment {
    watch: SegmentWatch,
    file: Arc<File>,
}

struct Work {
    directory: Directory,
    owner: Owner,
    lanes: Vec<KeptLane>,
    returned: Receiver<SegmentFile>,
    free: Vec<SegmentFile>,
    open: Vec<OpenSegment>,
    refused_at: Option<Instant>,
}

impl Work {
    fn run(mut self, stopped: &Receiver<()>) {
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(INTERVAL) {
            self.take_back();
            self.prepare();
            self.sync_left();
        }
        self.sync_left();
    }

    /// Files that the store has absorbed are used again, or removed.
    fn take_back(&mut self) {
        while let Ok(file) = self.returned.try_recv() {
            if self.free.len() < FREE_MAX {
                self.free.push(file);
            } else if let Err(error) = fs::remove_file(&file.path) {
                tracing::warn!(%error, file = %file.path.display(), "cannot remove a segment");
            }
        }
    }

    /// Has as many segments ready for each thread as it took lately, and two more.
    fn prepare(&mut self) {
        if self.refused_at.is_some_and(|at| at.elapsed() < PAUSE) {
            return;
        }
        for place in 0..self.lanes.len() {
            loop {
                let kept = &mut self.lanes[place];
                let waiting = kept.lane.waiting();
                let wanted = (READY_MIN + 2 * kept.used).min(READY_MAX);
                if waiting >= wanted {
                    break;
                }
                match self.ready_one(place) {
                    Ok(()) => self.refused_at = None,
                    Err(error) => {
                        if self.refused_at.is_none() {
                            tracing::error!(%error, "the journal has no room: clicks are counted in memory until it has");
                        }
                        self.refused_at = Some(Instant::now());
                        return;
                    }
                }
            }
            self.lanes[place].used = 0;
        }
    }

    fn ready_one(&mut self, place: usize) -> io::Result<()> {
        let segment_file = match self.free.pop() {
            Some(file) => file,
            None => {
                let bytes = (self.open.len() as u64 + 1) * SEGMENT_BYTES as u64;
                if bytes > self.owner.bytes_max {
                    return Err(io::Error::other("the journal has reached its size"));
                }
                let (path, file) = self.directory.create()?;
                SegmentFile { path, file: Arc::new(file) }
            }
        };
        let kept = &mut self.lanes[place];
        kept.ordinal += 1;
        // Each beyond the first two of a lane was asked for because others were taken.
        kept.used += usize::from(kept.ordinal > READY_MIN as u64);
        let header = SegmentHeader {
            epoch: u64::from_le_bytes(random::bytes()),
            store: self.owner.store,
            node: self.owner.node,
            stream: kept.stream,
            ordinal: kept.ordinal,
        };
        let touched = if kept.used > 1 { SEGMENT_BYTES } else { TOUCHED_MIN };
        let (writer, reader, watch) = map::split(&segment_file.file, &header, touched)?;
        self.open.push(OpenSegment { watch, file: Arc::clone(&segment_file.file) });
        // The reader first: whatever is published has somebody who will read it.
        let segment = Segment { reader, epoch: header.epoch, file: segment_file };
        if kept.segments.send(segment).is_ok() {
            kept.lane.offer(ReadySegment { writer, epoch: header.epoch });
        }
        Ok(())
    }

    /// Syncs segments that were left. One whose sync fails is not tried again: the kernel has
    /// forgotten by then what it could not write.
    fn sync_left(&mut self) {
        self.open.retain(|segment| {
            if !segment.watch.is_left() {
                return true;
            }
            if let Err(error) = segment.file.sync_data() {
                tracing::error!(%error, "a segment could not be synced: a power cut now would cost its clicks");
            }
            false
        });
    }
}
