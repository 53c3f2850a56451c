//! What a link's plan says at this moment.

use crate::cache::link::Plan;
use crate::model::time::Millis;

/// What becomes of a request for a known link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is redirected.
    Redirect,
    /// It is told that the link is no more.
    Gone,
}

/// Decides. The clock is read only when the plan asks for it.
pub fn verdict(plan: Plan, now: impl FnOnce() -> Millis) -> Verdict {
    match plan {
        Plan::Plain => Verdict::Redirect,
        Plan::Until(end) if now() < end => Verdict::Redirect,
        Plan::Until(_) | Plan::Gone => Verdict::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_at_its_end() {
        let end = Millis::from_epoch(1000);
        let at = |ms| move || Millis::from_epoch(ms);
        assert_eq!(verdict(Plan::Until(end), at(999)), Verdict::Redirect);
        assert_eq!(verdict(Plan::Until(end), at(1000)), Verdict::Gone);
        assert_eq!(verdict(Plan::Gone, at(0)), Verdict::Gone);
        assert_eq!(verdict(Plan::Plain, || unreachable!("no clock")), Verdict::Redirect);
    }
}
