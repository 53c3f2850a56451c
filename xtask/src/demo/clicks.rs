//! The clicks of one link.

use rand::RngExt as _;
use rand::rngs::SmallRng;

use super::links::{DAY_MS, HOUR_MS, Link};
use super::visitor::{Visitor, Visitors};

/// How much is followed in each hour of the day, UTC: the mornings of central Europe come first.
const BY_HOUR: [u32; 24] =
    [10, 7, 5, 5, 8, 18, 42, 68, 80, 84, 82, 80, 86, 78, 74, 72, 70, 72, 76, 80, 74, 56, 36, 20];

/// How much is followed on each day of the week, in tenths; the epoch began on a Thursday.
const BY_WEEKDAY: [u32; 7] = [10, 10, 7, 6, 9, 10, 10];

/// How many hundredths of people's clicks are somebody's who was there before.
const RETURNING: u32 = 18;

/// One click.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Click {
    pub(crate) at: i64,
    /// 0 for a program.
    pub(crate) visitor: u64,
    pub(crate) by: Visitor,
}

/// When clicks are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// The clicks of a link, oldest first.
pub(crate) fn of(
    link: &Link,
    span: Span,
    visitors: &Visitors,
    random: &mut SmallRng,
) -> Vec<Click> {
    let from = span.from.max(link.created_at);
    let count = usize::try_from(link.clicks).unwrap_or(usize::MAX);
    let mut clicks: Vec<Click> = Vec::with_capacity(count);
    for made in 0..count {
        let at = moment(Span { from, ..span }, random);
        let before = (made > 0 && random.random_ratio(RETURNING, 100))
            .then(|| clicks[random.random_range(0..made)])
            .filter(|it| !it.by.is_bot);
        let by = before.map_or_else(|| visitors.draw(random), |it| it.by);
        // The key of the hash changes with the day: somebody who comes again is somebody else.
        let same_day = before.filter(|it| it.at.div_euclid(DAY_MS) == at.div_euclid(DAY_MS));
        let visitor = match same_day {
            _ if by.is_bot => 0,
            Some(it) => it.visitor,
            None => random.random_range(1..=u64::MAX),
        };
        clicks.push(Click { at, visitor, by });
    }
    clicks.sort_unstable_by_key(|click| click.at);
    clicks
}

/// A moment of a span, likelier at times when people are awake.
fn moment(span: Span, random: &mut SmallRng) -> i64 {
    loop {
        let at = random.random_range(span.from..span.to);
        let hour = at.rem_euclid(DAY_MS) / HOUR_MS;
        let weekday = at.div_euclid(DAY_MS).rem_euclid(7);
        let likely = BY_HOUR[hour as usize] * BY_WEEKDAY[weekday as usize];
        // Even the deadest hour is hit: a young link may have no other.
        if random.random_range(0..1_000) < likely.max(50) {
            return at;
        }
    }
}
