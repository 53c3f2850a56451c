//! What a link's plan says at this moment.

use std::sync::Arc;

use crate::cache::link::{Limits, Plan};
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
}

/// Decides. The clock is read only when the plan asks for it.
pub fn verdict(plan: &Plan, now: impl Fn() -> Millis) -> Verdict<'_> {
    match plan {
        Plan::Plain => Verdict::Redirect,
        Plan::Until(end) if now() < *end => Verdict::Redirect,
        Plan::Limited(limits) if limits.is_exhausted() => Verdict::Gone,
        Plan::Limited(limits) if limits.end.is_none_or(|end| now() < end) => Verdict::Claim(limits),
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
