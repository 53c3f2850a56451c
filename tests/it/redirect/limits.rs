//! Links with a click limit: never more redirects for people than the limit says, whoever asks,
//! wherever, whatever fails meanwhile.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use carom::model::time::Millis;
use rusqlite::Connection as Sqlite;
use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, Response, get, request};
use crate::support::postgres::{Cluster, fresh_database};
use crate::support::wait::{SOON, eventually};

/// For the store to be found well again: a second between two tries, and then some.
const HEALED: Duration = Duration::from_secs(15);

/// A server that waits for its store however busy the machine is.
fn patient(options: Options) -> Carom {
    let options = options.set("CAROM_CACHE__LOAD_BUDGET_MS", 10_000);
    Carom::start(options.set("CAROM_STORE__REDIRECT_WAIT_MS", 10_000))
}

fn limited(carom: &Carom, max: u32) -> Link {
    carom.create_link(&json!({ "url": "https://example.com/", "max_clicks": max }))
}

fn follow(carom: &Carom, link: &Link) -> u16 {
    get(carom.edge(), &format!("/{}", link.code)).status
}

fn follow_as(carom: &Carom, link: &Link, method: &str, headers: &[(&str, &str)]) -> u16 {
    request(carom.edge(), method, &format!("/{}", link.code), headers, b"").status
}

/// What the API says of the link.
fn shown(carom: &Carom, link: &Link) -> Value {
    let response = carom.call("GET", &format!("/api/v1/links/{}", link.id), None);
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

/// The answers to 8 clients at a time, who follow a link `times` each at any of these servers.
fn hammer(servers: &[SocketAddr], link: &Link, times: usize) -> Vec<u16> {
    let path = format!("/{}", link.code);
    let client = |server: SocketAddr| {
        let mut connection = Connection::open(server);
        let mut ask = || {
            connection.send("GET", &path, &[], b"");
            connection.read_response().status
        };
        (0..times).map(|_| ask()).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|place| servers[place % servers.len()])
            .map(|server| scope.spawn(move || client(server)))
            .collect();
        clients.into_iter().flat_map(|client| client.join().expect("answers")).collect()
    })
}

#[track_caller]
fn assert_redirects(answers: &[u16], redirects: usize) {
    let count = |status: u16| answers.iter().filter(|it| **it == status).count();
    assert_eq!((count(302), count(410)), (redirects, answers.len() - redirects), "{answers:?}");
}

fn as_many_redirects_as_the_limit_says(mut carom: Carom) {
    let link = limited(&carom, 50);
    let answers = hammer(&[carom.edge()], &link, 5);
    assert_redirects(&answers, 40);
    carom.restart();
    let answers = hammer(&[carom.edge()], &link, 5);
    assert_redirects(&answers, 10);
    carom.restart();
    assert_eq!(follow(&carom, &link), 410, "a start is no new beginning");

    let clicks = carom.clicks(&link);
    assert_eq!((clicks.total, clicks.people), (50, 50));
    let shown = shown(&carom, &link);
    assert_eq!((&shown["max_clicks"], &shown["claimed_clicks"]), (&json!(50), &json!(50)));
}

#[test]
fn a_limited_link_redirects_as_often_as_its_limit_says_through_restarts_on_sqlite() {
    as_many_redirects_as_the_limit_says(patient(Options::sqlite()));
}

#[test]
fn a_limited_link_redirects_as_often_as_its_limit_says_through_restarts_on_postgres() {
    let database = fresh_database();
    as_many_redirects_as_the_limit_says(patient(Options::postgres(&database.url)));
}

#[test]
fn two_nodes_together_redirect_as_often_as_the_limit_says() {
    let database = fresh_database();
    let one = patient(Options::postgres(&database.url));
    let other = patient(Options::postgres(&database.url).key(one.key()));
    let link = limited(&one, 60);

    let answers = hammer(&[one.edge(), other.edge()], &link, 15);

    assert_redirects(&answers, 60);
    for node in [&one, &other] {
        assert_eq!(follow(node, &link), 410);
        eventually(SOON, "both have flushed", || node.clicks(&link).stored == 60);
    }
}

#[test]
fn programs_use_up_no_click_and_are_turned_away_with_the_others() {
    let carom = patient(Options::sqlite());
    let link = limited(&carom, 2);
    let prefetch: &[(&str, &str)] = &[("sec-purpose", "prefetch")];
    let programs =
        || [follow_as(&carom, &link, "HEAD", &[]), follow_as(&carom, &link, "GET", prefetch)];
    assert_eq!(programs(), [302, 302]);
    assert_eq!(follow(&carom, &link), 302);
    assert_eq!(programs(), [302, 302]);
    assert_eq!(shown(&carom, &link)["claimed_clicks"], 1);
    assert_eq!(follow(&carom, &link), 302);
    // Nobody has been refused yet, so the store must be asked.
    assert_eq!(programs(), [410, 410]);
    assert_eq!(follow(&carom, &link), 410);

    let clicks = carom.clicks(&link);
    assert_eq!((clicks.people, clicks.bots), (2, 4));
}

#[test]
fn a_limit_can_be_raised_lowered_and_taken_away() {
    let carom = patient(Options::sqlite());
    let link = limited(&carom, 2);
    let follow_all = |times: usize| (0..times).map(|_| follow(&carom, &link)).collect::<Vec<_>>();
    let limit = |max: Value| carom.change_link(&link, &json!({ "max_clicks": max }));
    assert_eq!(follow_all(3), [302, 302, 410]);
    limit(json!(4));
    assert_eq!(follow_all(3), [302, 302, 410]);
    limit(json!(10));
    assert_eq!(follow_all(1), [302]);
    limit(json!(3));
    assert_eq!(follow_all(1), [410], "five are used up");
    assert_eq!(shown(&carom, &link)["claimed_clicks"], 5);
    limit(Value::Null);
    assert_eq!(follow_all(3), [302, 302, 302]);
    assert_eq!(shown(&carom, &link).get("claimed_clicks"), None);
    limit(json!(6));
    assert_eq!(follow_all(2), [302, 410], "what was claimed stays claimed");
}

#[test]
fn a_limited_link_ends_with_its_clicks_or_with_its_time() {
    let carom = patient(Options::sqlite());
    let never = "2100-01-01T00:00:00Z";
    let make = |max: u32, end: &str| {
        let url = "https://example.com/";
        carom.create_link(&json!({ "url": url, "max_clicks": max, "expires_at": end }))
    };
    let by_clicks = make(1, never);
    assert_eq!((follow(&carom, &by_clicks), follow(&carom, &by_clicks)), (302, 410));
    let soon = Millis::from_epoch(Millis::now().get() + 1_000).to_string();
    let by_time = make(1_000_000, &soon);
    let mut redirected = 0;
    eventually(SOON, "its time is up", || {
        let status = follow(&carom, &by_time);
        redirected += u64::from(status == 302);
        status == 410
    });
    assert_eq!(carom.clicks(&by_time).total, redirected);
    assert_eq!(shown(&carom, &by_time)["claimed_clicks"], redirected, "its end claims nothing");
    let off = carom.change_link(&make(5, never), &json!({ "state": "disabled" }));
    assert_eq!(follow(&carom, &off), 410);
    assert_eq!(shown(&carom, &off)["claimed_clicks"], 0);
}

#[test]
fn browsers_do_not_remember_a_limited_link() {
    let carom = patient(Options::sqlite());
    let body = json!({ "url": "https://example.com/", "status": 301, "max_clicks": 5 });
    let link = carom.create_link(&body);
    let response = get(carom.edge(), &format!("/{}", link.code));
    assert_eq!(
        (response.status, response.header("cache-control")),
        (301, Some("private, no-store"))
    );
}

/// A count of `/metrics`.
fn claims(carom: &Carom, outcome: &str) -> u64 {
    let name = format!("carom_claims_total{{outcome=\"{outcome}\"}}");
    let metrics = get(carom.admin(), "/metrics");
    let count =
        metrics.text().lines().find_map(|line| line.strip_prefix(&name)?.trim().parse().ok());
    count.unwrap_or_else(|| panic!("`{name}`: {}", metrics.text()))
}

#[test]
fn only_clicks_that_may_be_left_ask_the_store() {
    let carom = patient(Options::sqlite());
    let plain = carom.link_to("https://example.com/");
    let link = limited(&carom, 3);
    for _ in 0..10 {
        assert_eq!(follow(&carom, &plain), 302);
        follow(&carom, &link);
    }
    let asked = ["granted", "exhausted", "refused", "failed"].map(|it| claims(&carom, it));
    assert_eq!(asked, [3, 1, 0, 0], "the store says once that none is left");
}

#[track_caller]
fn assert_try_again(response: &Response) {
    assert_eq!(response.status, 503, "{}", response.text());
    assert!(response.header("retry-after").is_some());
    assert_eq!(response.header("location"), None);
}

/// Follows until the link is exhausted, and counts the redirects.
fn use_up(carom: &Carom, link: &Link) -> u64 {
    let mut redirected = 0;
    eventually(HEALED, "the link is used up", || {
        let status = follow(carom, link);
        assert!(matches!(status, 302 | 410 | 503), "never {status}");
        redirected += u64::from(status == 302);
        status == 410
    });
    redirected
}

#[test]
fn a_limited_link_waits_for_a_database_that_is_stopped() {
    an_outage_redirects_nobody(Cluster::stop, Cluster::start_again);
}

#[test]
fn a_limited_link_waits_for_a_database_that_is_frozen() {
    an_outage_redirects_nobody(|cluster| cluster.freeze(), |cluster| cluster.thaw());
}

fn an_outage_redirects_nobody(begin: impl FnOnce(&mut Cluster), end: impl FnOnce(&mut Cluster)) {
    let mut cluster = Cluster::start();
    let carom = Carom::start(Options::postgres(&cluster.fresh_database().url));
    let (plain, link) = (carom.link_to("https://example.com/"), limited(&carom, 20));
    let path = format!("/{}", link.code);
    assert_eq!(follow(&carom, &plain), 302);
    eventually(SOON, "a first click", || follow(&carom, &link) == 302);

    begin(&mut cluster);
    for _ in 0..12 {
        assert_try_again(&get(carom.edge(), &path));
        assert_eq!(follow_as(&carom, &link, "HEAD", &[]), 503);
        assert_eq!(follow(&carom, &plain), 302);
    }
    end(&mut cluster);

    let redirected = 1 + use_up(&carom, &link);
    assert!((2..=20).contains(&redirected), "{redirected}");
    assert_eq!(shown(&carom, &link)["claimed_clicks"], 20);
    assert_eq!(carom.clicks(&link).people, redirected);
}

#[test]
fn no_redirect_is_without_a_claim_when_the_database_dies_again_and_again() {
    let mut cluster = Cluster::start();
    let carom = Carom::start(Options::postgres(&cluster.fresh_database().url));
    let link = limited(&carom, 1_000_000);
    let path = format!("/{}", link.code);
    let (redirected, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let began = Instant::now();
    let client = || {
        let mut connection = Connection::open(carom.edge());
        // An end of its own: a test that fails must not wait for it for ever.
        while !is_over.load(Ordering::Relaxed) && began.elapsed() < 8 * HEALED {
            connection.send("GET", &path, &[], b"");
            let status = connection.read_response().status;
            assert!(matches!(status, 302 | 503), "never {status}");
            redirected.fetch_add(u64::from(status == 302), Ordering::Relaxed);
        }
    };
    let redirects_go_on = || {
        let before = redirected.load(Ordering::Relaxed);
        eventually(HEALED, "redirects go on", || redirected.load(Ordering::Relaxed) > before + 50);
    };
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(client);
        }
        for _ in 0..3 {
            redirects_go_on();
            cluster.kill();
            cluster.start_again();
        }
        redirects_go_on();
        is_over.store(true, Ordering::Relaxed);
    });

    let redirected = redirected.into_inner();
    let claimed = shown(&carom, &link)["claimed_clicks"].as_u64().expect("a count");
    assert!(claimed >= redirected, "{claimed} claims, {redirected} redirects");
    assert_eq!(carom.clicks(&link).people, redirected);
}

#[test]
fn visitors_who_were_sent_away_use_up_no_click() {
    let carom = Carom::start(Options::sqlite().set("CAROM_CACHE__LOAD_BUDGET_MS", 500));
    let link = limited(&carom, 6);
    let path = format!("/{}", link.code);
    eventually(SOON, "a first click", || follow(&carom, &link) == 302);
    let other = Sqlite::open(carom.data_dir().join("carom.db")).expect("the store's file");
    other.busy_timeout(SOON).expect("a number");
    other.execute_batch("BEGIN IMMEDIATE").expect("the writer's lock");
    for _ in 0..4 {
        assert_try_again(&get(carom.edge(), &path));
    }
    other.execute_batch("COMMIT").expect("the end of the lock");

    // Writers before them in the queue have gone when the API has written too.
    carom.change_link(&link, &json!({ "title": "free again" }));
    assert_eq!(shown(&carom, &link)["claimed_clicks"], 1);
    assert!((1..=5).contains(&use_up(&carom, &link)));
}

/// Runs `meanwhile` while every claim waits for a lock. What it is given tells how many do.
fn while_claims_wait(url: &str, meanwhile: impl FnOnce(&dyn Fn() -> usize)) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let client = async || -> Client {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server");
        tokio::spawn(connection);
        client
    };
    let lock = "BEGIN; LOCK TABLE claimed_clicks IN EXCLUSIVE MODE";
    let (blocker, watcher) = runtime.block_on(async {
        let blocker = client().await;
        blocker.batch_execute(lock).await.expect("the lock");
        (blocker, client().await)
    });
    let waiting = || {
        let sql =
            "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'claimed_clicks'::regclass";
        runtime.block_on(watcher.query(sql, &[])).expect("an answer").len()
    };
    meanwhile(&waiting);
    runtime.block_on(blocker.batch_execute("ROLLBACK")).expect("the end of the lock");
}

/// A visitor who has asked and waits for the answer.
fn visitor(carom: &Carom, link: &Link) -> Connection {
    let mut visitor = Connection::open(carom.edge());
    visitor.send("GET", &format!("/{}", link.code), &[], b"");
    visitor
}

#[test]
fn a_crowd_at_a_limited_link_does_not_hold_up_the_others() {
    let database = fresh_database();
    let options = Options::postgres(&database.url).set("CAROM_CACHE__LOADS_MAX", 20);
    let carom = patient(options);
    let link = limited(&carom, 5);
    let cold: Vec<_> =
        (0..10).map(|place| carom.link_to(&format!("https://{place}.example/"))).collect();
    let mut crowd = Vec::new();

    while_claims_wait(&database.url, |waiting| {
        crowd.extend((0..20).map(|_| visitor(&carom, &link)));
        eventually(SOON, "claims wait", || waiting() > 0);
        // Whoever comes when all slots are taken is told so at once; the others wait with the crowd.
        eventually(SOON, "all slots are taken", || {
            crowd.push(visitor(&carom, &link));
            claims(&carom, "refused") > 0
        });
        for link in &cold {
            assert_eq!(follow(&carom, link), 302);
        }
        assert!(waiting() <= 4, "{} are at the store", waiting());
    });

    let answers: Vec<_> = crowd.iter_mut().map(|visitor| visitor.read_response().status).collect();
    let redirects = answers.iter().filter(|status| **status == 302).count();
    assert_eq!(redirects, 5, "{answers:?}");
    assert!(answers.contains(&503), "{answers:?}");
}

#[test]
fn a_visitor_who_leaves_does_not_take_the_claim_along() {
    let database = fresh_database();
    let carom = patient(Options::postgres(&database.url));
    let link = limited(&carom, 5);

    while_claims_wait(&database.url, |waiting| {
        let leaves = visitor(&carom, &link);
        eventually(SOON, "a claim waits", || waiting() == 1);
        drop(leaves);
        assert_eq!(waiting(), 1);
    });

    eventually(SOON, "it was made", || shown(&carom, &link)["claimed_clicks"] == 1);
    assert_eq!(use_up(&carom, &link), 4);
}

#[test]
fn a_claim_whose_connection_is_cut_is_tried_again_and_counts_once() {
    let database = fresh_database();
    let carom = patient(Options::postgres(&database.url));
    let link = limited(&carom, 5);
    let mut asks = None;

    while_claims_wait(&database.url, |waiting| {
        asks = Some(visitor(&carom, &link));
        eventually(SOON, "a claim waits", || waiting() == 1);
        cut_whoever_waits(&database.url);
        eventually(SOON, "it waits again", || waiting() == 1);
    });

    assert_eq!(asks.expect("a visitor").read_response().status, 302);
    assert_eq!(shown(&carom, &link)["claimed_clicks"], 1);
    assert_eq!(claims(&carom, "granted"), 1);
}

/// Ends the connections that wait for the lock, and returns when they are gone.
fn cut_whoever_waits(url: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server");
        tokio::spawn(connection);
        let cut = "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks
                   WHERE NOT granted AND relation = 'claimed_clicks'::regclass";
        let cut = client.query(cut, &[]).await.expect("an answer");
        assert_eq!(cut.iter().filter(|row| row.get(0)).count(), 1, "one waited and is gone");
    });
}
