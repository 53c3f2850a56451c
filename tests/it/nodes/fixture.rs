//! Nodes on a Postgres of their own, each with its own way to it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get};
use crate::support::postgres::{Cluster, Database};
use crate::support::proxy::Proxy;
use crate::support::wait::{SOON, eventually};

/// How soon a change is known on every node while it rings.
pub(super) const RUNG: Duration = Duration::from_secs(1);

/// How soon a change is known on every node that can read the store.
pub(super) const BOUND: Duration = Duration::from_secs(5);

/// Nodes on one Postgres; the first one makes the links.
pub(super) struct Nodes {
    pub(super) nodes: Vec<Carom>,
    /// What is between each node and the server.
    pub(super) networks: Vec<Proxy>,
    pub(super) database: Database,
    pub(super) cluster: Cluster,
}

impl Nodes {
    /// So many nodes, each set up by `options`.
    pub(super) fn start(count: usize, options: impl Fn(usize, Options) -> Options) -> Self {
        let cluster = Cluster::start();
        let database = cluster.fresh_database();
        let mut nodes: Vec<Carom> = Vec::new();
        let networks: Vec<_> = (0..count).map(|_| Proxy::to(cluster.address())).collect();
        for (place, network) in networks.iter().enumerate() {
            // Starts are slow on a busy machine, and are not what these tests are about.
            let mut own = Options::postgres(&network.url(&database.url))
                .set("CAROM_EDGE__THREADS", 1)
                // Those who look rest now and then.
                .set("CAROM_EDGE__HEADER_TIMEOUT_MS", 600_000)
                .set("CAROM_EDGE__IDLE_TIMEOUT_MS", 600_000)
                .set("CAROM_STORE__ADMIN_WAIT_MS", 10_000);
            if let Some(first) = nodes.first() {
                own = own.key(first.key());
            }
            nodes.push(Carom::start(options(place, own)));
        }
        let nodes = Self { nodes, networks, database, cluster };
        for node in &nodes.nodes {
            eventually(SOON, "changes ring", || node.metric("change_doorbell_up") == 1);
        }
        nodes
    }

    /// The node that makes links.
    pub(super) fn first(&self) -> &Carom {
        &self.nodes[0]
    }

    /// So many links to version 0, known on every node.
    pub(super) fn known_links(&self, count: usize) -> Vec<Link> {
        let followed = |node: &Carom| node.metric("changed_codes_forgotten_total");
        let before: Vec<_> = self.nodes.iter().map(followed).collect();
        let links: Vec<_> = (0..count).map(|_| self.first().link_to(&target(0))).collect();
        for (node, before) in self.nodes.iter().zip(before).skip(1) {
            // A link that is looked up sooner is forgotten once more.
            eventually(SOON, "new links are no news", || followed(node) >= before + count as u64);
        }
        for node in &self.nodes {
            for link in &links {
                know(node, link, 0);
            }
        }
        links
    }
}

/// Where version `number` of a link leads.
pub(super) fn target(number: u64) -> String {
    format!("https://example.com/{number}")
}

/// Which version of a link an answer's `Location` is.
pub(super) fn version_of(location: &str) -> u64 {
    let number = location.rsplit('/').next().and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("{location} is no target of these tests"))
}

/// The version of a link that a node redirects to; `None` while it cannot or must not.
#[track_caller]
pub(super) fn version_at(node: &Carom, link: &Link) -> Option<u64> {
    let response = get(node.edge(), &format!("/{}", link.code));
    match response.status {
        302 => response.header("location").map(version_of),
        410 | 503 => None,
        status => panic!("{status}: {}", response.text()),
    }
}

/// A node has this version in its cache.
#[track_caller]
pub(super) fn know(node: &Carom, link: &Link, number: u64) {
    eventually(SOON, "the link redirects", || version_at(node, link) == Some(number));
}

/// What `/readyz` says of changes: the status, its state, and since when it is so.
pub(super) fn changes_at(node: &Carom) -> (u16, String, Option<String>) {
    let response = get(node.admin(), "/readyz");
    let body = response.json();
    let changes = &body["changes"];
    let since = changes["since"].as_str().map(str::to_owned);
    (response.status, changes["state"].as_str().expect("a state").to_owned(), since)
}

/// Somebody who edits on one node, on a connection that stays open.
pub(super) struct Editor {
    connection: Connection,
    bearer: String,
}

impl Editor {
    pub(super) fn at(node: &Carom) -> Self {
        let bearer = format!("Bearer {}", node.key());
        Self { connection: Connection::open(node.admin()), bearer }
    }

    /// Changes a link, and waits for the answer.
    #[track_caller]
    pub(super) fn edit(&mut self, link: &Link, body: &Value) {
        let headers =
            [("authorization", self.bearer.as_str()), ("content-type", "application/json")];
        let path = format!("/api/v1/links/{}", link.id);
        self.connection.send("PATCH", &path, &headers, body.to_string().as_bytes());
        let response = self.connection.read_response();
        assert_eq!(response.status, 200, "{}", response.text());
    }

    /// Lets a link lead to another version.
    #[track_caller]
    pub(super) fn lead_to(&mut self, link: &Link, number: u64) {
        self.edit(link, &json!({ "url": target(number) }));
    }
}
