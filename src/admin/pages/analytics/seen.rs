//! The figures behind a page: whose clicks, in which period, and in the one before.

use super::address::Address;
use crate::admin::api::owned;
use crate::admin::api::stats::asked;
use crate::admin::api::stats::read::answered;
use crate::admin::auth::Caller;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::clicks::stats::{Answer, Question, Zone};
use crate::model::dimension::Dimension;
use crate::model::id::LinkId;
use crate::model::link::Link;
use crate::model::time::Millis;
use crate::store::stats::{Scope, Span};

/// What an address asks for, and the answer.
pub(in crate::admin::pages) struct Seen {
    pub(in crate::admin::pages) question: Question,
    pub(in crate::admin::pages) answer: Answer,
    /// The period before, as long as this one, if it is compared.
    pub(in crate::admin::pages) before: Option<Answer>,
}

/// The link that an address names.
pub(super) async fn link_of(
    state: &AdminState,
    caller: &Caller,
    address: &Address,
) -> Result<Option<Link>, Problem> {
    let Some(id) = address.get("link") else { return Ok(None) };
    owned::named(state, caller, id).await.map(Some)
}

/// Looks up what an address asks for; its link, if it names one, is the caller's.
pub(in crate::admin::pages) async fn look(
    state: &AdminState,
    caller: &Caller,
    address: &Address,
    link: Option<LinkId>,
    zone: &Zone,
    dimensions: &[Dimension],
) -> Result<Seen, Problem> {
    let now = Millis::now();
    let scope = link.map_or(Scope::Workspace(caller.workspace), Scope::Link);
    let mut address = address.clone();
    if link.is_some() {
        // A link has one domain, and the tags that it has.
        address = address.without("tag").without("domain");
    }
    let parameters = address.parameters(zone, dimensions, now);
    let question = asked::take(parameters, state, scope, now)?;
    let answer = answered(state, &question, now).await?;
    let before = if address.compares() {
        Some(answered(state, &before(&question), now).await?)
    } else {
        None
    };
    Ok(Seen { question, answer, before })
}

/// The same question about the period before, without dimensions.
fn before(question: &Question) -> Question {
    let Span { from, .. } = question.span;
    let begin = Millis::from_epoch(from.get() - question.span.length_ms());
    Question { span: Span { from: begin, to: from }, dimensions: Vec::new(), ..question.clone() }
}

impl Seen {
    /// What the clicks are more than in the period before, in hundredths of those.
    pub(super) fn change(&self) -> Option<i64> {
        let before = i64::try_from(self.before.as_ref()?.total.total()).ok()?;
        let now = i64::try_from(self.answer.total.total()).ok()?;
        (before > 0).then(|| (now - before) * 100 / before)
    }

    /// When each piece of the series ends, as the first moment behind it.
    pub(super) fn ends(&self) -> impl Iterator<Item = Millis> + '_ {
        let starts = self.answer.series.iter().skip(1).map(|bucket| bucket.start);
        starts.chain([self.question.span.to])
    }

    /// A moment by the clocks that were asked for: a day, or to the minute where pieces are shorter.
    pub(super) fn label(&self, at: Millis) -> String {
        let shown = self.question.zone.show(at);
        let length = if self.has_days() { 10 } else { 16 };
        shown.get(..length).unwrap_or(&shown).replace('T', " ")
    }

    fn has_days(&self) -> bool {
        use crate::clicks::stats::Interval::{Hour, Quarter};
        !matches!(self.question.interval, Quarter | Hour)
    }
}
