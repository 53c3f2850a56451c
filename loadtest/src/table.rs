//! The links of a run: what each must answer, and how often it did.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use hyper::Uri;
use hyper::http::uri::InvalidUri;
use rand::{Rng, RngExt};

use crate::admin::{Admin, AdminError};

/// Enough to keep the server's writer busy, few enough not to be refused.
const CREATES_AT_ONCE: usize = 16;

/// One link, what it must answer, and the visits it got from us.
pub(crate) struct Link {
    /// Its name in the API.
    pub(crate) id: String,
    /// Its path at the edge.
    pub(crate) path: Uri,
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
        target: String,
        code: Option<&str>,
    ) -> Result<Self, LinkError> {
        let created = admin.create(&target, code).await?;
        if created.url != target || code.is_some_and(|code| code != created.code) {
            return Err(LinkError::Other { asked: target, url: created.url, code: created.code });
        }
        Ok(Self {
            id: created.id,
            path: path_of(&created.code)?,
            target,
            requested: AtomicU64::new(0),
            answered: AtomicU64::new(0),
        })
    }
}

/// Why a link is not what was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// The API did not do it.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The API created one whose code cannot stand in a request.
    #[error("a link was created whose code is not a path")]
    Code(#[from] InvalidUri),
    /// The API created another one.
    #[error("a link to {asked} was asked for, but {code} leading to {url} was created")]
    Other { asked: String, url: String, code: String },
}

impl Table {
    /// Creates `count` links, at least two, whose codes begin with `prefix`.
    pub(crate) async fn seed(
        admin: &Admin,
        prefix: String,
        count: usize,
    ) -> Result<Self, LinkError> {
        assert!(count >= 2, "a table needs a hot and a cold link");
        let links = stream::iter(0..count)
            .map(|index| {
                let code = format!("{prefix}n{index}");
                let target = format!("https://target.example/{prefix}/{index}?from=carom-loadtest");
                async move { Link::create(admin, target, Some(&code)).await }
            })
            .buffered(CREATES_AT_ONCE)
            .try_collect()
            .await?;
        Ok(Self { prefix, links, hot: count - count / 2, cold_visits: AtomicUsize::new(0) })
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

    /// A path that no link has: seeded codes go on with an `n`, and the server's own are shorter.
    pub(crate) fn unknown_path(&self, rng: &mut impl Rng) -> Uri {
        path_of(&format!("{}x{:016x}", self.prefix, rng.random::<u64>()))
            .expect("letters and digits make a path")
    }

    /// A target that no other link of this run has.
    pub(crate) fn fresh_target(&self, rng: &mut impl Rng) -> String {
        format!("https://target.example/{}/edited/{:016x}", self.prefix, rng.random::<u64>())
    }
}

/// The path of `code` at the edge.
fn path_of(code: &str) -> Result<Uri, InvalidUri> {
    Uri::try_from(format!("/{code}"))
}
