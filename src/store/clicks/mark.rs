//! How far a stream has been absorbed.

use crate::model::id::LinkId;
use crate::store::value::stored;
use crate::store::{Error, Row, Value};

/// What is counted of a stream: everything up to a position and, while batches are counted link by
/// link, some of what comes next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark {
    /// Everything up to here is counted; a new stream begins at 0.
    pub position: u64,
    /// What is counted above it.
    pub ahead: Option<Ahead>,
}

/// Clicks above a position that are counted before others with lower sequences: all up to a
/// sequence whose link and sequence, compared in this order, do not come after these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ahead {
    /// Nothing above it is counted.
    pub until: u64,
    /// The last link of which something is counted.
    pub link: LinkId,
    /// The last sequence that is counted of it; 0 for none.
    pub sequence: u64,
}

impl Mark {
    /// Everything up to a position, and nothing above it.
    #[must_use]
    pub const fn at(position: u64) -> Self {
        Self { position, ahead: None }
    }

    /// Whether a click of this link at this place in the stream is counted.
    #[must_use]
    pub fn has(&self, link: LinkId, sequence: u64) -> bool {
        sequence <= self.position || self.ahead.is_some_and(|ahead| ahead.has(link, sequence))
    }

    /// Nothing above this is counted.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.ahead.map_or(self.position, |ahead| ahead.until.max(self.position))
    }

    /// Its columns: `position`, `ahead_until`, `ahead_link`, `ahead_sequence`.
    pub(super) fn values(self) -> [Value; 4] {
        let (until, link, sequence) =
            self.ahead.map_or((0, 0, 0), |it| (it.until, it.link.get(), it.sequence));
        [stored(self.position).into(), stored(until).into(), link.into(), stored(sequence).into()]
    }

    /// Reads the same columns, of which `place` is the first.
    pub(super) fn read(row: &Row, place: usize) -> Result<Self, Error> {
        let (until, link) = (row.count(place + 1)?, LinkId::from_stored(row.int(place + 2)?));
        let ahead = Ahead { until, link, sequence: row.count(place + 3)? };
        Ok(Self { position: row.count(place)?, ahead: (until > 0).then_some(ahead) })
    }
}

impl Ahead {
    fn has(&self, link: LinkId, sequence: u64) -> bool {
        sequence <= self.until && (link, sequence) <= (self.link, self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_has_what_is_below_it_and_the_links_that_went_ahead() {
        let link = LinkId::from_stored;
        let mark =
            Mark { position: 10, ahead: Some(Ahead { until: 20, link: link(5), sequence: 15 }) };
        for (of, sequence, is_counted) in [
            (9, 10, true),
            (4, 11, true),
            (4, 20, true),
            (4, 21, false),
            (5, 15, true),
            (5, 16, false),
            (6, 11, false),
        ] {
            assert_eq!(mark.has(link(of), sequence), is_counted, "{of} {sequence}");
        }
        assert_eq!((mark.end(), Mark::at(7).end()), (20, 7));
        assert!(Mark::at(7).has(link(9), 7) && !Mark::at(7).has(link(1), 8));
    }
}
