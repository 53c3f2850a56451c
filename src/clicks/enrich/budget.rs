//! So many a second, whoever asks for more.

use std::time::Instant;

/// What may still be spent. It starts full and never holds more than a second's worth.
#[derive(Debug)]
pub(super) struct Budget {
    per_second: f64,
    // Parts of one add up when it is renewed more often than one is worth.
    left: f64,
    renewed_at: Option<Instant>,
}

impl Budget {
    pub(super) fn new(per_second: u32) -> Self {
        let per_second = per_second.into();
        Self { per_second, left: per_second, renewed_at: None }
    }

    /// Takes one, if there is one left.
    pub(super) fn take(&mut self) -> bool {
        let may = self.left >= 1.0;
        if may {
            self.left -= 1.0;
        }
        may
    }

    /// Adds what the time since the last call is worth.
    pub(super) fn renew(&mut self, now: Instant) {
        if let Some(then) = self.renewed_at.replace(now) {
            let seconds = now.saturating_duration_since(then).as_secs_f64();
            self.left = (self.left + seconds * self.per_second).min(self.per_second);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn spend(budget: &mut Budget) -> usize {
        std::iter::from_fn(|| budget.take().then_some(())).count()
    }

    #[test]
    fn no_more_than_so_many_a_second_are_spent_however_often_it_is_renewed() {
        let mut budget = Budget::new(10);
        let start = Instant::now();
        budget.renew(start);
        assert_eq!(spend(&mut budget), 10);
        let mut spent = 0;
        for step in 1..=100 {
            budget.renew(start + Duration::from_millis(50 * step));
            spent += spend(&mut budget);
        }
        assert!((49..=50).contains(&spent), "{spent} in five seconds");
        budget.renew(start + Duration::from_secs(3600));
        assert_eq!(spend(&mut budget), 10);
    }

    #[test]
    fn a_budget_of_none_allows_none() {
        let mut budget = Budget::new(0);
        let start = Instant::now();
        budget.renew(start);
        budget.renew(start + Duration::from_secs(1));
        assert!(!budget.take());
    }
}
