//! What a link's plan says at this moment.

use std::sync::Arc;

use crate::cache::plan::{Limits, Plan, Terms};
use crate::model::password::PasswordHash;
use crate::model::time::Millis;

/// What becomes of a request for a known link.
#[derive(Debug, Clone, Copy)]
pub enum Verdict<'p> {
    /// It is redirected.
    Redirect,
    /// It is redirected if the store has a click left.
    Claim(&'p Arc<Limits>),
    /// It is told that the link is no more.
    Gone,
    /// The link was told more: see [`stage`].
    Told(&'p Terms),
}

/// Where a link with terms stands.
#[derive(Debug, Clone, Copy)]
pub enum Stage<'p> {
    /// It has not begun.
    NotYet,
    /// It has ended, or is switched off.
    Ended,
    /// It asks for the password of this hash, and then it is open.
    Asks(&'p PasswordHash, Open<'p>),
    /// It is open.
    Open(Open<'p>),
}

/// What an open link does.
#[derive(Debug, Clone, Copy)]
pub enum Open<'p> {
    /// It redirects.
    Redirect,
    /// It redirects if the store has a click left.
    Claim(&'p Arc<Limits>),
}

/// Decides for a link with terms.
pub fn stage(terms: &Terms, now: impl Fn() -> Millis) -> Stage<'_> {
    if terms.not_before.is_some_and(|begin| now() < begin) {
        return Stage::NotYet;
    }
    let open = match verdict(&terms.then, now) {
        Verdict::Redirect => Open::Redirect,
        Verdict::Claim(limits) => Open::Claim(limits),
        Verdict::Gone | Verdict::Told(_) => return Stage::Ended,
    };
    match &terms.password {
        Some(hash) => Stage::Asks(hash, open),
        None => Stage::Open(open),
    }
}

/// Decides. The clock is read only when the plan asks for it.
pub fn verdict(plan: &Plan, now: impl Fn() -> Millis) -> Verdict<'_> {
    match plan {
        Plan::Plain => Verdict::Redirect,
        Plan::Until(end) if now() < *end => Verdict::Redirect,
        Plan::Limited(limits) if limits.is_exhausted() => Verdict::Gone,
        Plan::Limited(limits) if limits.end.is_none_or(|end| now() < end) => Verdict::Claim(limits),
        Plan::Told(terms) => Verdict::Told(terms),
        Plan::Until(_) | Plan::Limited(_) | Plan::Gone => Verdict::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_at_its_end() {
        let end = Millis::from_epoch(1000);
        let at = |ms| move || Millis::from_epoch(ms);
        assert!(matches!(verdict(&Plan::Until(end), at(999)), Verdict::Redirect));
        assert!(matches!(verdict(&Plan::Until(end), at(1000)), Verdict::Gone));
        assert!(matches!(verdict(&Plan::Gone, at(0)), Verdict::Gone));
        assert!(matches!(verdict(&Plan::Plain, || unreachable!("no clock")), Verdict::Redirect));
    }
}
