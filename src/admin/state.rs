//! What handlers work with.

use std::sync::Arc;

use super::live::Live;
use super::problem::{Kind, Problem};
use super::sign_in::SignIn;
use crate::cache::LinkCache;
use crate::cache::domains::Domains;
use crate::clicks::Clicks;
use crate::dns::Dns;
use crate::health::Health;
use crate::links::{LinkProblem, LinkView, Rules, ShortUrls};
use crate::mail::Mailer;
use crate::metrics::Metrics;
use crate::model::id::{NodeId, WorkspaceId};
use crate::model::link::Link;
use crate::model::time::Millis;
use crate::sso::provider::Provider;
use crate::store::stats::Kept;
use crate::store::{self, Store};
use crate::telemetry;

/// Everything the admin listener reads or writes.
pub struct AdminState {
    /// The store.
    pub store: Store,
    /// The links that redirects are answered from, told of every write.
    pub cache: Arc<LinkCache>,
    /// Clicks, with those that are not in the store yet.
    pub clicks: Arc<Clicks>,
    /// How long details of clicks are kept.
    pub clicks_kept: Kept,
    /// The domains links are served under.
    pub domains: Arc<Domains>,
    /// How short URLs are written.
    pub short_urls: ShortUrls,
    /// Letters of a random code.
    pub code_length: usize,
    /// Proves domains.
    pub dns: Dns,
    /// What people sign in with.
    pub sign_in: SignIn,
    /// Where people can sign in besides.
    pub provider: Option<Provider>,
    /// Sends mails, where that is wanted.
    pub mailer: Option<Mailer>,
    /// Who looks on while visits happen.
    pub live: Live,
    /// What this node knows of its health.
    pub health: Arc<Health>,
    /// Which node this is.
    pub node: NodeId,
    /// What this node has measured.
    pub metrics: Arc<Metrics>,
}

impl AdminState {
    /// The link as clients see it, when so many of its clicks were claimed.
    pub(super) fn view(&self, link: &Link, claimed_clicks: u64) -> LinkView {
        LinkView::new(link, claimed_clicks, &self.short_urls, &self.domains.table())
    }

    /// Runs a check of something that a client sent.
    pub(super) fn checked<T>(
        &self,
        workspace: WorkspaceId,
        check: impl FnOnce(&Rules<'_>) -> Result<T, LinkProblem>,
    ) -> Result<T, Problem> {
        let rules = Rules {
            workspace,
            short_urls: &self.short_urls,
            domains: &self.domains.table(),
            code_length: self.code_length,
            now: Millis::now(),
        };
        Ok(check(&rules)?)
    }

    /// The same for a check that hashes a password.
    pub(super) async fn checked_slowly<T: Send + 'static>(
        self: &Arc<Self>,
        workspace: WorkspaceId,
        check: impl FnOnce(&Rules<'_>) -> Result<T, LinkProblem> + Send + 'static,
    ) -> Result<T, Problem> {
        let state = Arc::clone(self);
        self.sign_in.passwords.hashing().run(move || state.checked(workspace, check)).await
    }

    /// The answer to a failure of the store. Its cause goes to the log, never to the client.
    pub(super) fn fault(&self, error: &store::Error) -> Problem {
        match error {
            store::Error::Busy(_) => {
                let detail = "the store is busy and nothing was written: try again in a moment";
                Problem::new(Kind::STORE_UNAVAILABLE, detail)
            }
            store::Error::Unavailable(_) => {
                self.health.store_failed(error);
                let detail = "the store is unavailable: try again soon, and look first whether a write was made";
                Problem::new(Kind::STORE_UNAVAILABLE, detail)
            }
            store::Error::TooLong { limit, .. } => {
                let detail = format!(
                    "reading took longer than {} ms: ask for a shorter period or with fewer filters, \
                     or have `store.statement_timeout_ms` raised",
                    limit.as_millis()
                );
                Problem::new(Kind::TOO_MUCH_ASKED, detail)
            }
            store::Error::Corrupt(_) | store::Error::Refused(_) => {
                tracing::error!(why = %telemetry::in_full(error), "the admin listener failed");
                let detail = "the store did not do what was asked, and the server's log says why";
                Problem::new(Kind::INTERNAL, detail)
            }
            store::Error::Missing => Problem::new(Kind::NO_SUCH_LINK, "there is no such link"),
            store::Error::Taken => Problem::new(Kind::CODE_TAKEN, "the code is taken already"),
            store::Error::InUse => {
                Problem::new(Kind::IN_USE, "others depend on it: delete them first")
            }
            store::Error::Stale => {
                let detail = "the link was changed by somebody else meanwhile: try again";
                Problem::new(Kind::CHANGED_MEANWHILE, detail)
            }
        }
    }
}
