//! A time zone and its clocks.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::time::Millis;
use crate::store::stats::Span;

/// A time zone of the IANA database, which is compiled in: no file of the system is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone: name one of the IANA database, such as Europe/Berlin or UTC")]
pub struct UnknownZone(String);

/// A part of a span in which the clocks of a zone are not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) span: Span,
    /// What the clocks are ahead of UTC.
    pub(super) offset_ms: i64,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone of this name, in any case.
    ///
    /// # Errors
    /// There is none.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        TimeZone::get(name).map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The first moment of a day. Where clocks skip midnight, that is the moment they skip to.
    #[must_use]
    pub fn midnight(&self, date: Date) -> Millis {
        let at = self.0.to_timestamp(date.at(0, 0, 0, 0));
        Millis::from_epoch(at.unwrap_or(Timestamp::MAX).as_millisecond())
    }

    /// The day that a moment lies in.
    #[must_use]
    pub fn date(&self, at: Millis) -> Date {
        self.0.to_datetime(timestamp(at)).date()
    }

    /// A moment as RFC 3339, by the clocks of the zone.
    #[must_use]
    pub fn show(&self, at: Millis) -> String {
        let at = timestamp(at);
        at.display_with_offset(self.0.to_offset(at)).to_string()
    }

    /// The parts of a span between two changes of the clocks.
    pub(super) fn segments(&self, span: Span) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut from = span.from;
        let mut offset = self.0.to_offset(timestamp(from));
        for change in self.0.following(timestamp(from)) {
            let at = Millis::from_epoch(change.timestamp().as_millisecond());
            if at >= span.to {
                break;
            }
            // Names of a zone change too, and then its clocks stay.
            if change.offset() != offset {
                let span = Span { from, to: at };
                segments.push(Segment { span, offset_ms: i64::from(offset.seconds()) * 1000 });
                (from, offset) = (at, change.offset());
            }
        }
        let span = Span { from, to: span.to };
        segments.push(Segment { span, offset_ms: i64::from(offset.seconds()) * 1000 });
        segments
    }
}

/// Moments beyond the year 9999 have no date.
fn timestamp(at: Millis) -> Timestamp {
    let nearest = if at.get() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at.get()).unwrap_or(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        Millis::parse(text).expect("a time")
    }

    #[test]
    fn zones_are_known_without_the_system_s_files() {
        let berlin = Zone::named("europe/berlin").expect("a zone");
        assert_eq!(berlin.name(), "Europe/Berlin");
        assert_eq!(Zone::named("UTC").expect("a zone").name(), "UTC");
        assert_eq!(Zone::UTC.name(), "UTC");
        for bad in ["", "Mars/Olympus", "../etc/passwd", "+01:00"] {
            assert!(Zone::named(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_span_is_cut_where_the_clocks_change() {
        let berlin = Zone::named("Europe/Berlin").expect("a zone");
        let span = Span { from: at("2026-03-01T00:00:00Z"), to: at("2026-11-01T00:00:00Z") };
        let segments = berlin.segments(span);
        let cuts: Vec<_> =
            segments.iter().map(|it| (it.span.from, it.offset_ms / 3_600_000)).collect();
        let (spring, autumn) = (at("2026-03-29T01:00:00Z"), at("2026-10-25T01:00:00Z"));
        assert_eq!(cuts, [(span.from, 1), (spring, 2), (autumn, 1)]);
        assert_eq!(segments.last().map(|it| it.span.to), Some(span.to));
        assert_eq!(Zone::UTC.segments(span).len(), 1);
    }

    #[test]
    fn days_begin_where_the_clocks_say_so() {
        let date = Date::constant(2026, 7, 1);
        let midnight = |name: &str| Zone::named(name).expect("a zone").midnight(date);
        assert_eq!(midnight("Asia/Kathmandu"), at("2026-06-30T18:15:00Z"));
        let berlin = Zone::named("Europe/Berlin").expect("a zone");
        assert_eq!(berlin.show(midnight("Europe/Berlin")), "2026-07-01T00:00:00+02:00");
        // Beirut's clocks skip midnight.
        let beirut = Zone::named("Asia/Beirut").expect("a zone");
        assert_eq!(
            beirut.show(beirut.midnight(Date::constant(2022, 3, 27))),
            "2022-03-27T01:00:00+03:00"
        );
    }
}
