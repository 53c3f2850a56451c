//! `CODE+`: where a link goes, without going there. Nothing is counted.

use std::rc::Rc;

use super::answer::counted;
use super::decide::{Stage, Verdict, stage, verdict};
use super::page::{self, Preview};
use super::resolve::{Found, Missed};
use super::respond::{self, Reply};
use super::worker::Worker;
use crate::cache::{Described, plan::Plan};
use crate::metrics::Answer;
use crate::model::time::Millis;

/// What stands behind the code. No code ends in it.
pub(super) const MARK: char = '+';

/// Characters of a time that are its day.
const DAY_LENGTH: usize = 10;

/// Shows the link of this code.
pub(super) async fn answer(worker: &Rc<Worker>, missed: &Missed) -> Reply {
    let refused = |answer, reply| counted(worker, answer, reply);
    if !worker.may_ask(missed.visitor.get().address) {
        return refused(Answer::Limited, respond::too_many());
    }
    let link = match missed.find(worker).await {
        Found::Link(link) => link,
        Found::Absent => return refused(Answer::NotFound, respond::not_found()),
        Found::Limited => return refused(Answer::Limited, respond::too_many()),
        Found::Unavailable => return refused(Answer::Unavailable, respond::unavailable()),
    };
    let has_password = match (verdict(&link.plan, Millis::now), &link.plan) {
        (Verdict::Gone, _) => return refused(Answer::Gone, respond::gone()),
        (_, Plan::Told(terms)) => match stage(terms, Millis::now) {
            Stage::NotYet => return refused(Answer::NotFound, respond::not_found()),
            Stage::Ended => return refused(Answer::Gone, respond::gone()),
            Stage::Asks(..) => true,
            Stage::Open(_) => false,
        },
        _ => false,
    };
    let description = match worker.cache.describe(missed.key()).await {
        Described::Found(description) => description,
        Described::Absent => return refused(Answer::NotFound, respond::not_found()),
        Described::Unavailable => return refused(Answer::Unavailable, respond::unavailable()),
    };
    let made_at = description.created_at.to_string();
    let shown = Preview {
        target: link.location.to_str().ok().filter(|_| !has_password),
        title: description.title.as_deref(),
        made_on: made_at.get(..DAY_LENGTH).unwrap_or(&made_at),
    };
    counted(worker, Answer::Shown, page::preview(&shown))
}
