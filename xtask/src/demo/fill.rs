//! Everything, in the order in which a store takes it fastest: link by link, by their ids, then the
//! domains and the workspace.

use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use super::clicks::{self, Click, Span};
use super::company::{self, OWNER, PEOPLE, SECOND_HOST};
use super::links::{self, DAY_MS, LARGE, Link, MINUTE_MS, Size};
use super::sink::{Field, Ground, Sink, Table};
use super::sums::{self, Cut, Large, Subject};
use super::visitor::{DIMENSIONS, Visitors};
use super::{postgres, sketch, sqlite};

/// The same data in every run.
const SEED: u64 = 0xA1FE;

/// `clicks.visits_kept_days` and `clicks.hours_kept_days`, as they are by default.
const VISITS_KEPT: i64 = 90 * DAY_MS;
const HOURS_KEPT: i64 = 35 * DAY_MS;

/// Which store.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    Sqlite(PathBuf),
    Postgres(String),
}

/// Fills a migrated and unused store.
pub(crate) fn fill(store: &Store, size: Size) -> Result<()> {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let began = Instant::now();
    let work = |sink: &mut dyn Sink, ground: Ground| {
        Filling::new(sink, ground, size, now).run()?;
        println!("  rows written after {:.1} s", began.elapsed().as_secs_f64());
        Ok(())
    };
    match store {
        Store::Sqlite(file) => sqlite::fill(file, work)?,
        Store::Postgres(url) => postgres::fill(url, work)?,
    }
    println!(
        "  {} links and {} clicks of {} days in {:.1} s",
        size.links,
        size.clicks,
        size.days,
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

struct Filling<'s> {
    sink: &'s mut dyn Sink,
    size: Size,
    now: i64,
    workspace: i64,
    default_domain: i64,
    second_domain: i64,
    stream: i64,
    visits: i64,
    visitors: Visitors,
    random: SmallRng,
}

impl<'s> Filling<'s> {
    fn new(sink: &'s mut dyn Sink, ground: Ground, size: Size, now: i64) -> Self {
        let mut random = SmallRng::seed_from_u64(SEED);
        Self {
            sink,
            size,
            now,
            workspace: ground.workspace,
            default_domain: ground.default_domain,
            second_domain: id(&mut random),
            stream: id(&mut random),
            visits: 0,
            visitors: Visitors::new(size.links >= LARGE),
            random,
        }
    }

    fn run(mut self) -> Result<()> {
        let links = links::plan(self.size, self.now, &mut self.random);
        self.add_company()?;
        for link in &links {
            self.add_link(link)?;
        }
        let cut = self.cut();
        let words = &self.visitors.vocabulary;
        let [mut default, mut second, mut all] = [(); 3].map(|()| Large::new(words, cut));
        let span = Span { from: cut.from, to: self.now };
        for (number, link) in links.iter().enumerate() {
            if number % 10_000 == 0 && number > 0 {
                println!("  {number} links");
            }
            let clicks = clicks::of(link, span, &self.visitors, &mut self.random);
            let domain = if link.is_on_second_domain { &mut second } else { &mut default };
            let (subject, words) = (self.subject(link.id), &self.visitors.vocabulary);
            sums::write_link(self.sink, subject, &clicks, words, cut, [domain, &mut all])?;
            self.add_visits(link, &clicks)?;
            self.add_sketches(link, &clicks)?;
        }
        let words = &self.visitors.vocabulary;
        for (id, sums) in
            [(self.default_domain, default), (self.second_domain, second), (self.workspace, all)]
        {
            sums.write(self.sink, Subject { id, workspace: self.workspace }, words)?;
        }
        Ok(())
    }

    fn subject(&self, id: i64) -> Subject {
        Subject { id, workspace: self.workspace }
    }

    fn cut(&self) -> Cut {
        let day = |at: i64| at.div_euclid(DAY_MS) * DAY_MS;
        let from = day(self.now - i64::from(self.size.days) * DAY_MS);
        Cut { from, hours_from: from.max(day(self.now - HOURS_KEPT)), to: self.now }
    }

    /// The people, but for the owner, whose password nobody can make up; keys; the second domain.
    fn add_company(&mut self) -> Result<()> {
        let begin = self.now - (230 + i64::from(self.size.days)) * DAY_MS;
        for (number, person) in PEOPLE.iter().enumerate() {
            let user = id(&mut self.random);
            let at = Field::Int(begin + number as i64 * 9 * DAY_MS);
            let (user, email) = (Field::Int(user), Field::Text(person.email));
            let (name, active, one) =
                (Field::Text(person.name), Field::Text("active"), Field::Int(1));
            let zero = Field::Int(0);
            let fields = [user, email, email, name, active, zero, at, at, one];
            self.sink.add(Table::Users, &fields)?;
            let fields = [Field::Int(self.workspace), user, Field::Text(person.role), at];
            self.sink.add(Table::Memberships, &fields)?;
        }
        self.sink.add(
            Table::Domains,
            &[
                Field::Int(self.second_domain),
                Field::Int(self.workspace),
                Field::Text(SECOND_HOST),
                Field::Int(begin),
                Field::Text("https://www.alpenglow.example/brew"),
                Field::Text("dns"),
                Field::Int(begin),
            ],
        )?;
        let subject = ("domain", self.second_domain, SECOND_HOST);
        self.add_deed(begin, OWNER.email, "domain.created", subject, "{}")?;
        for (number, key) in company::KEYS.iter().enumerate() {
            let key_id = id(&mut self.random);
            // Nobody has the key that this would be the digest of.
            let digest: [u8; 32] = self.random.random();
            let created_at = begin + (number as i64 * 31 + 20) * DAY_MS;
            let later = |ms: Option<i64>| ms.map_or(Field::Null, |ms| Field::Int(self.now + ms));
            let prefix = format!("carom_{}", &hex(&digest)[..6]);
            self.sink.add(
                Table::ApiKeys,
                &[
                    Field::Int(key_id),
                    Field::Int(self.workspace),
                    Field::Text(key.name),
                    Field::Text(&prefix),
                    Field::Bytes(&digest),
                    Field::Text(key.scopes),
                    Field::Int(created_at),
                    later(key.expires_in_days.map(|days| days * DAY_MS)),
                    Field::Text(PEOPLE[0].email),
                    later(key.used_minutes_ago.map(|minutes| -minutes * MINUTE_MS)),
                ],
            )?;
            let subject = ("key", key_id, key.name);
            self.add_deed(created_at, PEOPLE[0].email, "key.created", subject, "{}")?;
        }
        Ok(())
    }

    fn add_link(&mut self, link: &Link) -> Result<()> {
        let domain = self.domain_of(link);
        let search = format!("{}\n{}\n{}", link.code, link.url, link.title).to_lowercase();
        let (at, workspace) = (Field::Int(link.created_at), Field::Int(self.workspace));
        self.sink.add(
            Table::Links,
            &[
                Field::Int(domain),
                Field::Text(&link.code),
                Field::Int(link.id),
                workspace,
                Field::Text(&link.url),
                Field::Int(302),
                Field::Text("active"),
                Field::Text(&link.title),
                Field::Null,
                Field::Null,
                at,
                at,
                Field::Int(1),
                Field::Text(&search),
                Field::Text(link.created_by),
            ],
        )?;
        for tag in link.tags {
            let fields = [Field::Int(link.id), Field::Text(tag), workspace, at];
            self.sink.add(Table::LinkTags, &fields)?;
        }
        let detail = format!("{{\"url\":\"{}\"}}", link.url);
        let subject = ("link", link.id, link.code.as_str());
        self.add_deed(link.created_at, link.created_by, "link.created", subject, &detail)
    }

    fn add_deed(
        &mut self,
        at: i64,
        actor: &str,
        action: &str,
        (kind, subject, name): (&str, i64, &str),
        detail: &str,
    ) -> Result<()> {
        let deed = id(&mut self.random);
        self.sink.add(
            Table::Audit,
            &[
                Field::Int(self.workspace),
                Field::Int(at),
                Field::Int(deed),
                Field::Text("user"),
                Field::Int(0),
                Field::Text(actor),
                Field::Text("192.0.2.0/24"),
                Field::Text(action),
                Field::Text(kind),
                Field::Int(subject),
                Field::Text(name),
                Field::Text(detail),
            ],
        )
    }

    fn add_visits(&mut self, link: &Link, clicks: &[Click]) -> Result<()> {
        let kept_from = self.now - VISITS_KEPT;
        let domain = self.domain_of(link);
        for click in clicks.iter().filter(|click| click.at >= kept_from) {
            self.visits += 1;
            let mut fields = [Field::Null; 8 + DIMENSIONS];
            fields[..8].copy_from_slice(&[
                Field::Int(link.id),
                Field::Int(click.at),
                Field::Int(self.stream),
                Field::Int(self.visits),
                Field::Int(self.workspace),
                Field::Int(domain),
                Field::Int(click.by.is_bot.into()),
                Field::Int(click.visitor.cast_signed()),
            ]);
            for (dimension, &word) in click.by.words.iter().enumerate() {
                if let Some(value) = self.visitors.vocabulary.value(dimension, word) {
                    fields[8 + dimension] = Field::Text(value);
                }
            }
            self.sink.add(Table::Visits, &fields)?;
        }
        Ok(())
    }

    fn add_sketches(&mut self, link: &Link, clicks: &[Click]) -> Result<()> {
        let day = |click: &Click| click.at.div_euclid(DAY_MS);
        for of_day in clicks.chunk_by(|a, b| day(a) == day(b)) {
            let mut visitors = of_day.iter().map(|click| click.visitor).filter(|&it| it != 0);
            let Some(first) = visitors.next() else { continue };
            let sketch = sketch::of(std::iter::once(first).chain(visitors))?;
            self.sink.add(
                Table::VisitorSketches,
                &[
                    Field::Int(link.id),
                    Field::Int(day(&of_day[0]) * DAY_MS),
                    Field::Int(self.workspace),
                    Field::Bytes(&sketch),
                ],
            )?;
        }
        Ok(())
    }

    fn domain_of(&self, link: &Link) -> i64 {
        if link.is_on_second_domain { self.second_domain } else { self.default_domain }
    }
}

/// Ids are 63 random bits, as Carom's own.
fn id(random: &mut SmallRng) -> i64 {
    random.random_range(1..=i64::MAX)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
