//! The clicks of an outage, in a journal that nobody writes to any more.

use std::fs::OpenOptions;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::FileExt as _;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};
use carom::clicks::journal::directory::Directory;
use carom::clicks::journal::format::{
    ALIGNMENT, HEADERS_AT, LARGE_BYTES, RECORDS_AT, RecordBuffer, SegmentHeader, SegmentKind,
    encode,
};
use carom::clicks::journal::keeper::Owner;
use carom::clicks::journal::record::{Click, Network, Texts};
use carom::model::id::{DomainId, LinkId, StreamId, WorkspaceId};
use carom::model::time::{HOUR_MS, Millis};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

/// The same clicks in every run.
const SEED: u64 = 0xCA7C;

const USER_AGENTS: [&str; 8] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.2 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.2 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0",
    "Mozilla/5.0 (iPad; CPU OS 19_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.2 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
];

const LANGUAGES: [&str; 6] = ["en-US,en;q=0.9", "de-AT,de;q=0.9", "fr-FR,fr", "es", "pt-BR", "ja"];

const MEDIA: [&str; 4] = ["newsletter", "social", "print", "banner"];

/// Which links are followed how often.
#[derive(Clone, Copy)]
pub(crate) enum Law {
    /// The link of rank r in proportion to 1/r.
    Zipf,
    /// Each as often as any other.
    Uniform,
}

impl FromStr for Law {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "zipf" => Ok(Self::Zipf),
            "uniform" => Ok(Self::Uniform),
            _ => bail!("{name} is neither zipf nor uniform"),
        }
    }
}

/// An hour of clicks.
pub(crate) struct Outage {
    pub(crate) workspace: WorkspaceId,
    pub(crate) domain: DomainId,
    pub(crate) since: Millis,
    pub(crate) law: Law,
    pub(crate) clicks: u64,
    pub(crate) links: usize,
}

impl Outage {
    /// Writes them into segments, as an earlier process of this node would have.
    pub(crate) fn fill(&self, directory: &Directory, owner: &Owner) -> Result<()> {
        let mut random = SmallRng::seed_from_u64(SEED);
        let links: Vec<i64> = (0..self.links).map(|_| random.random_range(1..=i64::MAX)).collect();
        let ranks = self.ranks();
        let referrers: Vec<String> =
            (0..30).map(|site| format!("https://www.site{site}.example/a/page")).collect();
        let campaigns: Vec<String> = (0..20).map(|number| format!("campaign-{number}")).collect();
        let mut segments = Segments::new(directory, owner);
        for sequence in 1..=self.clicks {
            let link = match self.law {
                Law::Uniform => random.random_range(0..self.links),
                Law::Zipf => ranks.partition_point(|sum| *sum <= random.random::<f64>()),
            };
            // A few values are common and the others rare, as everywhere.
            let mut pick = |count: usize| {
                let point: f64 = random.random();
                ((point * point * count as f64) as usize).min(count - 1)
            };
            let texts = Texts {
                user_agent: USER_AGENTS[pick(USER_AGENTS.len())].as_bytes(),
                referrer: referrers[pick(referrers.len())].as_bytes(),
                language: LANGUAGES[pick(LANGUAGES.len())].as_bytes(),
                utm_source: MEDIA[pick(MEDIA.len())].as_bytes(),
                utm_medium: MEDIA[pick(MEDIA.len())].as_bytes(),
                utm_campaign: campaigns[pick(campaigns.len())].as_bytes(),
                ..Texts::default()
            };
            let passed = HOUR_MS as f64 * sequence as f64 / self.clicks as f64;
            segments.append(&Click {
                at: Millis::from_epoch(self.since.get() + passed as i64),
                link: LinkId::from_stored(links[link.min(self.links - 1)]),
                workspace: self.workspace,
                domain: self.domain,
                visitor: random.random_range(1..=self.clicks),
                flags: 0,
                network: Network::of(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7))),
                texts,
            })?;
        }
        segments.write()
    }

    /// The cumulated shares of Zipf's ranks.
    fn ranks(&self) -> Vec<f64> {
        let shares = (1..=self.links).map(|rank| 1.0 / rank as f64);
        let total: f64 = shares.clone().sum();
        let mut sum = 0.0;
        let cumulated = shares.map(|share| {
            sum += share / total;
            sum
        });
        cumulated.collect()
    }
}

/// Segments of one stream.
struct Segments<'d> {
    directory: &'d Directory,
    header: SegmentHeader,
    bytes: Vec<u8>,
    buffer: RecordBuffer,
    sequence: u64,
}

impl<'d> Segments<'d> {
    fn new(directory: &'d Directory, owner: &Owner) -> Self {
        let header = SegmentHeader {
            epoch: 0,
            store: owner.store,
            node: owner.node,
            stream: StreamId::random(),
            kind: SegmentKind::Records,
        };
        let buffer = RecordBuffer::new();
        let mut segments = Self { directory, header, bytes: Vec::new(), buffer, sequence: 0 };
        segments.begin();
        segments
    }

    fn begin(&mut self) {
        self.header.epoch = self.sequence + 0x5EED_0123_4567_89AB;
        self.bytes.clear();
        self.bytes.resize(RECORDS_AT, 0);
        let encoded = self.header.encode();
        for at in HEADERS_AT {
            self.bytes[at..at + encoded.len()].copy_from_slice(&encoded);
        }
    }

    fn append(&mut self, click: &Click<'_>) -> Result<()> {
        let mut length = encode(click, self.header.epoch, self.sequence + 1, &mut self.buffer);
        if self.bytes.len() + length > LARGE_BYTES {
            self.write()?;
            self.begin();
            length = encode(click, self.header.epoch, self.sequence + 1, &mut self.buffer);
        }
        self.bytes.extend_from_slice(self.buffer.bytes(length));
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
        self.sequence += 1;
        Ok(())
    }

    fn write(&self) -> Result<()> {
        let (path, _) = self.directory.create(LARGE_BYTES).context("no room for a journal")?;
        let file = OpenOptions::new().write(true).open(path)?;
        file.write_all_at(&self.bytes, 0)?;
        Ok(())
    }
}
