//! Promises about a Postgres server that goes away: stopped, frozen, restarted, locked.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use carom::model::id::{DomainId, NodeId, StreamId};
use carom::model::link::{Conduct, RedirectStatus};
use carom::model::tag::Tags;
use carom::model::time::Millis;
use carom::store::{Error, Limits, Location, Store};
use carom::store::{changes, clicks, domains, facts, links};
use carom::telemetry;
use url::Url;

use super::fixture::{self, Engine, Fixture, founded, kind, runtime};
use crate::support::postgres::{Cluster, shared_server};
use crate::support::wait::{SOON, eventually_async, in_time};

/// As they are by default, with a shorter time for statements.
const LIMITS: Limits = Limits {
    redirect_connections: 2,
    admin_connections: 2,
    redirect_wait: Duration::from_millis(200),
    admin_wait: Duration::from_millis(200),
    statement_timeout: Duration::from_millis(500),
};

/// How soon a caller learns that nobody answers.
const LEARNT: Duration = Duration::from_millis(1_500);

fn open(url: &str) -> Store {
    Store::open(&Location::Postgres(url.to_owned()), Path::new("/nonexistent"), LIMITS)
        .expect("nothing is connected yet")
}

/// A store on a private server, and its default domain.
async fn store_on(cluster: &Cluster) -> (Store, DomainId) {
    let store = open(&cluster.fresh_database().url);
    store.migrate().await.expect("a schema");
    facts::found(&store, None).await.expect("a founded store");
    let domains = domains::all(&store).await.expect("the domains");
    (store, domains[0].id)
}

/// Asks once; a failure must come soon and be the right one.
async fn asks_in_vain(store: &Store, domain: DomainId) {
    let started = Instant::now();
    let found = links::find(store, domain, "any").await;
    assert_eq!(kind(found), "unavailable");
    assert!(started.elapsed() < LEARNT, "only after {:?}", started.elapsed());
}

#[test]
fn a_stopped_server_is_unavailable_at_once_and_heals() {
    let mut cluster = Cluster::start();
    runtime().block_on(async {
        let (store, domain) = store_on(&cluster).await;
        assert_eq!(kind(links::find(&store, domain, "any").await), "done");

        cluster.stop();
        asks_in_vain(&store, domain).await;
        asks_in_vain(&store, domain).await;
        assert_eq!(kind(store.ping().await), "unavailable");
        assert_eq!(kind(facts::found(&store, None).await), "unavailable");

        cluster.start_again();
        // What the pool learnt of the old connections may cost one question.
        let first = links::find(&store, domain, "any").await;
        if first.is_err() {
            assert_eq!(kind(links::find(&store, domain, "any").await), "done");
        }
        assert_eq!(kind(changes::since(&store, Millis::from_epoch(0)).await), "done");
        assert!(!facts::found(&store, None).await.expect("an answer").is_new);
    });
}

#[test]
fn connections_that_a_restart_closed_are_not_handed_out() {
    let mut cluster = Cluster::start();
    runtime().block_on(async {
        let (store, domain) = store_on(&cluster).await;
        // Every lane holds connections when the server goes.
        let ask_all = async || {
            let both = futures_util::future::join(
                links::find(&store, domain, "one"),
                links::find(&store, domain, "two"),
            );
            let (one, two) = both.await;
            [kind(one), kind(two), kind(store.ping().await), kind(domains::all(&store).await)]
        };
        assert_eq!(ask_all().await, ["done"; 4]);

        cluster.stop();
        cluster.start_again();

        eventually_async(SOON, "the closed connections are noticed", async || {
            ask_all().await == ["done"; 4]
        })
        .await;
        for _ in 0..5 {
            assert_eq!(ask_all().await, ["done"; 4], "noticed once and for all");
        }
    });
}

#[test]
fn a_killed_server_is_unavailable_and_keeps_what_it_answered() {
    let mut cluster = Cluster::start();
    runtime().block_on(async {
        let (store, domain) = store_on(&cluster).await;
        let new = links::NewLink {
            workspace: facts::default_workspace(&store).await.expect("a workspace"),
            domain,
            code: links::CodeChoice::Random { length: 7 },
            url: "https://example.com/".into(),
            status: RedirectStatus::Found,
            title: None,
            expires_at: None,
            max_clicks: None,
            conduct: Conduct::default(),
            note: None,
            tags: Tags::default(),
        };
        let link = links::create(&store, new, None).await.expect("a link");

        cluster.kill();
        asks_in_vain(&store, domain).await;
        cluster.start_again();

        let found = eventually_async(SOON, "it answers again", async || {
            links::find(&store, domain, link.code.as_str()).await.ok()
        });
        assert_eq!(found.await.map(|found| found.id), Some(link.id));
    });
}

#[test]
fn a_frozen_server_is_unavailable_when_the_time_is_up_and_heals() {
    let cluster = Cluster::start();
    runtime().block_on(async {
        let (store, domain) = store_on(&cluster).await;
        assert_eq!(kind(links::find(&store, domain, "any").await), "done");

        cluster.freeze();
        for _ in 0..3 {
            asks_in_vain(&store, domain).await;
        }
        let started = Instant::now();
        assert_eq!(kind(facts::found(&store, None).await), "unavailable");
        assert!(started.elapsed() < LEARNT, "only after {:?}", started.elapsed());

        cluster.thaw();
        eventually_async(SOON, "it answers again", async || {
            links::find(&store, domain, "any").await.is_ok()
        })
        .await;
        for _ in 0..10 {
            assert_eq!(kind(links::find(&store, domain, "any").await), "done");
        }
    });
}

#[test]
fn an_abandoned_statement_does_not_hold_up_the_next_one() {
    founded(Engine::Postgres, async |fixture: &Fixture| {
        let link = fixture.link("locked").await;
        let one = Limits { redirect_connections: 1, ..fixture::LIMITS };
        let store = fixture.open_with(one);
        let found = links::find(&store, fixture.domain, "locked").await.expect("an answer");
        assert!(found.is_some());
        let blocker = fixture.client().await;
        blocker
            .batch_execute("BEGIN; LOCK TABLE links IN ACCESS EXCLUSIVE MODE")
            .await
            .expect("the lock");

        for _ in 0..3 {
            let blocked = links::find(&store, fixture.domain, "locked");
            let abandoned = tokio::time::timeout(Duration::from_millis(100), blocked).await;
            assert!(abandoned.is_err(), "the table is locked");
            // The same lane, whose only connection is busy with what nobody waits for.
            let next = changes::since(&store, fixture.now().await);
            in_time(Duration::from_secs(2), "another table's rows", next).await.expect("rows");
        }

        blocker.batch_execute("ROLLBACK").await.expect("the end of the lock");
        let found = links::find(&store, fixture.domain, "locked");
        let found = in_time(SOON, "the link", found).await.expect("an answer");
        assert_eq!(found.map(|found| found.id), Some(link.id));
    });
}

#[test]
fn a_locked_row_delays_a_change_and_then_refuses_it() {
    founded(Engine::Postgres, async |fixture: &Fixture| {
        let link = fixture.link("locked").await;
        let store = fixture.open_with(LIMITS);
        let blocker = fixture.client().await;
        blocker.batch_execute("BEGIN; UPDATE links SET title = 'held'").await.expect("the lock");

        let edit = links::Edit { title: Some(Some("mine".into())), ..links::Edit::default() };
        let change = links::change(&store, fixture.workspace, link.id, None, edit.clone());
        let refused = in_time(SOON, "an answer", change).await;
        assert_eq!(kind(refused), "unavailable");

        blocker.batch_execute("ROLLBACK").await.expect("the end of the lock");
        let changed = links::change(&store, fixture.workspace, link.id, None, edit).await;
        assert_eq!(changed.expect("a change").link.version, 2, "the first try left nothing");
    });
}

#[test]
fn a_deadlock_with_somebody_else_is_tried_again() {
    founded(Engine::Postgres, async |fixture: &Fixture| {
        let mut ids = [fixture.link("one").await.id, fixture.link("two").await.id];
        ids.sort_unstable();
        let [low, high] = ids;
        let sums: Vec<_> = ids
            .map(|link| clicks::ClickSum {
                subject: link.into(),
                workspace: fixture.workspace,
                quarter: Millis::from_epoch(0),
                count: fixture::count(1, 0),
            })
            .into();
        let rows = Arc::new(clicks::ClickRows { sums, ..clicks::ClickRows::default() });
        let stream = StreamId::from_stored(1);
        let batch = move |from| clicks::Batch {
            node: NodeId::from_stored(1),
            steps: [clicks::Step {
                stream,
                from: clicks::Mark::at(from),
                to: clicks::Mark::at(from + 1),
            }]
            .into(),
            rows: Arc::clone(&rows),
        };
        clicks::absorb(&fixture.store, batch(0)).await.expect("the rows are there");

        // Somebody who takes the rows the other way round, and waits for ours in the middle.
        let (other, watcher) = (fixture.client().await, fixture.client().await);
        other.batch_execute("SET deadlock_timeout = '60s'; BEGIN").await.expect("a transaction");
        let me = other.query_one("SELECT pg_backend_pid()", &[]).await.expect("an answer");
        let me: i32 = me.get(0);
        let bots = "UPDATE click_totals SET bots = bots + 1 WHERE subject_id = $1";
        other.execute(bots, &[&high.get()]).await.expect("the higher row");
        let store = fixture.store.clone();
        let flush = tokio::spawn(async move { clicks::absorb(&store, batch(1)).await });
        eventually_async(SOON, "the flush waits for the higher row", async || {
            let sql = "SELECT pid FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))";
            !watcher.query(sql, &[&me]).await.expect("an answer").is_empty()
        })
        .await;
        other.execute(bots, &[&low.get()]).await.expect("the flush gave way");
        other.batch_execute("COMMIT").await.expect("a commit");

        let absorbed = in_time(SOON, "the flush", flush).await.expect("no panic");
        assert_eq!(absorbed.expect("an answer"), clicks::Absorbed::Now);
        for link in ids {
            assert_eq!(fixture.total(link).await, fixture::count(2, 1));
        }
    });
}

#[test]
fn the_password_is_never_shown() {
    const SECRET: &str = "hunter2-secret";
    runtime().block_on(async {
        let mut elsewhere = Url::parse(shared_server()).expect("a URL");
        elsewhere.set_password(Some(SECRET)).expect("a host");
        elsewhere.set_path("nowhere");
        let addresses = [
            // No such database; nobody listens; no port; an unknown mode; an unknown word; no host.
            elsewhere.to_string(),
            format!("postgres://carom:{SECRET}@127.0.0.1:1/x"),
            format!("postgres://carom:{SECRET}@127.0.0.1:port/x"),
            format!("postgres://carom:{SECRET}@127.0.0.1/x?sslmode=maybe"),
            format!("postgres://carom:{SECRET}@127.0.0.1/x?unknown=word"),
            format!("postgres://carom:{SECRET}@[::1/x"),
        ];
        for address in addresses {
            let location = match Location::parse(&address) {
                Ok(location) => location,
                Err(error) => {
                    assert!(!format!("{error}{error:?}").contains(SECRET), "{error:?}");
                    continue;
                }
            };
            let mut said = format!("{location:?}");
            let mut tell = |error: &Error| {
                said += &format!("{error}\n{error:?}\n{}\n", telemetry::in_full(error));
            };
            match Store::open(&location, Path::new("/nonexistent"), LIMITS) {
                Err(error) => tell(&error),
                Ok(store) => {
                    tell(&store.ping().await.expect_err("nothing there"));
                    let refused = store.migrate().await.expect_err("nothing there");
                    said += &format!("{refused}\n{refused:?}\n{}\n", telemetry::in_full(&refused));
                    said += &store.describe();
                }
            }
            assert!(!said.contains(SECRET), "{address}: {said}");
        }
    });
}

#[test]
fn what_must_be_encrypted_is_never_said_plainly() {
    // A server without a certificate, which the shared one may have.
    let cluster = Cluster::start();
    runtime().block_on(async {
        let database = cluster.fresh_database();
        let with_mode = |mode| open(&format!("{}&sslmode={mode}", database.url));

        assert_eq!(kind(with_mode("require").ping().await), "unavailable");
        assert_eq!(kind(with_mode("verify-full").ping().await), "unavailable");
        assert_eq!(kind(with_mode("prefer").ping().await), "done");
        assert_eq!(kind(with_mode("disable").ping().await), "done");
    });
}
