//! What was measured, and what it comes to: cost of a request, ratios, medians.

use std::collections::BTreeMap;
use std::time::Duration;

/// The threads that answer redirects have names that begin so.
const EDGE_THREADS: &str = "edge";

/// Below this share of a core the server waited for its load: it then pays for wake-ups that a busy
/// one does not need.
const SATURATED: f64 = 0.9;

/// Which CPU time is held to the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Cost {
    /// All threads of the server, and the work that the round left behind included.
    Process,
    /// The edge threads alone: what a visitor waits for.
    Edge,
}

impl Cost {
    /// The word on the command line and in reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Edge => "edge",
        }
    }
}

/// One measured round of one server.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// Requests answered.
    pub(crate) requests: u64,
    /// How long it took.
    pub(crate) wall: Duration,
    /// CPU time of the whole server meanwhile.
    pub(crate) cpu: Duration,
    /// The same by thread name, as far as known.
    pub(crate) threads: BTreeMap<String, Duration>,
    /// CPU time spent after the round, until the server was quiet again: work the round left
    /// behind.
    pub(crate) afterwards: Duration,
}

impl Round {
    /// Microseconds of CPU for one request.
    pub(crate) fn cost_us(&self, cost: Cost) -> f64 {
        let time = match cost {
            Cost::Process => self.cpu + self.afterwards,
            // A server without edge threads is all edge.
            Cost::Edge => self.edge().unwrap_or(self.cpu),
        };
        time.as_secs_f64() * 1e6 / self.requests as f64
    }

    /// Requests per second.
    pub(crate) fn rate(&self) -> f64 {
        self.requests as f64 / self.wall.as_secs_f64()
    }

    /// The share of one core that the server used.
    pub(crate) fn busy(&self) -> f64 {
        self.cpu.as_secs_f64() / self.wall.as_secs_f64()
    }

    /// Two parts of one round as a whole.
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.requests += other.requests;
        self.wall += other.wall;
        self.cpu += other.cpu;
        self.afterwards += other.afterwards;
        for (name, time) in other.threads {
            *self.threads.entry(name).or_default() += time;
        }
        self
    }

    fn edge(&self) -> Option<Duration> {
        let edge =
            |(name, time): (&String, &Duration)| name.starts_with(EDGE_THREADS).then_some(*time);
        self.threads.iter().filter_map(edge).reduce(|sum, time| sum + time)
    }
}

/// A round of each of two servers, measured side by side.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// Of the server under test.
    pub(crate) subject: Round,
    /// Of the server it is held against.
    pub(crate) yardstick: Round,
}

impl Pair {
    /// Whether both servers had their core full.
    pub(crate) fn is_saturated(&self) -> bool {
        self.subject.busy() >= SATURATED && self.yardstick.busy() >= SATURATED
    }
}

/// A case, measured on two servers round by round.
pub(crate) struct Comparison {
    /// What is asked for.
    pub(crate) case: &'static str,
    /// The server under test.
    pub(crate) subject: String,
    /// The server it is held against.
    pub(crate) yardstick: String,
    rounds: Vec<Pair>,
}

impl Comparison {
    /// Of the saturated rounds alone, if there are as many as wanted, else of all.
    pub(crate) fn new(
        case: &'static str,
        (subject, yardstick): (String, String),
        mut rounds: Vec<Pair>,
        wanted: usize,
    ) -> Self {
        if rounds.iter().filter(|pair| pair.is_saturated()).count() >= wanted {
            rounds.retain(Pair::is_saturated);
        }
        Self { case, subject, yardstick, rounds }
    }

    /// The rounds of the server under test.
    pub(crate) fn of_subject(&self) -> impl Iterator<Item = &Round> + Clone {
        self.rounds.iter().map(|pair| &pair.subject)
    }

    /// The rounds of the server it is held against.
    pub(crate) fn of_yardstick(&self) -> impl Iterator<Item = &Round> + Clone {
        self.rounds.iter().map(|pair| &pair.yardstick)
    }

    /// The subject's cost as a multiple of the yardstick's, round by round.
    pub(crate) fn ratio(&self, cost: Cost) -> Spread {
        let ratio = |pair: &Pair| pair.subject.cost_us(cost) / pair.yardstick.cost_us(cost);
        Spread::of(self.rounds.iter().map(ratio))
    }

    /// The cheapest round of one against the cheapest of the other: nearer the truth when others
    /// use the machine.
    pub(crate) fn best_to_best(&self, cost: Cost) -> f64 {
        let subject = Spread::of(self.of_subject().map(|round| round.cost_us(cost)));
        let yardstick = Spread::of(self.of_yardstick().map(|round| round.cost_us(cost)));
        subject.min / yardstick.min
    }

    /// Whether both servers had their core full in every round.
    pub(crate) fn is_saturated(&self) -> bool {
        self.rounds.iter().all(Pair::is_saturated)
    }
}

/// The middle of some figures and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// The middle one, or the mean of the middle two.
    pub(crate) median: f64,
    /// The smallest.
    pub(crate) min: f64,
    /// The largest.
    pub(crate) max: f64,
}

impl Spread {
    /// Of no figures at all: not a number.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let middle = |at: usize| sorted.get(at).copied().unwrap_or(f64::NAN);
        let length = sorted.len();
        Self {
            median: f64::midpoint(middle(length.saturating_sub(1) / 2), middle(length / 2)),
            min: middle(0),
            max: middle(length.saturating_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(requests: u64, cpu_ms: u64, threads: &[(&str, u64)]) -> Round {
        let time = |ms: u64| Duration::from_millis(ms);
        Round {
            requests,
            wall: time(1000),
            cpu: time(cpu_ms),
            threads: threads.iter().map(|(name, ms)| ((*name).to_owned(), time(*ms))).collect(),
            afterwards: Duration::ZERO,
        }
    }

    #[test]
    fn the_median_is_the_middle_figure_or_the_mean_of_two() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Spread { median: 2.0, min: 1.0, max: 3.0 });
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]), Spread { median: 2.5, min: 1.0, max: 4.0 });
        assert_eq!(Spread::of([5.0]), Spread { median: 5.0, min: 5.0, max: 5.0 });
        assert!(Spread::of([]).median.is_nan());
    }

    fn comparison(cpu_ms: &[(u64, u64)], wanted: usize) -> Comparison {
        let pair = |(subject, yardstick)| Pair {
            subject: round(100, subject, &[]),
            yardstick: round(100, yardstick, &[]),
        };
        let rounds = cpu_ms.iter().copied().map(pair).collect();
        Comparison::new("any", ("a".into(), "b".into()), rounds, wanted)
    }

    #[test]
    fn a_ratio_compares_the_rounds_that_lay_side_by_side() {
        let comparison = comparison(&[(1100, 1000), (2400, 2000), (3600, 4000)], 3);
        let ratio = comparison.ratio(Cost::Process);
        assert!((ratio.median - 1.1).abs() < 1e-9);
        assert!((ratio.min - 0.9).abs() < 1e-9);
        assert!((ratio.max - 1.2).abs() < 1e-9);
        assert!((comparison.best_to_best(Cost::Process) - 1.1).abs() < 1e-9);
    }

    #[test]
    fn the_edge_alone_can_be_held_to_the_bound() {
        let carom = round(1000, 9, &[("edge", 6), ("clicks", 3)]);
        assert!((carom.cost_us(Cost::Process) - 9.0).abs() < 1e-9);
        assert!((carom.cost_us(Cost::Edge) - 6.0).abs() < 1e-9);
        let yardstick = round(1000, 5, &[("yardstick", 5)]);
        assert!((yardstick.cost_us(Cost::Edge) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn work_left_behind_is_a_cost_of_the_process_but_not_of_the_edge() {
        let mut carom = round(1000, 9, &[("edge", 6)]);
        carom.afterwards = Duration::from_millis(1);
        let carom = carom.clone().join(carom);
        assert!((carom.cost_us(Cost::Process) - 10.0).abs() < 1e-9);
        assert!((carom.cost_us(Cost::Edge) - 6.0).abs() < 1e-9);
    }

    #[test]
    fn rounds_in_which_a_server_waited_count_only_when_there_are_too_few_others() {
        let rounds = [(950, 950), (850, 950), (950, 950)];
        let enough = comparison(&rounds, 2);
        assert!(enough.is_saturated());
        assert_eq!(enough.of_subject().count(), 2);
        let too_few = comparison(&rounds, 3);
        assert!(!too_few.is_saturated());
        assert_eq!(too_few.of_subject().count(), 3);
    }
}
