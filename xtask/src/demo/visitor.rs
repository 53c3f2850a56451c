//! Visitors, drawn from [`words`](super::words).

use rand::RngExt as _;
use rand::rngs::SmallRng;

use super::words::{AGENTS, BOTS, CAMPAIGNS, PLACES, RARE_CAMPAIGNS, RARE_SITES, SITES};

/// In the order of `src/model/dimension.rs`.
pub(crate) const DIMENSIONS: usize = 13;
const REFERRER: usize = 0;
const COUNTRY: usize = 1;
const REGION: usize = 2;
const CITY: usize = 3;
const BROWSER: usize = 4;
const SYSTEM: usize = 5;
const DEVICE: usize = 6;
const LANGUAGE: usize = 7;
const UTM: usize = 8;

/// What values beyond a bucket's cap are counted under.
pub(crate) const OTHER: &str = "(other)";

/// One in so many clicks is a program's.
const BOTS_ONE_IN: u32 = 12;

/// A value's place in its dimension's words; 0 is none.
pub(crate) type Word = u16;

/// Every value of every dimension, in the order of its bytes, as keys are.
#[derive(Debug)]
pub(crate) struct Vocabulary([Vec<String>; DIMENSIONS]);

impl Vocabulary {
    /// The words of a dimension; the first is none.
    pub(crate) fn words(&self, dimension: usize) -> &[String] {
        &self.0[dimension]
    }

    /// The value, or nothing.
    pub(crate) fn value(&self, dimension: usize, word: Word) -> Option<&str> {
        (word != 0).then(|| self.0[dimension][usize::from(word)].as_str())
    }

    /// The word of a value that is among them.
    pub(crate) fn word(&self, dimension: usize, value: &str) -> Word {
        let place = self.0[dimension].binary_search_by(|it| it.as_str().cmp(value));
        place.ok().and_then(|place| Word::try_from(place).ok()).unwrap_or_default()
    }
}

/// What one click has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor {
    pub(crate) is_bot: bool,
    pub(crate) words: [Word; DIMENSIONS],
}

/// Draws visitors.
#[derive(Debug)]
pub(crate) struct Visitors {
    pub(crate) vocabulary: Vocabulary,
    places: Weighted<[Word; 4]>,
    agents: Weighted<[Word; 3]>,
    bots: Weighted<Word>,
    sites: Weighted<Word>,
    campaigns: Weighted<[Word; 5]>,
}

impl Visitors {
    /// `has_rare`: with many sites and campaigns that few come from.
    pub(crate) fn new(has_rare: bool) -> Self {
        let sites = sites(has_rare);
        let campaigns = campaigns(has_rare);
        let vocabulary = vocabulary(&sites, &campaigns);
        let word = |dimension: usize, value: &str| vocabulary.word(dimension, value);
        Self {
            places: Weighted::of(PLACES.iter().map(
                |&(country, region, city, language, weight)| {
                    let language = word(LANGUAGE, language);
                    let place = [word(COUNTRY, country), word(REGION, region), word(CITY, city)];
                    ([place[0], place[1], place[2], language], weight)
                },
            )),
            agents: Weighted::of(AGENTS.iter().map(|&(browser, system, device, weight)| {
                let agent = [word(BROWSER, browser), word(SYSTEM, system), word(DEVICE, device)];
                (agent, weight)
            })),
            bots: Weighted::of(BOTS.iter().map(|&(name, weight)| (word(BROWSER, name), weight))),
            sites: Weighted::of(sites.iter().map(|(site, weight)| (word(REFERRER, site), *weight))),
            campaigns: Weighted::of(campaigns.iter().map(|(fields, weight)| {
                let mut words = [0; 5];
                for (place, field) in fields.iter().enumerate() {
                    words[place] = word(UTM + place, field);
                }
                (words, *weight)
            })),
            vocabulary,
        }
    }

    /// One more.
    pub(crate) fn draw(&self, random: &mut SmallRng) -> Visitor {
        let mut words = [0; DIMENSIONS];
        let place = self.places.draw(random);
        words[COUNTRY..=CITY].copy_from_slice(&place[..3]);
        if random.random_ratio(1, BOTS_ONE_IN) {
            words[BROWSER] = *self.bots.draw(random);
            words[DEVICE] = self.vocabulary.word(DEVICE, "bot");
            return Visitor { is_bot: true, words };
        }
        words[LANGUAGE] = place[3];
        words[BROWSER..=DEVICE].copy_from_slice(self.agents.draw(random));
        words[REFERRER] = *self.sites.draw(random);
        words[UTM..].copy_from_slice(self.campaigns.draw(random));
        Visitor { is_bot: false, words }
    }
}

fn sites(has_rare: bool) -> Vec<(String, u32)> {
    let known = SITES.iter().map(|&(site, weight)| (site.to_owned(), 100 * weight));
    let rare =
        (0..if has_rare { RARE_SITES } else { 0 }).map(|n| (format!("blog-{n:04}.example"), 8));
    known.chain(rare).collect()
}

fn campaigns(has_rare: bool) -> Vec<([String; 5], u32)> {
    let known = CAMPAIGNS.iter().map(|&(source, medium, campaign, term, content, weight)| {
        ([source, medium, campaign, term, content].map(str::to_owned), 100 * weight)
    });
    let rare = (0..if has_rare { RARE_CAMPAIGNS } else { 0 }).map(|n| {
        let campaign = format!("mailing-{n:03}");
        (["newsletter", "email", &campaign, "", ""].map(str::to_owned), 20)
    });
    known.chain(rare).collect()
}

fn vocabulary(sites: &[(String, u32)], campaigns: &[([String; 5], u32)]) -> Vocabulary {
    let mut words: [Vec<String>; DIMENSIONS] =
        std::array::from_fn(|_| vec![String::new(), OTHER.to_owned()]);
    let mut learn = |dimension: usize, value: &str| words[dimension].push(value.to_owned());
    for &(country, region, city, language, _) in PLACES {
        for (dimension, value) in
            [(COUNTRY, country), (REGION, region), (CITY, city), (LANGUAGE, language)]
        {
            learn(dimension, value);
        }
    }
    for &(browser, system, device, _) in AGENTS {
        for (dimension, value) in [(BROWSER, browser), (SYSTEM, system), (DEVICE, device)] {
            learn(dimension, value);
        }
    }
    BOTS.iter().for_each(|(name, _)| learn(BROWSER, name));
    learn(DEVICE, "bot");
    sites.iter().for_each(|(site, _)| learn(REFERRER, site));
    for (fields, _) in campaigns {
        fields.iter().enumerate().for_each(|(place, field)| learn(UTM + place, field));
    }
    for words in &mut words {
        words.sort();
        words.dedup();
    }
    Vocabulary(words)
}

/// Things, some of them likelier than others.
#[derive(Debug)]
struct Weighted<T> {
    things: Vec<T>,
    ends: Vec<u32>,
}

impl<T> Weighted<T> {
    fn of(things: impl Iterator<Item = (T, u32)>) -> Self {
        let mut end = 0;
        let (things, ends) = things
            .map(|(thing, weight)| {
                end += weight;
                (thing, end)
            })
            .unzip();
        Self { things, ends }
    }

    fn draw(&self, random: &mut SmallRng) -> &T {
        let point = random.random_range(0..self.ends[self.ends.len() - 1]);
        &self.things[self.ends.partition_point(|end| *end <= point)]
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn visitors_have_words_that_are_values() {
        let visitors = Visitors::new(true);
        let mut random = SmallRng::seed_from_u64(1);
        let drawn: Vec<_> = (0..1_000).map(|_| visitors.draw(&mut random)).collect();
        let bots = drawn.iter().filter(|it| it.is_bot).count();
        assert!((40..140).contains(&bots), "{bots}");
        for visitor in drawn {
            let value =
                |dimension: usize| visitors.vocabulary.value(dimension, visitor.words[dimension]);
            assert!(value(COUNTRY).is_some_and(|country| country.len() == 2));
            assert!(value(BROWSER).is_some());
            assert_eq!(value(LANGUAGE).is_none(), visitor.is_bot);
        }
        assert!((0..DIMENSIONS).all(|it| visitors.vocabulary.words(it).is_sorted()));
    }
}
