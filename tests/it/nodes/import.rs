//! Many links at once: one ring a transaction, and nobody else's links leave the cache.

use std::time::{Duration, Instant};

use carom::model::code::Code;
use carom::model::link::{Conduct, RedirectStatus};
use carom::model::tag::Tags;
use carom::store::links::{self, BLOCK, CodeChoice, NewLink};
use carom::store::{Limits, Location, Store, domains, facts};
use tokio_postgres::{AsyncMessage, NoTls};

use super::fixture::{Nodes, RUNG, know, version_at};
use crate::support::carom::Carom;
use crate::support::http::get;
use crate::support::wait::{SOON, eventually};

/// Links that are imported.
const LINKS: usize = 100_000;

/// Links that every node knows before.
const KNOWN: usize = 300;

const LIMITS: Limits = Limits {
    redirect_connections: 1,
    admin_connections: 1,
    redirect_wait: Duration::from_secs(10),
    admin_wait: Duration::from_secs(10),
    statement_timeout: Duration::from_secs(10),
};

fn imported(place: usize) -> String {
    format!("imported-{place}")
}

/// Imports links and returns how many announcements somebody else heard meanwhile.
async fn import(database: &str) -> usize {
    let (listener, mut connection) =
        tokio_postgres::connect(database, NoTls).await.expect("the server");
    let (heard, mut rings) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = std::future::poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(ring) = message {
                heard.send(ring.channel().to_owned()).expect("somebody counts");
            }
        }
    });
    listener.batch_execute("LISTEN carom_changes; LISTEN over").await.expect("it listens");
    let directory = tempfile::tempdir().expect("a directory");
    let location = Location::parse(database).expect("a store");
    let store = Store::open(&location, directory.path(), LIMITS).expect("it opens");
    let workspace = facts::default_workspace(&store).await.expect("a workspace");
    let domain = domains::all(&store).await.expect("the domains")[0].id;
    let new = |place: usize| NewLink {
        workspace,
        domain,
        code: CodeChoice::Chosen(Code::parse(&imported(place)).expect("a code")),
        url: format!("https://example.com/{place}"),
        status: RedirectStatus::Found,
        title: None,
        expires_at: None,
        max_clicks: None,
        conduct: Conduct::default(),
        note: None,
        tags: Tags::default(),
    };
    let made = links::create_many(&store, (0..LINKS).map(new).collect()).await.expect("links");
    assert!(made.iter().all(Option::is_some));
    listener.batch_execute("NOTIFY over").await.expect("an end");
    let mut count = 0;
    while rings.recv().await.expect("the end comes") == "carom_changes" {
        count += 1;
    }
    count
}

fn loads(node: &Carom) -> u64 {
    node.metric("lookups_total{layer=\"load\"}")
}

#[test]
fn an_import_rings_once_a_transaction_and_evicts_nobody() {
    let nodes = Nodes::start(3, |_, options| options);
    let known = nodes.known_links(KNOWN);
    let last = imported(LINKS - 1);
    for node in &nodes.nodes {
        assert_eq!(get(node.edge(), &format!("/{last}")).status, 404, "remembered as unknown");
    }
    let before: Vec<_> = nodes
        .nodes
        .iter()
        .map(|node| (loads(node), node.metric("change_readings_total")))
        .collect();
    let began = Instant::now();

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let rings = runtime.block_on(import(&nodes.database.url));

    let took = began.elapsed();
    assert_eq!(rings, LINKS.div_ceil(BLOCK), "one a transaction");
    for (node, (loads_before, readings_before)) in nodes.nodes.iter().zip(before) {
        eventually(RUNG, "the last of them is known", || {
            get(node.edge(), &format!("/{last}")).status == 302
        });
        eventually(SOON, "all of them are followed", || {
            node.metric("changed_codes_forgotten_total") >= LINKS as u64
        });
        for link in &known {
            assert_eq!(version_at(node, link), Some(0));
        }
        let looked_up = loads(node) - loads_before;
        // The last link's, perhaps more than once, and whatever a front's refresh may add.
        assert!(looked_up < 10, "{looked_up} lookups: known links were evicted");
        let readings = node.metric("change_readings_total") - readings_before;
        let most = rings as u64 + 2 * took.as_secs() + 10;
        assert!(readings <= most, "{readings} readings in {took:?}");
        assert_eq!(version_at(node, &known[0]), Some(0));
    }
    let imported_link = nodes.first().call("GET", "/api/v1/links?search=imported-77777", None);
    assert_eq!(imported_link.json()["links"][0]["code"], imported(77_777));
    know_all(&nodes, 77_777);
}

/// An imported link redirects everywhere.
fn know_all(nodes: &Nodes, place: usize) {
    let link = crate::support::admin::Link {
        id: String::new(),
        code: imported(place),
        url: String::new(),
        short_url: String::new(),
    };
    for node in &nodes.nodes {
        know(node, &link, place as u64);
    }
}
