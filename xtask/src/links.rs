//! The links of the bench guard and the order in which they are asked for.

use rand::rngs::SmallRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

/// Drawn beforehand, so that drawing costs the load nothing while it is measured.
const DRAWS: usize = 1 << 20;

/// The same draws in every run: two runs differ by the machine's mood alone.
const SEED: u64 = 0xCA20_0302;

/// The code of link `number`: seven characters. `benches/yardstick` makes the same.
pub(crate) fn code(number: u32) -> String {
    format!("b{number:06x}")
}

/// Where link `number` leads: 60 bytes, the same as in `benches/yardstick`.
pub(crate) fn target(number: u32) -> String {
    format!("https://www.example.com/articles/{}/read-it-as-one-page", code(number))
}

/// An endless sequence of link numbers.
pub(crate) struct Draws {
    numbers: Vec<u32>,
    at: usize,
}

impl Draws {
    /// Always link 0.
    pub(crate) fn one_link() -> Self {
        Self::of(vec![0])
    }

    /// Every link as likely as any other.
    pub(crate) fn uniform(links: u32) -> Self {
        let mut random = SmallRng::seed_from_u64(SEED);
        Self::of((0..DRAWS).map(|_| random.random_range(0..links)).collect())
    }

    /// Zipf with s = 1: the link of rank r is drawn in proportion to 1/r.
    pub(crate) fn zipf(links: u32) -> Self {
        let mut random = SmallRng::seed_from_u64(SEED);
        // Ranks are dealt out at random, or the popular links would lie side by side in memory.
        let mut link_of_rank: Vec<u32> = (0..links).collect();
        link_of_rank.shuffle(&mut random);
        let cumulated: Vec<f64> = (1..=links)
            .scan(0.0, |sum, rank| {
                *sum += 1.0 / f64::from(rank);
                Some(*sum)
            })
            .collect();
        let total = cumulated.last().copied().unwrap_or_default();
        let mut draw = || {
            let point = random.random::<f64>() * total;
            let rank = cumulated.partition_point(|sum| *sum <= point);
            link_of_rank[rank.min(link_of_rank.len() - 1)]
        };
        Self::of((0..DRAWS).map(|_| draw()).collect())
    }

    fn of(numbers: Vec<u32>) -> Self {
        Self { numbers, at: 0 }
    }

    /// The next link to ask for.
    pub(crate) fn draw(&mut self) -> u32 {
        let number = self.numbers[self.at];
        self.at += 1;
        if self.at == self.numbers.len() {
            self.at = 0;
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share_of_the_commonest(draws: &mut Draws, links: usize) -> f64 {
        let mut counts = vec![0_u32; links];
        for _ in 0..DRAWS {
            counts[draws.draw() as usize] += 1;
        }
        f64::from(counts.into_iter().max().unwrap_or_default()) / DRAWS as f64
    }

    #[test]
    fn codes_have_seven_characters_and_targets_sixty() {
        for number in [0, 99_999, 0xFF_FFFF] {
            assert_eq!(code(number).len(), 7);
            assert_eq!(target(number).len(), 60);
        }
    }

    #[test]
    fn zipf_favours_one_link_as_the_harmonic_series_says() {
        // H(1000) = 7.485, so the first of a thousand gets 13.4 %.
        let share = share_of_the_commonest(&mut Draws::zipf(1000), 1000);
        assert!((0.130..0.137).contains(&share), "{share}");
    }

    #[test]
    fn uniform_favours_none_and_reaches_all() {
        let share = share_of_the_commonest(&mut Draws::uniform(1000), 1000);
        assert!(share < 0.0013, "{share}");
    }

    #[test]
    fn draws_begin_again_at_their_end() {
        let mut draws = Draws::of(vec![4, 5]);
        assert_eq!([draws.draw(), draws.draw(), draws.draw()], [4, 5, 4]);
    }
}
