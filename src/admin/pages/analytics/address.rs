//! What is looked at, as the page's address has it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::ToSpan as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::admin::api::stats::query::Parameters;
use crate::clicks::stats::Zone;
use crate::model::dimension::Dimension;
use crate::model::time::{HOUR_MS, Millis};

/// The page itself.
pub(in crate::admin::pages) const PAGE: &str = "/analytics";

/// What an address can say besides the dimensions, each by its name.
const NAMES: [&str; 10] =
    ["link", "tag", "domain", "range", "from", "to", "interval", "tz", "audience", "compare"];

/// The period where nothing is said about it.
const RANGE_DEFAULT: &str = "30d";

/// Periods that end now: their word, and what they are called.
pub(super) const RANGES: [(&str, &str); 5] = [
    ("24h", "24 hours"),
    ("7d", "7 days"),
    ("30d", "30 days"),
    ("90d", "90 days"),
    ("12m", "12 months"),
];

/// An address of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::admin::pages) struct Address(BTreeMap<&'static str, String>);

impl Address {
    /// What a browser asked for. What a form left empty is not there, except for values of dimensions:
    /// an empty one stands for clicks of which none is known.
    pub(super) fn of(pairs: Vec<(String, String)>) -> Self {
        let mut address = Self::default();
        for (name, value) in pairs {
            if let Some(name) = NAMES.into_iter().find(|it| *it == name) {
                if !value.trim().is_empty() {
                    address.0.insert(name, value.trim().to_owned());
                }
            } else if let Ok(dimension) = name.parse::<Dimension>() {
                address.0.insert(dimension.name(), value);
            }
        }
        address
    }

    /// The same with this said.
    #[must_use]
    pub(in crate::admin::pages) fn with(
        &self,
        name: &'static str,
        value: impl Into<String>,
    ) -> Self {
        let mut address = self.clone();
        address.0.insert(name, value.into());
        address
    }

    /// The same without anything said about this.
    #[must_use]
    pub(super) fn without(&self, name: &str) -> Self {
        let mut address = self.clone();
        address.0.remove(name);
        address
    }

    /// The same for a period that ends now.
    #[must_use]
    pub(super) fn within(&self, range: &'static str) -> Self {
        self.without("from").without("to").without("interval").with("range", range)
    }

    /// The same for a period from one moment to another.
    #[must_use]
    pub(super) fn between(&self, from: &str, to: &str) -> Self {
        self.without("range").without("interval").with("from", from).with("to", to)
    }

    /// The period and the link alone, for single visits.
    #[must_use]
    pub(super) fn of_visits(&self) -> Self {
        let kept = ["link", "range", "from", "to", "tz"];
        Self(
            self.0
                .iter()
                .filter(|(it, _)| kept.contains(it))
                .map(|(it, value)| (*it, value.clone()))
                .collect(),
        )
    }

    /// What it says of this.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The same, or nothing, as a field shows it.
    pub(super) fn said(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Whether the figures are compared with the period before.
    pub(super) fn compares(&self) -> bool {
        self.get("compare").is_some()
    }

    /// The period by its word, where it ends now.
    pub(super) fn range(&self) -> Option<&str> {
        let is_free = self.get("from").is_some() || self.get("to").is_some();
        (!is_free).then(|| self.get("range").unwrap_or(RANGE_DEFAULT))
    }

    /// Dimensions whose clicks are filtered, with the value that they have.
    pub(super) fn filters(&self) -> impl Iterator<Item = (Dimension, &str)> {
        let filter = |dimension: Dimension| Some((dimension, self.get(dimension.name())?));
        Dimension::ALL.into_iter().filter_map(filter)
    }

    /// What a form sends along, whose own fields are these.
    pub(super) fn others<'a>(
        &'a self,
        own: &'a [&str],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let others = self.0.iter().filter(|(name, _)| !own.contains(name));
        others.map(|(name, value)| (*name, value.as_str()))
    }

    /// The parameters of the API's question.
    pub(super) fn parameters(
        &self,
        zone: &Zone,
        dimensions: &[Dimension],
        now: Millis,
    ) -> Parameters {
        let is_own = |name: &str| ["link", "range", "compare"].contains(&name);
        let said = self.0.iter().filter(|(name, _)| !is_own(name));
        let mut pairs: Vec<(String, String)> =
            said.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        if self.get("tz").is_none() {
            pairs.push(("tz".to_owned(), zone.name().to_owned()));
        }
        if let Some(from) = self.range().and_then(|range| begin(range, zone, now)) {
            pairs.push(("from".to_owned(), from));
        }
        let names: Vec<&str> = dimensions.iter().map(|it| it.name()).collect();
        pairs.push(("dimension".to_owned(), names.join(",")));
        Parameters::of(pairs)
    }
}

/// When a period begins that ends now; nothing for an unknown word, which is the usual period.
fn begin(range: &str, zone: &Zone, now: Millis) -> Option<String> {
    let today = zone.date(now);
    let days = |days: i64| today.checked_sub(days.days()).ok().map(|date| date.to_string());
    match range {
        "24h" => Some(Millis::from_epoch(now.hour().get() - 23 * HOUR_MS).to_string()),
        "7d" => days(6),
        "90d" => days(89),
        "12m" => today.checked_sub(1.year()).ok().map(|date| date.to_string()),
        _ => days(29),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PAGE)?;
        for (place, (name, value)) in self.0.iter().enumerate() {
            let mark = if place == 0 { '?' } else { '&' };
            write!(f, "{mark}{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(pairs: &[(&str, &str)]) -> Address {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Address::of(pairs.iter().map(own).collect())
    }

    #[test]
    fn an_address_says_what_is_looked_at_and_nothing_else() {
        let address = address(&[("country", ""), ("tag", " a b "), ("from", ""), ("x", "y")]);
        assert_eq!(address.to_string(), "/analytics?country=&tag=a%20b");
        assert_eq!(address.without("country").to_string(), "/analytics?tag=a%20b");
        assert_eq!(address.within("7d").without("tag").range(), Some("7d"));
        assert_eq!(address.between("2026-01-01", "2026-01-02").range(), None);
    }

    #[test]
    fn periods_that_end_now_begin_at_midnight() {
        let now = Millis::parse("2026-11-24T12:34:56Z").expect("a time");
        let begin = |range| begin(range, &Zone::UTC, now).expect("a beginning");
        assert_eq!(begin("24h"), "2026-11-23T13:00:00.000Z");
        assert_eq!((begin("7d"), begin("30d")), ("2026-11-18".into(), "2026-10-26".into()));
        assert_eq!((begin("90d"), begin("12m")), ("2026-08-27".into(), "2025-11-24".into()));
        assert_eq!(begin("rubbish"), begin("30d"));
    }
}
