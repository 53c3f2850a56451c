//! A link with a click limit: who uses up a click, and the answer once the store has spoken.

use std::sync::Arc;

use crate::cache::plan::Limits;
use crate::cache::{Claimant, Claimed, LinkCache};
use crate::clicks::capture::Visitor;
use crate::clicks::enrich::is_bot;
use crate::model::click::Audience;

/// Asks for a click on behalf of a visitor. Who the visitor is was decided when this returns; the
/// store is asked when the future is polled.
pub fn ask(
    cache: &Arc<LinkCache>,
    limits: &Arc<Limits>,
    visitor: &Visitor<'_>,
) -> impl Future<Output = Claimed> + use<> {
    let (cache, limits, claimant) = (Arc::clone(cache), Arc::clone(limits), claimant(visitor));
    async move { cache.claim(&limits, claimant).await }
}

/// People use up a click. Programs look whether one is left: a preview must not cost its reader the
/// link.
fn claimant(visitor: &Visitor<'_>) -> Claimant {
    if visitor.audience() == Audience::Bots || is_bot(visitor.texts.user_agent) {
        Claimant::Looks
    } else {
        Claimant::Takes
    }
}
