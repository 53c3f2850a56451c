//! The answer of a link that was told more than its target, its status and its end.

use std::rc::Rc;
use std::sync::Arc;

use super::answer::{Answering, counted, over, ready};
use super::claim;
use super::decide::{Open, Stage, stage};
use super::respond::{self, Reply};
use super::worker::Worker;
use super::{page, query};
use crate::cache::Claimed;
use crate::cache::link::CachedLink;
use crate::cache::plan::{Plan, Terms};
use crate::clicks::capture::{Visitor, WaitingVisitor};
use crate::metrics::Answer;
use crate::model::time::Millis;

/// How a link was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// By its address alone.
    Plainly,
    /// With its password, in a form.
    ByForm,
}

/// Answers for a link with terms that is asked for plainly, with this query.
pub(super) fn follow(
    worker: &Rc<Worker>,
    link: &Arc<CachedLink>,
    terms: &Terms,
    visitor: &Visitor<'_>,
    query: Option<&str>,
) -> Answering {
    match stage(terms, Millis::now) {
        Stage::NotYet => ready(worker, Answer::NotFound, respond::not_found()),
        Stage::Ended => Answering::Ready(Some(over(worker, link, visitor))),
        Stage::Asks(..) => ready(worker, Answer::Shown, page::form()),
        Stage::Open(Open::Redirect) => {
            let reply = redirect(worker, link, terms, visitor, query, Asked::Plainly);
            Answering::Ready(Some(reply))
        }
        Stage::Open(open @ Open::Claim(_)) => {
            let opening =
                opened(worker, link, open, visitor, query.map(Into::into), Asked::Plainly);
            Answering::Loading(Box::pin(opening))
        }
    }
}

/// Redirects, once a click is claimed where that has to be. What is claimed for is decided when this
/// returns; the store is asked when the future is polled.
pub(super) fn opened(
    worker: &Rc<Worker>,
    link: &Arc<CachedLink>,
    open: Open<'_>,
    visitor: &Visitor<'_>,
    query: Option<Box<str>>,
    asked: Asked,
) -> impl Future<Output = Reply> + use<> {
    let claiming = match open {
        Open::Redirect => None,
        Open::Claim(limits) => Some(claim::ask(&worker.cache, limits, visitor)),
    };
    let (worker, link) = (Rc::clone(worker), Arc::clone(link));
    let visitor: WaitingVisitor = visitor.to_waiting();
    async move {
        let claimed = match claiming {
            None => Claimed::Granted,
            Some(claiming) => claiming.await,
        };
        let visitor = visitor.get();
        match (claimed, &link.plan) {
            (Claimed::Granted, Plan::Told(terms)) => {
                redirect(&worker, &link, terms, &visitor, query.as_deref(), asked)
            }
            (Claimed::Exhausted, _) => over(&worker, &link, &visitor),
            _ => counted(&worker, Answer::Unavailable, respond::unavailable()),
        }
    }
}

/// Redirects, and captures the click.
fn redirect(
    worker: &Worker,
    link: &CachedLink,
    terms: &Terms,
    visitor: &Visitor<'_>,
    query: Option<&str>,
    asked: Asked,
) -> Reply {
    let query = query.filter(|_| terms.forwards_query);
    let location = query.and_then(|query| query::added(&link.location, query));
    let mut reply = match asked {
        Asked::Plainly => respond::redirect(link),
        Asked::ByForm => respond::see_other(link),
    };
    if let Some(location) = location {
        respond::relocate(&mut reply, location);
    }
    let reply = counted(worker, Answer::Redirect, reply);
    worker.capture(link, visitor);
    reply
}
