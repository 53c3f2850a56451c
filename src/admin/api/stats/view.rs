//! An answer as clients see it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clicks::stats::{Answer, Breakdown, Note, Question};
use crate::model::click::ClickCount;
use crate::model::dimension::OTHER;

/// Statistics of a link or of a workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Statistics)]
pub(in crate::admin) struct StatsView {
    from: String,
    to: String,
    tz: String,
    interval: &'static str,
    totals: Totals,
    /// Answered by this node and not in the store yet; only known of a whole link, up to now.
    pending: Option<Count>,
    series: Vec<Piece>,
    dimensions: BTreeMap<&'static str, Vec<ValueView>>,
    approximate: bool,
    notes: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Totals {
    total: u64,
    #[serde(flatten)]
    count: Count,
    visitors: Option<u64>,
}

/// People and bots.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
struct Count {
    people: u64,
    bots: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct Piece {
    start: String,
    #[serde(flatten)]
    count: Count,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Value)]
struct ValueView {
    value: Option<String>,
    #[serde(flatten)]
    count: Count,
}

impl From<ClickCount> for Count {
    fn from(ClickCount { people, bots }: ClickCount) -> Self {
        Self { people, bots }
    }
}

impl StatsView {
    /// The answer to a question.
    pub(super) fn new(question: &Question, answer: Answer, pending: Option<ClickCount>) -> Self {
        let zone = &question.zone;
        let approximate = answer.is_approximate();
        let piece = |it: &crate::clicks::stats::Bucket| Piece {
            start: zone.show(it.start),
            count: it.count.into(),
        };
        let dimensions = answer.dimensions.into_iter();
        Self {
            from: zone.show(question.span.from),
            to: zone.show(question.span.to),
            tz: zone.name().to_owned(),
            interval: question.interval.name(),
            totals: Totals {
                total: answer.total.total(),
                count: answer.total.into(),
                visitors: answer.visitors,
            },
            pending: pending.map(Count::from),
            series: answer.series.iter().map(piece).collect(),
            dimensions: dimensions.map(|(it, values)| (it.name(), shown(values))).collect(),
            approximate,
            notes: answer.notes.iter().map(|note| sentence(*note)).collect(),
        }
    }
}

/// The values, then the others and the unknown where there are any.
fn shown(breakdown: Breakdown) -> Vec<ValueView> {
    let view = |value, count: ClickCount| ValueView { value, count: count.into() };
    let values = breakdown.values.into_iter().map(|it| view(Some(it.value), it.count));
    let rest = [(Some(OTHER.to_owned()), breakdown.other), (None, breakdown.unknown)];
    let rest = rest.into_iter().filter(|(_, count)| !count.is_zero());
    values.chain(rest.map(|(value, count)| view(value, count))).collect()
}

pub(in crate::admin) fn sentence(note: Note) -> String {
    match note {
        Note::VisitsSince(since) => {
            format!("filters look at visits, and those from before {since} are not kept")
        }
        Note::WholeHours => {
            "the period begins or ends within an hour, or within a UTC day that is \
                             kept as a whole: dimensions count those whole at its edges"
                .to_owned()
        }
        Note::ManyValues => {
            "a dimension has very many values: rare ones may be among `(other)`".to_owned()
        }
    }
}
