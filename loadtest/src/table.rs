//! The links of a run: what each must answer, and how often it did.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use rand::{Rng, RngExt};
use reqwest::Url;

use crate::admin::{Admin, AdminError};
use crate::edge::Edge;

/// Enough to keep the server's writer busy, few enough not to be refused.
const CREATES_AT_ONCE: usize = 16;

/// One link, what it must answer, and the visits it got from us.
pub(crate) struct Link {
    /// Names the link in the API.
    pub(crate) id: String,
    /// Its address at the edge.
    pub(crate) short_url: Url,
    /// What its `Location` must be, to the byte.
    pub(crate) target: String,
    /// Visits we began to send.
    pub(crate) requested: AtomicU64,
    /// Visits that were answered with a redirect, to the last byte.
    pub(crate) answered: AtomicU64,
}

/// All links that visitors know: the hot ones first, then the cold ones.
pub(crate) struct Table {
    prefix: String,
    links: Vec<Link>,
    hot: usize,
    cold_visits: AtomicUsize,
}

impl Link {
    /// Creates a link to `target` and checks that it leads there.
    pub(crate) async fn create(
        admin: &Admin,
        edge: &Edge,
        target: String,
        code: Option<&str>,
    ) -> Result<Self, CreateError> {
        let created = admin.create(&target, code).await?;
        if created.url != target || code.is_some_and(|code| code != created.code) {
            return Err(CreateError::Other {
                asked: target,
                url: created.url,
                code: created.code,
            });
        }
        Ok(Self {
            id: created.id,
            short_url: edge.short_url(&created.code),
            target,
            requested: AtomicU64::new(0),
            answered: AtomicU64::new(0),
        })
    }
}

/// Why a link is not there, or is not the one that was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateError {
    /// The API did not create it.
    #[error("no link was created")]
    Admin(#[from] AdminError),
    /// The API created another one.
    #[error("a link to {asked} was asked for, but {code} leading to {url} was created")]
    Other {
        asked: String,
        url: String,
        code: String,
    },
}

impl Table {
    /// Creates `count` links, at least two, whose codes begin with `prefix`.
    pub(crate) async fn seed(
        admin: &Admin,
        edge: &Edge,
        prefix: String,
        count: usize,
    ) -> Result<Self, CreateError> {
        assert!(count >= 2, "a table needs a hot and a cold link");
        let links = stream::iter(0..count)
            .map(|index| {
                let code = format!("{prefix}n{index}");
                let target = format!("https://target.example/{prefix}/{index}?from=carom-loadtest");
                async move { Link::create(admin, edge, target, Some(&code)).await }
            })
            .buffered(CREATES_AT_ONCE)
            .try_collect()
            .await?;
        Ok(Self {
            prefix,
            links,
            hot: count - count / 2,
            cold_visits: AtomicUsize::new(0),
        })
    }

    /// Every link, hot and cold.
    pub(crate) fn links(&self) -> &[Link] {
        &self.links
    }

    /// The links that are visited again and again, the hottest first.
    pub(crate) fn hot(&self) -> &[Link] {
        &self.links[..self.hot]
    }

    /// The cold link whose turn it is. Each has its turn once before the first has it again.
    pub(crate) fn next_cold(&self) -> &Link {
        let cold = &self.links[self.hot..];
        &cold[self.cold_visits.fetch_add(1, Ordering::Relaxed) % cold.len()]
    }

    /// How often each cold link had its turn. Above 1, the later visits were no longer cold.
    pub(crate) fn cold_rounds(&self) -> f64 {
        self.cold_visits.load(Ordering::Relaxed) as f64 / (self.links.len() - self.hot) as f64
    }

    /// A code that no link has: seeded ones go on with an `n`, and the server's own are shorter.
    pub(crate) fn unknown_code(&self, rng: &mut impl Rng) -> String {
        format!("{}x{:016x}", self.prefix, rng.random::<u64>())
    }

    /// A target that no other link of this run has.
    pub(crate) fn fresh_target(&self, rng: &mut impl Rng) -> String {
        format!(
            "https://target.example/{}/edited/{:016x}",
            self.prefix,
            rng.random::<u64>()
        )
    }
}
