//! What clicks are told apart by: one name in the store, the API and the metrics.

use std::fmt;
use std::str::FromStr;

/// A property of a click that statistics are broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// The registrable domain of the page that the visitor came from.
    Referrer,
    /// ISO 3166-1 alpha-2.
    Country,
    /// ISO 3166-2, with its country.
    Region,
    /// A city's English name, with its country.
    City,
    /// The browser's family.
    Browser,
    /// The operating system's family.
    System,
    /// Desktop, phone, tablet and so on.
    Device,
    /// The first language that the visitor's browser asks for.
    Language,
    /// `utm_source`
    UtmSource,
    /// `utm_medium`
    UtmMedium,
    /// `utm_campaign`
    UtmCampaign,
    /// `utm_term`
    UtmTerm,
    /// `utm_content`
    UtmContent,
}

/// A text that names no dimension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{named}` is no dimension: the dimensions are {}", names())]
pub struct DimensionError {
    named: String,
}

/// Values beyond a bucket's cap are counted under this one.
pub const OTHER: &str = "(other)";

/// Bytes of a value at most; longer ones are cut.
pub const VALUE_BYTES_MAX: usize = 128;

impl Dimension {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 13] = [
        Self::Referrer,
        Self::Country,
        Self::Region,
        Self::City,
        Self::Browser,
        Self::System,
        Self::Device,
        Self::Language,
        Self::UtmSource,
        Self::UtmMedium,
        Self::UtmCampaign,
        Self::UtmTerm,
        Self::UtmContent,
    ];

    /// Its number in the store: never used again for another.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64 + 1
    }

    /// Its name in the API, and its column in visits.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Referrer => "referrer",
            Self::Country => "country",
            Self::Region => "region",
            Self::City => "city",
            Self::Browser => "browser",
            Self::System => "system",
            Self::Device => "device",
            Self::Language => "language",
            Self::UtmSource => "utm_source",
            Self::UtmMedium => "utm_medium",
            Self::UtmCampaign => "utm_campaign",
            Self::UtmTerm => "utm_term",
            Self::UtmContent => "utm_content",
        }
    }
}

fn names() -> String {
    Dimension::ALL.map(Dimension::name).join(", ")
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dimension {
    type Err = DimensionError;

    fn from_str(text: &str) -> Result<Self, DimensionError> {
        let named = Self::ALL.into_iter().find(|dimension| dimension.name() == text);
        named.ok_or_else(|| DimensionError { named: text.to_owned() })
    }
}

/// The values of one click, one place a dimension; what is not known is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values([Option<std::sync::Arc<str>>; Dimension::ALL.len()]);

impl Values {
    /// The value of a dimension.
    #[must_use]
    pub fn get(&self, dimension: Dimension) -> Option<&std::sync::Arc<str>> {
        self.0[dimension as usize].as_ref()
    }

    /// Sets or clears the value of a dimension.
    pub fn set(&mut self, dimension: Dimension, value: Option<std::sync::Arc<str>>) {
        self.0[dimension as usize] = value;
    }

    /// The values that are known.
    pub fn known(&self) -> impl Iterator<Item = (Dimension, &std::sync::Arc<str>)> {
        let all = Dimension::ALL.into_iter().zip(&self.0);
        all.filter_map(|(dimension, value)| Some((dimension, value.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_is_its_place_and_its_name() {
        for (place, dimension) in Dimension::ALL.into_iter().enumerate() {
            assert_eq!(dimension as usize, place);
            assert_eq!(dimension.name().parse(), Ok(dimension));
        }
        assert!("shoe size".parse::<Dimension>().is_err());
    }
}
