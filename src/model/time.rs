//! Time: epoch milliseconds inside, RFC 3339 at the border, quarter hours for totals.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use super::skew;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Millis(i64);

/// A text that is no RFC 3339 time with an offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time: write it as RFC 3339, such as 2027-01-31T18:00:00Z")]
pub struct TimeError(String);

/// The length of a bucket of totals; a quarter hour keeps days right in every time zone.
pub const QUARTER_MS: i64 = 15 * 60 * 1000;

/// The length of an hour.
pub const HOUR_MS: i64 = 4 * QUARTER_MS;

/// The length of a UTC day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

impl Millis {
    /// This many milliseconds since the epoch.
    #[must_use]
    pub const fn from_epoch(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch; 0 before it.
    #[must_use]
    pub fn epoch_seconds(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or_default()
    }

    /// This machine's wall clock.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(skew::ms()))
    }

    /// The start of the quarter hour that holds this moment.
    #[must_use]
    pub const fn quarter(self) -> Self {
        Self(self.0.div_euclid(QUARTER_MS) * QUARTER_MS)
    }

    /// The moment a quarter hour later.
    #[must_use]
    pub const fn next_quarter(self) -> Self {
        Self(self.0 + QUARTER_MS)
    }

    /// The start of the UTC hour that holds this moment.
    #[must_use]
    pub const fn hour(self) -> Self {
        Self(self.0.div_euclid(HOUR_MS) * HOUR_MS)
    }

    /// The start of the UTC day that holds this moment.
    #[must_use]
    pub const fn day(self) -> Self {
        Self(self.0.div_euclid(DAY_MS) * DAY_MS)
    }

    /// The moment that lies `span` before this one.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Reads an RFC 3339 time (RFC 3339 §5.6), to the millisecond.
    ///
    /// # Errors
    /// The text is no such time.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        text.parse::<jiff::Timestamp>()
            .map(|at| Self(at.as_millisecond()))
            .map_err(|_| TimeError(text.to_owned()))
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => write!(f, "{} ms since the epoch", self.0),
        }
    }
}

impl utoipa::PartialSchema for Millis {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into()
    }
}

impl utoipa::ToSchema for Millis {}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_round_trips() {
        let at = Millis::parse("2027-01-31T18:00:00.250+01:00").expect("a valid time");
        assert_eq!(at.to_string(), "2027-01-31T17:00:00.250Z");
        assert_eq!(Millis::parse(&at.to_string()), Ok(at));
    }

    #[test]
    fn times_without_an_offset_are_refused() {
        for bad in ["", "tomorrow", "2027-01-31", "2027-01-31T18:00:00"] {
            assert!(Millis::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn quarters_start_on_the_quarter_hour_also_before_the_epoch() {
        assert_eq!(Millis::from_epoch(QUARTER_MS + 1).quarter().get(), QUARTER_MS);
        assert_eq!(Millis::from_epoch(-1).quarter().get(), -QUARTER_MS);
    }
}
