//! Which links there are, since when, and how often each is followed.

use rand::RngExt as _;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom as _;

use super::company::{FIRST_OF_SECOND_DOMAIN, HOST, LINKS, MANY, OWNER, PEOPLE};

pub(crate) const MINUTE_MS: i64 = 60 * 1000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// From so many links on a store counts as a large one.
pub(crate) const LARGE: u32 = 1_000;

/// How much is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) links: u32,
    pub(crate) clicks: u64,
    /// How far back clicks go.
    pub(crate) days: u32,
}

/// A link.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: i64,
    pub(crate) is_on_second_domain: bool,
    pub(crate) code: String,
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) tags: &'static [&'static str],
    pub(crate) created_at: i64,
    pub(crate) created_by: &'static str,
    pub(crate) clicks: u64,
}

/// The links, in the order of their ids.
pub(crate) fn plan(size: Size, now: i64, random: &mut SmallRng) -> Vec<Link> {
    let count = size.links as usize;
    let shares = shares(size, random);
    let mut links: Vec<Link> = (0..count)
        .map(|number| {
            let (code, title, path, tags) = described(number);
            let makers = [&PEOPLE[1], &PEOPLE[2], &OWNER, &PEOPLE[0]];
            Link {
                id: random.random_range(1..=i64::MAX),
                is_on_second_domain: if number < LINKS.len() {
                    number >= FIRST_OF_SECOND_DOMAIN
                } else {
                    number % 4 == 3
                },
                code,
                url: format!("https://www.{HOST}{path}"),
                title,
                tags,
                created_at: created_at(size.days, now, random),
                created_by: makers[random.random_range(0..makers.len())].email,
                clicks: shares[number],
            }
        })
        .collect();
    links.sort_by_key(|link| link.id);
    links
}

/// Clicks of each link: Zipf, and together exactly as many as were asked for.
fn shares(size: Size, random: &mut SmallRng) -> Vec<u64> {
    let count = size.links as usize;
    // A company's best link is not ten times its second.
    let exponent = if size.links >= LARGE { 1.0 } else { 0.8 };
    let mut weights: Vec<f64> =
        (1..=count).map(|rank| (rank as f64).powf(exponent).recip()).collect();
    if size.links >= LARGE {
        weights.shuffle(random);
    }
    let total: f64 = weights.iter().sum();
    let mut sum = 0.0;
    let mut given = 0;
    let mut shares = Vec::with_capacity(count);
    for weight in weights {
        sum += weight;
        let until = (sum / total * size.clicks as f64).round() as u64;
        shares.push(until.saturating_sub(given));
        given = until.max(given);
    }
    if let Some(last) = shares.last_mut() {
        *last += size.clicks - given.min(size.clicks);
    }
    shares
}

/// Most links are older than their clicks go back, some are young.
fn created_at(days: u32, now: i64, random: &mut SmallRng) -> i64 {
    let span = i64::from(days) * DAY_MS;
    let age = if random.random_ratio(7, 10) {
        span + random.random_range(0..200 * DAY_MS)
    } else {
        random.random_range(HOUR_MS..span)
    };
    now - age
}

fn described(number: usize) -> (String, String, String, &'static [&'static str]) {
    if let Some(&(code, title, path, tags)) = LINKS.get(number) {
        return (code.to_owned(), title.to_owned(), path.to_owned(), tags);
    }
    let (title, path, tags) = MANY[number % MANY.len()];
    (code(number as u64), format!("{title} {number}"), format!("{path}/{number}"), tags)
}

/// Six letters and digits that tell nothing of the number, and are another's of no other one.
fn code(number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    // A prime, so that no two numbers meet.
    let mut rest = number * 1_000_000_007 % 36_u64.pow(6);
    let mut code = String::with_capacity(6);
    for _ in 0..6 {
        code.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    code
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn links_have_codes_of_their_own_and_all_the_clicks() {
        for links in [1, 60, 5_000] {
            let size = Size { links, clicks: 12_345, days: 30 };
            let plan = plan(size, 1_000 * DAY_MS, &mut SmallRng::seed_from_u64(1));
            let codes: HashSet<_> = plan.iter().map(|link| link.code.as_str()).collect();
            assert_eq!((plan.len(), codes.len()), (links as usize, links as usize));
            assert_eq!(plan.iter().map(|link| link.clicks).sum::<u64>(), 12_345);
            assert!(plan.is_sorted_by_key(|link| link.id));
        }
    }
}
