//! Clicks over time as a drawing: bars of people with bots on top, and a line for the period before.
//! The numbers stand in a table beside it, which the script reads for its cursor.

use std::fmt::Write as _;

use crate::clicks::stats::Bucket;
use crate::model::click::ClickCount;

/// The drawing's own units; it is stretched to the room that it has.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 240.0;

/// What of its place a bar fills.
const BAR: f64 = 0.8;

/// A drawing of a series.
pub(super) struct Chart {
    /// Outlines of the bars of people.
    pub(super) people: String,
    /// Outlines of the bars of bots, which stand on those of people.
    pub(super) bots: String,
    /// The line of the period before.
    pub(super) before: String,
    /// Clicks at the upper edge.
    pub(super) top: u64,
}

impl Chart {
    /// Draws a series, and the series before.
    pub(super) fn of(series: &[Bucket], before: &[Bucket]) -> Self {
        let counts = |series: &[Bucket]| series.iter().map(|it| it.count).collect::<Vec<_>>();
        let (series, before) = (counts(series), counts(before));
        let most = series.iter().chain(&before).map(|it| it.total()).max().unwrap_or(0);
        let top = round_up(most);
        let mut chart =
            Self { people: String::new(), bots: String::new(), before: String::new(), top };
        let height = |clicks: u64| clicks as f64 * HEIGHT / top as f64;
        let place = WIDTH / series.len().max(1) as f64;
        for (index, ClickCount { people, bots }) in series.into_iter().enumerate() {
            let left = (index as f64 + (1.0 - BAR) / 2.0) * place;
            let bottom = HEIGHT - height(people);
            bar(&mut chart.people, left, place * BAR, HEIGHT, height(people));
            bar(&mut chart.bots, left, place * BAR, bottom, height(bots));
        }
        for (index, count) in before.into_iter().enumerate() {
            let letter = if index == 0 { 'M' } else { 'L' };
            let (x, y) = ((index as f64 + 0.5) * place, HEIGHT - height(count.total()));
            let _ = write!(chart.before, "{letter}{x:.1} {y:.1}");
        }
        chart
    }
}

/// Adds a bar to an outline.
fn bar(outline: &mut String, left: f64, width: f64, bottom: f64, height: f64) {
    if height > 0.0 {
        let _ = write!(outline, "M{left:.1} {bottom:.1}v-{height:.1}h{width:.1}v{height:.1}z");
    }
}

/// The next number of the form 1, 2 or 5 with zeros.
fn round_up(clicks: u64) -> u64 {
    let mut decade = 1_u64;
    loop {
        for step in [1, 2, 5] {
            let rounded = decade.saturating_mul(step);
            if rounded >= clicks {
                return rounded;
            }
        }
        decade = decade.saturating_mul(10);
    }
}

/// A short line of a series, in a box of 100 by 24.
pub(super) fn sparkline(counts: &[u64]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = 100.0 / counts.len().saturating_sub(1).max(1) as f64;
    let mut line = String::new();
    for (index, count) in counts.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        let y = 23.0 - *count as f64 * 22.0 / most;
        let _ = write!(line, "{letter}{:.0} {y:.1}", index as f64 * step);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Millis;

    fn bucket(people: u64, bots: u64) -> Bucket {
        Bucket { start: Millis::from_epoch(0), count: ClickCount { people, bots } }
    }

    #[test]
    fn bars_stand_on_each_other_and_fill_what_they_count() {
        let chart = Chart::of(&[bucket(5, 5), bucket(0, 0)], &[bucket(10, 0), bucket(0, 0)]);
        assert_eq!(chart.top, 10);
        assert_eq!(chart.people, "M50.0 240.0v-120.0h400.0v120.0z");
        assert_eq!(chart.bots, "M50.0 120.0v-120.0h400.0v120.0z");
        assert_eq!(chart.before, "M250.0 0.0L750.0 240.0");
        let empty = Chart::of(&[bucket(0, 0)], &[]);
        assert_eq!((empty.top, empty.people.as_str(), empty.before.as_str()), (1, "", ""));
    }

    #[test]
    fn the_upper_edge_is_a_round_number() {
        for (clicks, top) in [(0, 1), (1, 1), (3, 5), (6, 10), (1_001, 2_000), (999_999, 1_000_000)]
        {
            assert_eq!(round_up(clicks), top);
        }
        assert_eq!(round_up(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_sparkline_goes_from_edge_to_edge() {
        assert_eq!(sparkline(&[0, 2, 1]), "M0 23.0L50 1.0L100 12.0");
        assert_eq!(sparkline(&[0]), "M0 23.0");
        assert_eq!(sparkline(&[]), "");
    }
}
