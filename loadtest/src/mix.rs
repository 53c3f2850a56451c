//! What a visitor visits next: 90 % hot links by Zipf's law, 5 % cold links, 5 % unknown codes.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Zipf};

/// Zipf's law as he found it: the link at place k gets 1/k of the first one's visits.
const ZIPF_EXPONENT: f64 = 1.0;

/// What to visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// The hot link at this place, 0 being the hottest.
    Hot(usize),
    /// The cold link whose turn it is.
    Cold,
    /// A code that does not exist.
    Unknown,
}

/// The weights of the three kinds and the popularity of the hot links.
#[derive(Clone, Copy)]
pub(crate) struct Mix {
    zipf: Zipf<f64>,
}

impl Mix {
    /// A mix over `hot` hot links, at least one.
    pub(crate) fn new(hot: usize) -> Self {
        Self {
            zipf: Zipf::new(hot as f64, ZIPF_EXPONENT)
                .expect("one link or more have a Zipf distribution"),
        }
    }

    /// Draws the next visit.
    pub(crate) fn next(&self, rng: &mut impl Rng) -> Visit {
        match rng.random_range(0..100) {
            0..90 => Visit::Hot(self.zipf.sample(rng) as usize - 1),
            90..95 => Visit::Cold,
            _ => Visit::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    const DRAWS: usize = 200_000;

    fn draw(hot: usize) -> Vec<Visit> {
        let mut rng = SmallRng::seed_from_u64(7);
        let mix = Mix::new(hot);
        (0..DRAWS).map(|_| mix.next(&mut rng)).collect()
    }

    fn share(visits: &[Visit], wanted: impl Fn(Visit) -> bool) -> f64 {
        visits.iter().filter(|visit| wanted(**visit)).count() as f64 / visits.len() as f64
    }

    #[test]
    fn nine_visits_in_ten_go_to_hot_links_and_one_in_twenty_each_to_cold_and_unknown_ones() {
        let visits = draw(1000);

        assert!((share(&visits, |visit| matches!(visit, Visit::Hot(_))) - 0.90).abs() < 0.005);
        assert!((share(&visits, |visit| visit == Visit::Cold) - 0.05).abs() < 0.005);
        assert!((share(&visits, |visit| visit == Visit::Unknown) - 0.05).abs() < 0.005);
    }

    #[test]
    fn the_hot_link_at_place_k_gets_one_kth_of_the_hottest_ones_visits() {
        let visits = draw(1000);
        let harmonic: f64 = (1..=1000).map(|k| 1.0 / f64::from(k)).sum();

        for place in [0, 1, 2, 9, 99] {
            let expected = 0.90 / (place as f64 + 1.0) / harmonic;
            let drawn = share(&visits, |visit| visit == Visit::Hot(place));
            // Five standard deviations of a binomial share.
            let tolerance = 5.0 * (expected * (1.0 - expected) / DRAWS as f64).sqrt();
            assert!(
                (drawn - expected).abs() < tolerance,
                "place {place}: {drawn} instead of {expected}"
            );
        }
    }

    #[test]
    fn every_place_that_is_drawn_exists_and_the_last_one_is_drawn_too() {
        let places: Vec<usize> = draw(10)
            .into_iter()
            .filter_map(|visit| if let Visit::Hot(place) = visit { Some(place) } else { None })
            .collect();

        assert_eq!(places.iter().min(), Some(&0));
        assert_eq!(places.iter().max(), Some(&9));
    }

    #[test]
    fn a_single_hot_link_gets_every_hot_visit() {
        assert!(
            draw(1)
                .iter()
                .all(|visit| matches!(visit, Visit::Hot(0) | Visit::Cold | Visit::Unknown))
        );
    }
}
