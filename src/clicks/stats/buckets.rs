//! The pieces of a series, in a time zone.

use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::zone::{Segment, Zone};
use crate::model::click::ClickCount;
use crate::model::time::{DAY_MS, HOUR_MS, Millis, QUARTER_MS};
use crate::store::stats::{Grid, Point, Span};

/// Buckets that an answer has at most.
pub const BUCKETS_MAX: usize = 2_000;

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// A quarter of an hour.
    Quarter,
    /// An hour of the zone's clocks.
    Hour,
    /// A day of the zone: 23, 24 or 25 hours.
    Day,
    /// From Monday on (ISO 8601).
    Week,
    /// A month of the calendar.
    Month,
}

/// A text that names no interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no interval: the intervals are quarter, hour, day, week, month")]
pub struct UnknownInterval(String);

/// More buckets than an answer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the series would have more than {BUCKETS_MAX} buckets")]
pub struct TooManyBuckets;

/// One piece of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// When it begins.
    pub start: Millis,
    /// Its clicks.
    pub count: ClickCount,
}

impl Interval {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [Self::Quarter, Self::Hour, Self::Day, Self::Week, Self::Month];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quarter => "quarter",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// One that gives a series that people can read.
    #[must_use]
    pub fn fitting(span: Span) -> Self {
        match span.length_ms() {
            ..=21_600_000 => Self::Quarter,
            length if length <= 3 * DAY_MS => Self::Hour,
            length if length <= 100 * DAY_MS => Self::Day,
            length if length <= 731 * DAY_MS => Self::Week,
            _ => Self::Month,
        }
    }

    /// How sums are cut within a part of the span in which the clocks do not change. Weeks and months
    /// are put together from days.
    pub(super) fn grid(self, segment: &Segment) -> Grid {
        let width_ms = match self {
            Self::Quarter => QUARTER_MS,
            Self::Hour => HOUR_MS,
            Self::Day | Self::Week | Self::Month => DAY_MS,
        };
        Grid { offset_ms: segment.offset_ms, width_ms }
    }

    /// The day that a bucket begins with in which this day lies.
    fn first_day(self, date: Date) -> Date {
        match self {
            Self::Week => {
                let days = i64::from(date.weekday().to_monday_zero_offset());
                date.checked_sub(days.days()).unwrap_or(date)
            }
            Self::Month => date.first_of_month(),
            Self::Quarter | Self::Hour | Self::Day => date,
        }
    }

    /// The day that the next bucket begins with.
    fn next_day(self, date: Date) -> Option<Date> {
        match self {
            Self::Week => date.checked_add(1.week()).ok(),
            Self::Month => date.checked_add(1.month()).ok(),
            Self::Quarter | Self::Hour | Self::Day => date.tomorrow().ok(),
        }
    }
}

impl FromStr for Interval {
    type Err = UnknownInterval;

    fn from_str(text: &str) -> Result<Self, UnknownInterval> {
        let named = Self::ALL.into_iter().find(|interval| interval.name() == text);
        named.ok_or_else(|| UnknownInterval(text.to_owned()))
    }
}

/// The buckets of a span, empty ones included.
#[derive(Debug)]
pub(super) struct Buckets(Vec<Bucket>);

impl Buckets {
    /// The buckets that a span touches: the first may begin before it.
    pub(super) fn of(zone: &Zone, interval: Interval, span: Span) -> Result<Self, TooManyBuckets> {
        let mut buckets = Self(Vec::new());
        match interval {
            Interval::Quarter | Interval::Hour => buckets.cut_by_the_clock(zone, interval, span)?,
            Interval::Day | Interval::Week | Interval::Month => {
                buckets.cut_by_the_calendar(zone, interval, span)?;
            }
        }
        Ok(buckets)
    }

    fn cut_by_the_clock(
        &mut self,
        zone: &Zone,
        interval: Interval,
        span: Span,
    ) -> Result<(), TooManyBuckets> {
        for segment in zone.segments(span) {
            let Grid { offset_ms, width_ms } = interval.grid(&segment);
            let begin = segment.span.from.get();
            let mut start = (begin + offset_ms).div_euclid(width_ms) * width_ms - offset_ms;
            // A bucket that began before the clocks were changed goes on.
            if start < begin && !self.0.is_empty() {
                start += width_ms;
            }
            while start < segment.span.to.get() {
                self.push(Millis::from_epoch(start))?;
                start += width_ms;
            }
        }
        Ok(())
    }

    fn cut_by_the_calendar(
        &mut self,
        zone: &Zone,
        interval: Interval,
        span: Span,
    ) -> Result<(), TooManyBuckets> {
        let mut date = Some(interval.first_day(zone.date(span.from)));
        while let Some(begin) = date {
            let start = zone.midnight(begin);
            if start >= span.to {
                break;
            }
            self.push(start)?;
            date = interval.next_day(begin);
        }
        Ok(())
    }

    fn push(&mut self, start: Millis) -> Result<(), TooManyBuckets> {
        // A day that a zone left out, to change sides of the date line, has no moment of its own.
        if self.0.last().is_some_and(|last| last.start >= start) {
            return Ok(());
        }
        if self.0.len() == BUCKETS_MAX {
            return Err(TooManyBuckets);
        }
        self.0.push(Bucket { start, count: ClickCount::default() });
        Ok(())
    }

    /// Counts clicks where they belong.
    pub(super) fn add(&mut self, point: Point) {
        let place = self.0.partition_point(|bucket| bucket.start <= point.at);
        if let Some(bucket) = self.0.get_mut(place.saturating_sub(1)) {
            bucket.count.add(point.count);
        }
    }

    /// All clicks.
    pub(super) fn total(&self) -> ClickCount {
        let mut total = ClickCount::default();
        self.0.iter().for_each(|bucket| total.add(bucket.count));
        total
    }

    pub(super) fn into_series(self) -> Vec<Bucket> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        Millis::parse(text).expect("a time")
    }

    fn starts(zone: &str, interval: Interval, from: &str, to: &str) -> Vec<String> {
        let zone = Zone::named(zone).expect("a zone");
        let span = Span { from: at(from), to: at(to) };
        let buckets = Buckets::of(&zone, interval, span).expect("few buckets");
        buckets.0.iter().map(|bucket| zone.show(bucket.start)).collect()
    }

    #[test]
    fn a_day_on_which_clocks_change_has_23_or_25_hours() {
        for (from, to, hours) in [
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25),
        ] {
            assert_eq!(starts("Europe/Berlin", Interval::Day, from, to).len(), 1);
            let starts = starts("Europe/Berlin", Interval::Hour, from, to);
            assert_eq!(starts.len(), hours, "{starts:?}");
            assert!(starts.iter().all(|start| start.contains(":00:00+")), "{starts:?}");
        }
    }

    #[test]
    fn clocks_that_change_by_half_an_hour_make_one_odd_bucket() {
        let (from, to) = ("2026-10-03T14:00:00Z", "2026-10-03T17:00:00Z");
        let starts = starts("Australia/Lord_Howe", Interval::Hour, from, to);
        assert_eq!(
            starts,
            ["2026-10-04T00:00:00+10:30", "2026-10-04T01:00:00+10:30", "2026-10-04T03:00:00+11:00"]
        );
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        let (from, to) = ("2026-02-27T12:00:00Z", "2026-03-10T00:00:00Z");
        assert_eq!(
            starts("UTC", Interval::Week, from, to),
            ["2026-02-23T00:00:00+00:00", "2026-03-02T00:00:00+00:00", "2026-03-09T00:00:00+00:00"]
        );
        assert_eq!(
            starts("Asia/Kathmandu", Interval::Month, from, to),
            ["2026-02-01T00:00:00+05:45", "2026-03-01T00:00:00+05:45"]
        );
    }

    #[test]
    fn a_day_that_a_zone_left_out_is_no_bucket() {
        let (from, to) = ("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z");
        assert_eq!(
            starts("Pacific/Apia", Interval::Day, from, to),
            ["2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"]
        );
    }

    #[test]
    fn two_thousand_buckets_are_enough() {
        let span = |hours: i64| Span {
            from: Millis::from_epoch(0),
            to: Millis::from_epoch(hours * HOUR_MS),
        };
        assert!(Buckets::of(&Zone::UTC, Interval::Hour, span(2_000)).is_ok());
        assert!(Buckets::of(&Zone::UTC, Interval::Hour, span(2_001)).is_err());
    }
}
