//! Whether a run passed: every bound that was missed, each in one sentence.

use crate::audit::Account;
use crate::outcome::Outcome;
use crate::tally::Faults;

/// What must hold for a run to pass, beside right answers and a balanced account.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// How long the run must last.
    pub(crate) seconds: f64,
    /// Fewest requests a second.
    pub(crate) rps_min: f64,
    /// Highest 99th percentile, in milliseconds.
    pub(crate) p99_ms_max: f64,
}

impl Bounds {
    /// One sentence for each bound that `outcome` missed; none if the run passed.
    pub(crate) fn missed_by(&self, outcome: &Outcome) -> Vec<String> {
        [
            self.cut_short(outcome.seconds),
            self.too_few_requests(outcome.requests_per_second),
            self.too_slow(outcome.latencies.all.p99_us),
            wrong_answers(&outcome.wrong_answers),
            errors(&outcome.errors),
            differing_links(&outcome.clicks),
            unread_links(&outcome.clicks.unread),
            pending_clicks(outcome.clicks.pending),
            never_settled(&outcome.clicks),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn cut_short(&self, seconds: f64) -> Option<String> {
        let asked = self.seconds;
        (seconds < asked).then(|| format!("The run was stopped after {seconds:.1} of {asked} s."))
    }

    fn too_few_requests(&self, rps: f64) -> Option<String> {
        let min = self.rps_min;
        (rps < min)
            .then(|| format!("The edge answered {rps:.1} requests a second, fewer than {min}."))
    }

    fn too_slow(&self, p99_us: u64) -> Option<String> {
        let (p99_ms, max) = (p99_us as f64 / 1000.0, self.p99_ms_max);
        (p99_ms > max).then(|| format!("The p99 was {p99_ms:.3} ms, above {max} ms."))
    }
}

fn wrong_answers(faults: &Faults) -> Option<String> {
    let first = faults.first.first()?;
    Some(format!("Wrong answers: {}, the first one: {first}.", faults.count))
}

fn errors(faults: &Faults) -> Option<String> {
    let first = faults.first.first()?;
    Some(format!("Failed requests: {}, the first one: {first}.", faults.count))
}

fn differing_links(clicks: &Account) -> Option<String> {
    let first = clicks.differing.first.first()?;
    let Account { links, missing, surplus, .. } = clicks;
    Some(format!(
        "Links with a wrong count: {} of {links}, clicks missing: {missing}, clicks too many: {surplus}, \
         the first one: {first}.",
        clicks.differing.count,
    ))
}

fn unread_links(unread: &Faults) -> Option<String> {
    let first = unread.first.first()?;
    Some(format!("Links whose clicks could not be read: {}, the first one: {first}.", unread.count))
}

fn pending_clicks(pending: u64) -> Option<String> {
    (pending > 0).then(|| format!("Clicks still pending at the end: {pending}."))
}

fn never_settled(clicks: &Account) -> Option<String> {
    let late = clicks.settled_in_seconds.is_none();
    late.then(|| "The clicks were not all stored in time after the attack.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the bounds say to an outcome that is just good enough but for `change`.
    fn missed(change: impl FnOnce(&mut Outcome)) -> Vec<String> {
        let bounds = Bounds { seconds: 20.0, rps_min: 1000.0, p99_ms_max: 50.0 };
        let mut outcome =
            Outcome { seconds: 20.0, requests_per_second: 1000.0, ..Outcome::default() };
        outcome.latencies.all.p99_us = 50_000;
        outcome.clicks.settled_in_seconds = Some(10.0);
        change(&mut outcome);
        bounds.missed_by(&outcome)
    }

    fn faults(count: u64, reason: &str) -> Faults {
        Faults { count, first: vec![reason.to_owned()] }
    }

    #[test]
    fn an_outcome_that_meets_every_bound_exactly_passes() {
        assert!(missed(|_| ()).is_empty());
    }

    #[test]
    fn an_outcome_just_past_a_bound_fails() {
        assert_eq!(
            missed(|outcome| outcome.seconds = 3.4),
            ["The run was stopped after 3.4 of 20 s."]
        );
        assert_eq!(
            missed(|outcome| outcome.requests_per_second = 999.9),
            ["The edge answered 999.9 requests a second, fewer than 1000."]
        );
        assert_eq!(
            missed(|outcome| outcome.latencies.all.p99_us = 50_001),
            ["The p99 was 50.001 ms, above 50 ms."]
        );
    }

    #[test]
    fn a_single_fault_fails_a_run_and_its_reason_is_named() {
        assert_eq!(
            missed(
                |outcome| outcome.wrong_answers = faults(1, "GET /a answered 200 instead of 404")
            ),
            ["Wrong answers: 1, the first one: GET /a answered 200 instead of 404."]
        );
        assert_eq!(
            missed(|outcome| outcome.errors = faults(1, "connection refused")),
            ["Failed requests: 1, the first one: connection refused."]
        );
        assert_eq!(
            missed(|outcome| outcome.clicks.unread = faults(1, "time was up before its turn")),
            [
                "Links whose clicks could not be read: 1, the first one: time was up before its turn."
            ]
        );
    }

    #[test]
    fn a_single_click_too_few_or_too_many_or_pending_fails_a_run() {
        let reason = "/a has 2 stored, 3 answered, 3 requested";
        let differ = |clicks: &mut Account| {
            clicks.links = 7;
            clicks.missing = 1;
            clicks.differing = faults(1, reason);
        };

        assert_eq!(
            missed(|outcome| differ(&mut outcome.clicks)),
            [format!(
                "Links with a wrong count: 1 of 7, clicks missing: 1, clicks too many: 0, \
                 the first one: {reason}."
            )]
        );
        assert_eq!(
            missed(|outcome| outcome.clicks.pending = 1),
            ["Clicks still pending at the end: 1."]
        );
    }

    #[test]
    fn clicks_that_are_all_stored_but_too_late_fail_a_run() {
        assert_eq!(
            missed(|outcome| outcome.clicks.settled_in_seconds = None),
            ["The clicks were not all stored in time after the attack."]
        );
    }

    #[test]
    fn every_bound_that_was_missed_is_named() {
        let all = missed(|outcome| {
            *outcome = Outcome {
                wrong_answers: faults(2, "a"),
                errors: faults(3, "b"),
                ..Outcome::default()
            };
        });

        assert_eq!(all.len(), 5, "{all:?}");
    }
}
