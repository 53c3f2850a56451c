//! The values of a dimension, each of which filters everything.

use super::address::Address;
use crate::clicks::stats::Breakdown;
use crate::model::click::ClickCount;
use crate::model::dimension::Dimension;

/// The values of a dimension, as the page shows them.
pub(in crate::admin::pages) struct Panel {
    /// Its heading.
    pub(in crate::admin::pages) title: &'static str,
    /// Its name in the API, by which the script knows what its values are.
    pub(in crate::admin::pages) name: &'static str,
    pub(in crate::admin::pages) rows: Vec<Row>,
    /// Clicks with values further down.
    pub(in crate::admin::pages) other: ClickCount,
}

/// A value.
pub(in crate::admin::pages) struct Row {
    /// The value, or what stands for none.
    pub(in crate::admin::pages) shown: String,
    /// Whether it is a value.
    pub(in crate::admin::pages) is_known: bool,
    pub(in crate::admin::pages) count: ClickCount,
    /// What of the most frequent one it is, in hundredths.
    pub(in crate::admin::pages) share: u64,
    /// The same page for clicks with this value alone.
    pub(in crate::admin::pages) href: String,
}

impl Panel {
    /// The panel of a dimension on a page.
    pub(super) fn of(dimension: Dimension, breakdown: Breakdown, page: &Address) -> Self {
        let most = breakdown.values.iter().map(|it| it.count.total()).max().unwrap_or(0);
        let most = most.max(breakdown.unknown.total()).max(1);
        let row = |value: Option<String>, count: ClickCount| Row {
            href: page.with(dimension.name(), value.as_deref().unwrap_or_default()).to_string(),
            is_known: value.is_some(),
            shown: value.unwrap_or_else(|| unknown(dimension).to_owned()),
            count,
            share: count.total() * 100 / most,
        };
        let values = breakdown.values.into_iter().map(|it| row(Some(it.value), it.count));
        let mut rows: Vec<Row> = values.collect();
        if !breakdown.unknown.is_zero() {
            rows.push(row(None, breakdown.unknown));
        }
        Self { title: title(dimension), name: dimension.name(), rows, other: breakdown.other }
    }
}

/// What a dimension is called.
pub(super) const fn title(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Referrer => "Referrers",
        Dimension::Country => "Countries",
        Dimension::Region => "Regions",
        Dimension::City => "Cities",
        Dimension::Browser => "Browsers",
        Dimension::System => "Systems",
        Dimension::Device => "Devices",
        Dimension::Language => "Languages",
        Dimension::UtmSource => "UTM sources",
        Dimension::UtmMedium => "UTM media",
        Dimension::UtmCampaign => "UTM campaigns",
        Dimension::UtmTerm => "UTM terms",
        Dimension::UtmContent => "UTM contents",
    }
}

/// What stands for clicks without a known value.
pub(super) const fn unknown(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Referrer => "Direct or not said",
        Dimension::UtmSource
        | Dimension::UtmMedium
        | Dimension::UtmCampaign
        | Dimension::UtmTerm
        | Dimension::UtmContent => "None",
        _ => "Not known",
    }
}
