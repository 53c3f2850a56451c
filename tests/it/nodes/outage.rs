//! A node that is cut off from the database, or down, while others change things.

use std::time::{Duration, Instant};

use carom::model::time::Millis;
use serde_json::json;

use super::fixture::{BOUND, Editor, Nodes, changes_at, know, version_at};
use crate::support::admin::Link;
use crate::support::carom::Carom;
use crate::support::http::get;
use crate::support::proxy::Fault;
use crate::support::wait::{SOON, eventually};

/// For how long a node is cut off: longer than any reading of the log looks back.
const CUT_OFF: Duration = Duration::from_secs(60);

fn status_at(node: &Carom, link: &Link) -> u16 {
    get(node.edge(), &format!("/{}", link.code)).status
}

#[test]
fn a_node_cut_off_for_a_minute_says_since_when_and_resynchronises() {
    let nodes = Nodes::start(2, |_, options| options);
    let links = nodes.known_links(6);
    let [edited, banned, deleted, renamed, late, kept] = &links[..] else { panic!("six links") };
    let (there, here) = (nodes.first(), &nodes.nodes[1]);
    let mut editor = Editor::at(there);
    assert_eq!(changes_at(here), (200, "followed".to_owned(), None));

    nodes.networks[1].set(Fault::BlackHole);
    editor.lead_to(edited, 1);
    editor.edit(banned, &json!({ "state": "disabled" }));
    there.delete_link(deleted);
    editor.edit(renamed, &json!({ "code": "another" }));

    let since = eventually(2 * SOON, "/readyz says that the bound is broken", || {
        let (status, state, since) = changes_at(here);
        assert_eq!(status, 200, "known links redirect, so visitors may come");
        (state == "late").then_some(since).flatten()
    });
    assert!(here.metric("change_lag_seconds") >= BOUND.as_secs());
    assert_eq!(get(here.admin(), "/readyz").json()["degraded"], json!(true));
    eventually(2 * CUT_OFF, "a minute has passed", || {
        assert_eq!(version_at(here, kept), Some(0), "known links redirect");
        here.metric("change_lag_seconds") >= CUT_OFF.as_secs()
    });
    assert_eq!(changes_at(here).2.as_deref().map(to_the_second), Some(to_the_second(&since)));
    // The editor's connection has rested for too long.
    Editor::at(there).lead_to(late, 1);
    nodes.networks[1].set(Fault::None);
    let back = Instant::now();

    eventually(SOON, "everything is known", || {
        version_at(here, edited) == Some(1)
            && status_at(here, banned) == 410
            && status_at(here, deleted) == 404
            && status_at(here, renamed) == 404
            && get(here.edge(), "/another").status == 302
            && version_at(here, late) == Some(1)
    });
    assert!(back.elapsed() < BOUND, "known after {:?}", back.elapsed());
    eventually(SOON, "/readyz says so", || changes_at(here) == (200, "followed".to_owned(), None));
    assert_eq!(version_at(here, kept), Some(0));
    assert_eq!(here.log().matches("changes made elsewhere are not known here").count(), 1);
    assert_eq!(here.log().matches("are known here in time again").count(), 1);
}

/// A moment without what two readings of a clock may differ by.
fn to_the_second(moment: &str) -> i64 {
    let moment = Millis::parse(moment).expect("a time");
    (moment.get() + 500) / 1000
}

#[test]
fn what_was_changed_while_a_node_was_down_is_known_before_it_answers() {
    let mut nodes = Nodes::start(2, |_, options| options);
    let links = nodes.known_links(40);
    let (edited, banned) = links.split_at(20);
    let status = nodes.nodes[1].terminate();
    assert!(status.success(), "{status}");
    let mut editor = Editor::at(nodes.first());
    for link in edited {
        editor.lead_to(link, 1);
    }
    for link in banned {
        editor.edit(link, &json!({ "state": "disabled" }));
    }

    nodes.nodes[1].restart();

    let node = &nodes.nodes[1];
    for link in banned {
        let status = status_at(node, link);
        assert!(matches!(status, 410 | 503), "a ban is known from the first answer on: {status}");
    }
    for link in edited {
        assert!(matches!(version_at(node, link), Some(1) | None), "never the old target");
        know(node, link, 1);
    }
}

#[test]
fn a_node_that_starts_without_the_store_says_since_when_it_knows_nothing() {
    let mut nodes = Nodes::start(2, |_, options| options);
    let links = nodes.known_links(3);
    let status = nodes.nodes[1].terminate();
    assert!(status.success(), "{status}");
    let left = Millis::now();
    nodes.networks[1].set(Fault::BlackHole);
    let mut editor = Editor::at(nodes.first());
    editor.lead_to(&links[0], 1);
    editor.edit(&links[1], &json!({ "state": "disabled" }));

    nodes.nodes[1].restart();

    let node = &nodes.nodes[1];
    assert_eq!(version_at(node, &links[2]), Some(0), "from the snapshot");
    let since = eventually(SOON, "it is late", || changes_at(node).2);
    let since = Millis::parse(&since).expect("a time");
    assert!(since <= left, "late since it followed changes last: {since}, not since its start");
    nodes.networks[1].set(Fault::None);
    eventually(2 * SOON, "everything is known", || {
        version_at(node, &links[0]) == Some(1) && status_at(node, &links[1]) == 410
    });
    eventually(SOON, "/readyz says so", || changes_at(node).1 == "followed");
}

#[test]
fn a_database_that_was_down_for_all_nodes_leaves_nothing_stale() {
    let mut nodes = Nodes::start(2, |_, options| options);
    let links = nodes.known_links(4);
    Editor::at(nodes.first()).lead_to(&links[0], 1);
    know(&nodes.nodes[1], &links[0], 1);

    nodes.cluster.stop();
    eventually(2 * SOON, "both say it", || {
        nodes.nodes.iter().all(|node| changes_at(node).1 == "late")
    });
    for node in &nodes.nodes {
        assert_eq!(changes_at(node).0, 200, "there is nowhere else to send visitors");
        assert_eq!(version_at(node, &links[1]), Some(0));
    }
    nodes.cluster.start_again();
    // Past the nodes, as a person with a console would.
    let code = &links[1].code;
    nodes.database.execute(&format!(
        "UPDATE links SET url = 'https://example.com/1' WHERE code = '{code}';
         INSERT INTO changes (at, id, domain_id, codes)
         SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT), 7, domain_id, code
         FROM links WHERE code = '{code}'"
    ));

    for node in &nodes.nodes {
        know(node, &links[1], 1);
        eventually(SOON, "and say so", || changes_at(node).1 == "followed");
        eventually(SOON, "changes ring again", || node.metric("change_doorbell_up") == 1);
    }
}
