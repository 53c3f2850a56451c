//! Clicks summed as Carom sums them: by the quarter hour, and dimensions by the hour or, where hours
//! have been folded, by the UTC day.

use std::cmp::Reverse;

use anyhow::Result;

use super::clicks::Click;
use super::links::{DAY_MS, HOUR_MS};
use super::sink::{Field, Sink, Table};
use super::visitor::{DIMENSIONS, OTHER, Vocabulary, Word};

const QUARTER_MS: i64 = HOUR_MS / 4;

/// Values of a dimension that a subject keeps apart in an hour (`src/clicks/caps.rs`).
const VALUES_MAX: usize = 200;

/// People and programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    people: u32,
    bots: u32,
}

impl Count {
    fn add(&mut self, is_bot: bool) {
        *(if is_bot { &mut self.bots } else { &mut self.people }) += 1;
    }

    fn join(&mut self, other: Self) {
        self.people += other.people;
        self.bots += other.bots;
    }

    fn total(self) -> u32 {
        self.people + self.bots
    }

    fn is_zero(self) -> bool {
        self == Self::default()
    }

    fn fields(self) -> [Field<'static>; 2] {
        [Field::Int(self.people.into()), Field::Int(self.bots.into())]
    }
}

/// The days of the clicks, cut: folded ones by the day, the rest by the hour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// The first day.
    pub(crate) from: i64,
    /// The first day that has not been folded.
    pub(crate) hours_from: i64,
    /// After the last click.
    pub(crate) to: i64,
}

impl Cut {
    fn days(self) -> i64 {
        (self.hours_from - self.from) / DAY_MS
    }

    fn buckets(self) -> usize {
        (self.days() + (self.to - self.hours_from).div_euclid(HOUR_MS) + 1) as usize
    }

    fn bucket(self, at: i64) -> usize {
        let bucket = match at < self.hours_from {
            true => (at - self.from) / DAY_MS,
            false => self.days() + (at - self.hours_from) / HOUR_MS,
        };
        bucket as usize
    }

    /// The table that a bucket's rows stand in, and when it begins.
    fn place(self, bucket: usize) -> (Table, i64) {
        let bucket = bucket as i64;
        match bucket < self.days() {
            true => (Table::DimensionDays, self.from + bucket * DAY_MS),
            false => (Table::DimensionHours, self.hours_from + (bucket - self.days()) * HOUR_MS),
        }
    }

    fn quarters(self) -> usize {
        ((self.to - self.from).div_euclid(QUARTER_MS) + 1) as usize
    }

    fn quarter(self, at: i64) -> usize {
        ((at - self.from) / QUARTER_MS) as usize
    }
}

/// What clicks are summed for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) id: i64,
    pub(crate) workspace: i64,
}

/// The sums of a link: written at once, and added to those of its domain and workspace.
pub(crate) fn write_link(
    sink: &mut dyn Sink,
    subject: Subject,
    clicks: &[Click],
    vocabulary: &Vocabulary,
    cut: Cut,
    also: [&mut Large; 2],
) -> Result<()> {
    let mut total = Count::default();
    clicks.iter().for_each(|click| total.add(click.by.is_bot));
    if total.is_zero() {
        return Ok(());
    }
    let [domain, workspace] = also;
    write_total(sink, subject, total)?;
    for of_quarter in clicks.chunk_by(|a, b| cut.quarter(a.at) == cut.quarter(b.at)) {
        let quarter = cut.quarter(of_quarter[0].at);
        let mut count = Count::default();
        of_quarter.iter().for_each(|click| count.add(click.by.is_bot));
        write_quarter(sink, subject, cut, quarter, count)?;
        domain.quarters[quarter].join(count);
        workspace.quarters[quarter].join(count);
    }
    for key_and_count in values(clicks, cut) {
        let (Key { dimension, bucket, word }, count) = key_and_count;
        let value = vocabulary.value(dimension, word).unwrap_or_default();
        write_value(sink, subject, cut, dimension, bucket, value, count)?;
        domain.at(dimension, bucket, word).join(count);
        workspace.at(dimension, bucket, word).join(count);
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    dimension: usize,
    bucket: usize,
    word: Word,
}

/// How often each value was met in each bucket, in the order of the keys.
fn values(clicks: &[Click], cut: Cut) -> Vec<(Key, Count)> {
    // Packed, so that millions are sorted at once: dimension, bucket, word, and who.
    let mut packed: Vec<u64> = Vec::with_capacity(clicks.len() * 8);
    for click in clicks {
        let bucket = cut.bucket(click.at) as u64;
        for (dimension, &word) in click.by.words.iter().enumerate() {
            if word != 0 {
                let who = u64::from(click.by.is_bot);
                let key = (dimension as u64) << 48 | bucket << 24 | u64::from(word) << 8 | who;
                packed.push(key);
            }
        }
    }
    packed.sort_unstable();
    let unpacked = |key: u64| Key {
        dimension: (key >> 48) as usize,
        bucket: (key >> 24 & 0xFF_FFFF) as usize,
        word: (key >> 8) as Word,
    };
    let mut counts = Vec::new();
    for same in packed.chunk_by(|a, b| a >> 8 == b >> 8) {
        let mut count = Count::default();
        same.iter().for_each(|key| count.add(key & 1 == 1));
        counts.push((unpacked(same[0]), count));
    }
    counts
}

/// The sums of a domain or a workspace: nearly everything happens in every hour.
pub(crate) struct Large {
    cut: Cut,
    quarters: Vec<Count>,
    /// By dimension, then by bucket and word.
    values: [Vec<Count>; DIMENSIONS],
    words: [usize; DIMENSIONS],
}

impl Large {
    pub(crate) fn new(vocabulary: &Vocabulary, cut: Cut) -> Self {
        let words = std::array::from_fn(|dimension| vocabulary.words(dimension).len());
        Self {
            cut,
            quarters: vec![Count::default(); cut.quarters()],
            values: words.map(|words| vec![Count::default(); words * cut.buckets()]),
            words,
        }
    }

    fn at(&mut self, dimension: usize, bucket: usize, word: Word) -> &mut Count {
        &mut self.values[dimension][bucket * self.words[dimension] + usize::from(word)]
    }

    pub(crate) fn write(
        mut self,
        sink: &mut dyn Sink,
        subject: Subject,
        vocabulary: &Vocabulary,
    ) -> Result<()> {
        let mut total = Count::default();
        for (quarter, &count) in self.quarters.iter().enumerate() {
            if !count.is_zero() {
                write_quarter(sink, subject, self.cut, quarter, count)?;
                total.join(count);
            }
        }
        if !total.is_zero() {
            write_total(sink, subject, total)?;
        }
        for dimension in 0..DIMENSIONS {
            let other = usize::from(vocabulary.word(dimension, OTHER));
            let of_dimension = self.values[dimension].chunks_exact_mut(self.words[dimension]);
            for (bucket, counts) in of_dimension.enumerate() {
                cap(counts, other);
                for (word, &count) in counts.iter().enumerate().filter(|(_, it)| !it.is_zero()) {
                    let value = &vocabulary.words(dimension)[word];
                    write_value(sink, subject, self.cut, dimension, bucket, value, count)?;
                }
            }
        }
        Ok(())
    }
}

/// Counts what is beyond the cap of an hour as other. What is met most is met first, and so kept.
fn cap(counts: &mut [Count], other: usize) {
    let met = |word: &usize| *word != other && !counts[*word].is_zero();
    let mut words: Vec<usize> = (0..counts.len()).filter(met).collect();
    words.sort_by_key(|&word| Reverse(counts[word].total()));
    for word in words.into_iter().skip(VALUES_MAX) {
        let count = std::mem::take(&mut counts[word]);
        counts[other].join(count);
    }
}

fn write_total(sink: &mut dyn Sink, subject: Subject, count: Count) -> Result<()> {
    let [people, bots] = count.fields();
    let fields = [Field::Int(subject.id), Field::Int(subject.workspace), people, bots];
    sink.add(Table::ClickTotals, &fields)
}

fn write_quarter(
    sink: &mut dyn Sink,
    subject: Subject,
    cut: Cut,
    quarter: usize,
    count: Count,
) -> Result<()> {
    let at = cut.from + quarter as i64 * QUARTER_MS;
    let [people, bots] = count.fields();
    let fields =
        [Field::Int(subject.id), Field::Int(at), Field::Int(subject.workspace), people, bots];
    sink.add(Table::ClickQuarters, &fields)
}

fn write_value(
    sink: &mut dyn Sink,
    subject: Subject,
    cut: Cut,
    dimension: usize,
    bucket: usize,
    value: &str,
    count: Count,
) -> Result<()> {
    let (table, at) = cut.place(bucket);
    let [people, bots] = count.fields();
    let fields = [
        Field::Int(subject.id),
        // Numbers begin with 1.
        Field::Int(dimension as i64 + 1),
        Field::Int(at),
        Field::Text(value),
        Field::Int(subject.workspace),
        people,
        bots,
    ];
    sink.add(table, &fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_days_come_before_hours_and_each_has_its_place() {
        let cut = Cut { from: 10 * DAY_MS, hours_from: 12 * DAY_MS, to: 13 * DAY_MS + 1 };
        assert_eq!(cut.bucket(11 * DAY_MS + 5), 1);
        assert_eq!(cut.place(1), (Table::DimensionDays, 11 * DAY_MS));
        let hour = 12 * DAY_MS + 3 * HOUR_MS;
        assert_eq!(cut.bucket(hour + 7), 5);
        assert_eq!(cut.place(5), (Table::DimensionHours, hour));
        assert!(cut.bucket(cut.to) < cut.buckets() && cut.quarter(cut.to) < cut.quarters());
    }

    #[test]
    fn an_hour_keeps_so_many_values_and_counts_the_rest_as_other() {
        let mut counts = vec![Count { people: 1, bots: 0 }; VALUES_MAX + 50];
        counts[1] = Count::default();
        counts[VALUES_MAX + 40].people = 9;
        cap(&mut counts, 1);
        assert_eq!((counts[1].people, counts[VALUES_MAX + 40].people), (49, 9));
        let kept = counts.iter().filter(|count| !count.is_zero()).count();
        assert_eq!(kept, VALUES_MAX + 1);
    }
}
