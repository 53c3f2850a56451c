//! The listening connection: what holds while it is cut, held down, or silent.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::fixture::{BOUND, Editor, Nodes, changes_at, know};
use super::watch::{Edit, Sightings};
use crate::support::proxy::Listening;
use crate::support::wait::{SOON, eventually};

/// Edits one after the other on the first node, a moment apart, as the second one sees them.
fn edits_seen(nodes: &Nodes, count: u64, apart: Duration, versions_after: u64) -> Sightings {
    let links = nodes.known_links(10);
    let edge = nodes.nodes[1].edge();
    thread::scope(|scope| {
        let (tell, edits) = mpsc::channel();
        let watcher = scope.spawn(move || Sightings::at(edge, &edits));
        let mut editor = Editor::at(nodes.first());
        let (_pause, pauses) = mpsc::channel::<()>();
        for number in 0..count {
            let link = &links[number as usize % links.len()];
            let version = versions_after + 1 + number / links.len() as u64;
            editor.lead_to(link, version);
            let path = format!("/{}", link.code);
            tell.send(Edit { path, version, answered: Instant::now() }).expect("it lives");
            // Nobody sends.
            let _ = pauses.recv_timeout(apart);
        }
        drop(tell);
        watcher.join().expect("no panic")
    })
}

#[test]
fn a_listening_connection_that_is_cut_again_and_again_keeps_the_bound() {
    let nodes = Nodes::start(2, |_, options| options);
    let network = &nodes.networks[1];

    let mut seen = thread::scope(|scope| {
        let (over, is_over) = mpsc::channel::<()>();
        scope.spawn(move || {
            while is_over.recv_timeout(Duration::from_millis(400)).is_err() {
                network.cut_listening();
            }
        });
        let seen = edits_seen(&nodes, 200, Duration::from_millis(30), 0);
        over.send(()).expect("it still cuts");
        seen
    });

    seen.are_within(BOUND, "edits while the listening connection is cut every 0.4 s");
    let node = &nodes.nodes[1];
    eventually(SOON, "changes ring again", || node.metric("change_doorbell_up") == 1);
}

#[test]
fn a_listening_connection_that_is_held_down_keeps_the_bound_and_is_said_once() {
    let nodes = Nodes::start(2, |_, options| options);
    let node = &nodes.nodes[1];
    let said = |words: &str| node.log().matches(words).count();
    eventually(SOON, "the first ring is answered", || node.metric("change_rings_total") > 0);

    nodes.networks[1].set_listening(Listening::IsCut);
    eventually(SOON, "nothing rings", || node.metric("change_doorbell_up") == 0);
    let rings = node.metric("change_rings_total");
    let mut seen = edits_seen(&nodes, 100, Duration::from_millis(70), 0);

    seen.are_within(BOUND, "edits while the listening connection is held down");
    assert_eq!(node.metric("change_rings_total"), rings);
    assert_eq!(said("changes do not ring here"), 1, "{}", node.log());
    assert_eq!(changes_at(node), (200, "followed".to_owned(), None), "the bound holds");

    nodes.networks[1].set_listening(Listening::Passes);
    eventually(SOON, "changes ring again", || node.metric("change_doorbell_up") == 1);
    assert_eq!(said("changes ring here again"), 1, "{}", node.log());
    edits_seen(&nodes, 20, Duration::ZERO, 0).are_within(BOUND, "edits once it is back");
    assert!(node.metric("change_rings_total") > rings);
}

#[test]
fn a_listening_connection_that_says_nothing_any_more_is_noticed_and_keeps_the_bound() {
    let nodes = Nodes::start(2, |_, options| options);
    let node = &nodes.nodes[1];

    nodes.networks[1].set_listening(Listening::IsMute);
    let mut seen = edits_seen(&nodes, 100, Duration::from_millis(50), 0);

    seen.are_within(BOUND, "edits while the listening connection is silent");
    // Asked after a while whether it is there, it does not answer.
    eventually(3 * SOON, "the silence is noticed", || node.metric("change_doorbell_up") == 0);
    nodes.networks[1].set_listening(Listening::Passes);
    eventually(SOON, "changes ring again", || node.metric("change_doorbell_up") == 1);
}

#[test]
fn a_change_whose_commit_comes_late_is_found_at_once() {
    let nodes = Nodes::start(2, |_, options| options);
    let link = &nodes.known_links(1)[0];
    let sql = format!(
        "BEGIN;
         UPDATE links SET url = 'https://example.com/7' WHERE code = '{code}';
         WITH stamp AS (SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS at)
         INSERT INTO changes (at, id, domain_id, codes)
         SELECT at - 8000, 7, domain_id, '{code}' FROM stamp, links WHERE code = '{code}';
         SELECT pg_notify('carom_changes', CAST(at AS TEXT)) FROM changes WHERE id = 7;
         COMMIT",
        code = link.code
    );

    // Stamped 8 s ago, as by a transaction that took so long.
    nodes.database.execute(&sql);

    let rung = Instant::now();
    for node in &nodes.nodes {
        know(node, link, 7);
    }
    assert!(rung.elapsed() < super::fixture::RUNG, "{:?}", rung.elapsed());
}
