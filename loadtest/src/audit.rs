//! After the attack: waits until every click is stored, then compares each link's count with the
//! answers it gave.

use std::future::ready;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use tokio::time::{Instant, interval, timeout};

use crate::admin::{Admin, AdminError, Clicks};
use crate::table::Link;
use crate::tally::{Faults, with_causes};

/// All clicks must be stored this soon after the attack.
const SETTLE_LIMIT: Duration = Duration::from_secs(120);
/// What reading adds to that for each link: more than it takes, so that large tables get their time.
const READ_LIMIT_EACH: Duration = Duration::from_millis(1);
const POLL_INTERVAL: Duration = Duration::from_millis(100);
const READS_AT_ONCE: usize = 16;

/// Every link's account, added up.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Account {
    /// Links whose clicks were to be read.
    pub(crate) links: u64,
    /// Visits that we began to send.
    pub(crate) requested: u64,
    /// Visits that were answered with a redirect.
    pub(crate) answered: u64,
    /// Clicks in the store.
    pub(crate) stored: u64,
    /// Clicks still on their way to it.
    pub(crate) pending: u64,
    /// Clicks that were answered and are not stored.
    pub(crate) missing: u64,
    /// Clicks that are stored and were never requested.
    pub(crate) surplus: u64,
    /// Links whose stored clicks differ.
    pub(crate) differing: Faults,
    /// Links whose clicks could not be read.
    pub(crate) unread: Faults,
    /// From the attack's end until every click was stored; none if that did not come in time.
    pub(crate) settled_in_seconds: Option<f64>,
}

/// Waits for the clicks of `links` to be stored and adds up their accounts.
pub(crate) async fn clicks(admin: &Admin, links: impl Iterator<Item = &Link>) -> Account {
    let links: Vec<&Link> = links.collect();
    let limit = SETTLE_LIMIT + READ_LIMIT_EACH * links.len() as u32;
    let ended = Instant::now();
    let settled = timeout(limit, settle(admin, &links)).await;
    let settled_in_seconds = settled.is_ok().then(|| ended.elapsed().as_secs_f64());

    // Every link is read once more: a click may be stored a second time after its link settled.
    let mut account = Account { settled_in_seconds, ..Account::default() };
    let reads = read_all(admin, &links).for_each(|(link, clicks)| {
        account.enter(link, clicks);
        ready(())
    });
    let _cut_off = timeout(limit, reads).await;
    account.enter_unread(links.len() as u64);
    account
}

/// Waits until no link of `links` waits for a click. Looks at one link until it is settled and then at
/// the next: to read all of them again and again would take the server's time from what is waited for.
async fn settle(admin: &Admin, links: &[&Link]) {
    let mut poll = interval(POLL_INTERVAL);
    for link in links {
        while !is_settled(admin, link).await {
            poll.tick().await;
        }
    }
}

async fn is_settled(admin: &Admin, link: &Link) -> bool {
    let clicks = admin.clicks(&link.id).await;
    clicks.is_ok_and(|clicks| clicks.pending == 0 && Difference::of(link, clicks).is_none())
}

fn read_all<'a>(
    admin: &'a Admin,
    links: &[&'a Link],
) -> impl Stream<Item = (&'a Link, Result<Clicks, AdminError>)> {
    stream::iter(links.to_vec())
        .map(async |link| (link, admin.clicks(&link.id).await))
        .buffer_unordered(READS_AT_ONCE)
}

/// How far a link's clicks are off.
struct Difference {
    missing: u64,
    surplus: u64,
}

impl Difference {
    /// Nothing if answered ≤ stored ≤ requested. Where every request was answered, that is equality.
    fn of(link: &Link, clicks: Clicks) -> Option<Self> {
        let answered = link.answered.load(Ordering::Relaxed);
        let requested = link.requested.load(Ordering::Relaxed);
        let missing = answered.saturating_sub(clicks.stored);
        let surplus = clicks.stored.saturating_sub(requested);
        (missing > 0 || surplus > 0).then_some(Self { missing, surplus })
    }
}

impl Account {
    fn enter(&mut self, link: &Link, clicks: Result<Clicks, AdminError>) {
        let answered = link.answered.load(Ordering::Relaxed);
        let requested = link.requested.load(Ordering::Relaxed);
        self.links += 1;
        self.answered += answered;
        self.requested += requested;
        let clicks = match clicks {
            Ok(clicks) => clicks,
            Err(error) => return self.unread.note(|| with_causes(&error)),
        };

        self.stored += clicks.stored;
        self.pending += clicks.pending;
        let path = &link.path;
        if let Some(Difference { missing, surplus }) = Difference::of(link, clicks) {
            self.missing += missing;
            self.surplus += surplus;
            let stored = clicks.stored;
            self.differing.note(|| {
                format!("{path} has {stored} stored, {answered} answered, {requested} requested")
            });
        } else if clicks.total != clicks.stored + clicks.pending {
            let Clicks { total, stored, pending } = clicks;
            self.differing.note(|| {
                format!("{path} has {total} in total, {stored} stored, {pending} pending")
            });
        }
    }

    fn enter_unread(&mut self, links: u64) {
        for _ in self.links..links {
            self.unread.note(|| "time was up before its turn".to_owned());
        }
        self.links = links;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use hyper::Uri;

    use super::*;

    fn difference(answered: u64, stored: u64, requested: u64) -> Option<(u64, u64)> {
        let link = Link {
            id: "1".to_owned(),
            path: Uri::from_static("/a"),
            target: "https://target.example/".to_owned(),
            requested: AtomicU64::new(requested),
            answered: AtomicU64::new(answered),
        };
        let clicks = Clicks { total: stored, stored, pending: 0 };
        Difference::of(&link, clicks).map(|difference| (difference.missing, difference.surplus))
    }

    #[test]
    fn where_every_request_was_answered_only_the_same_count_balances() {
        assert_eq!(difference(3, 3, 3), None);
        assert_eq!(difference(3, 2, 3), Some((1, 0)));
        assert_eq!(difference(3, 4, 3), Some((0, 1)));
    }

    #[test]
    fn a_request_without_an_answer_may_be_counted_or_not() {
        assert_eq!(difference(3, 3, 4), None);
        assert_eq!(difference(3, 4, 4), None);
        assert_eq!(difference(3, 2, 4), Some((1, 0)));
        assert_eq!(difference(3, 5, 4), Some((0, 1)));
    }
}
