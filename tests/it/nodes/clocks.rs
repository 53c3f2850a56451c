//! Nodes whose clocks are a minute off, either way.

use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use carom::model::time::Millis;
use serde_json::json;

use super::fixture::{BOUND, Editor, Nodes, RUNG, changes_at};
use super::watch::{Edit, Sightings};
use crate::support::proxy::Listening;
use crate::support::wait::{SOON, eventually};

/// How far each node's clock is ahead.
const SKEWS_MS: [i64; 3] = [0, 60_000, -60_000];

/// Edits at each node.
const EDITS: u64 = 60;

/// Edits at every node, seen on all others.
fn edits_seen(nodes: &Nodes) -> Sightings {
    let links = nodes.known_links(nodes.nodes.len() * 10);
    thread::scope(|scope| {
        let mut watchers = Vec::new();
        let mut told = Vec::new();
        for node in &nodes.nodes {
            let (tell, edits) = mpsc::channel();
            told.push(tell);
            watchers.push(scope.spawn(move || Sightings::at(node.edge(), &edits)));
        }
        let (_pause, pauses) = mpsc::channel::<()>();
        let mut editors: Vec<_> = nodes.nodes.iter().map(Editor::at).collect();
        for number in 0..EDITS {
            for (home, editor) in editors.iter_mut().enumerate() {
                let link = &links[home * 10 + number as usize % 10];
                let version = 1 + number / 10;
                editor.lead_to(link, version);
                let path = format!("/{}", link.code);
                let edit = Edit { path, version, answered: Instant::now() };
                for (node, tell) in told.iter().enumerate() {
                    if node != home {
                        tell.send(edit.clone()).expect("the watcher lives");
                    }
                }
            }
            // Nobody sends: edits fall into several readings.
            let _ = pauses.recv_timeout(RUNG / 10);
        }
        drop(told);
        let seen = watchers.into_iter().map(|watcher| watcher.join().expect("no panic"));
        seen.reduce(Sightings::and).expect("a watcher")
    })
}

#[test]
fn nodes_whose_clocks_are_a_minute_off_miss_nothing() {
    let nodes = Nodes::start(SKEWS_MS.len(), |place, options| {
        options.set("SKEW_CAROM_CLOCK_MS", SKEWS_MS[place])
    });
    // An end in half a minute lies in the past of the node that is a minute ahead.
    let end = Millis::from_epoch(Millis::now().get() + 30_000).to_string();
    let made = nodes.nodes.iter().map(|node| {
        let body = json!({ "url": "https://example.com/", "expires_at": end });
        node.call("POST", "/shorten", Some(&body)).status
    });
    assert_eq!(made.collect::<Vec<_>>(), [201, 422, 201], "the clocks are off");

    edits_seen(&nodes).are_within(RUNG, "edits on nodes with wrong clocks");

    for (network, node) in nodes.networks.iter().zip(&nodes.nodes) {
        network.set_listening(Listening::IsCut);
        eventually(SOON, "nothing rings", || node.metric("change_doorbell_up") == 0);
    }
    edits_seen(&nodes).are_within(BOUND, "the same while nothing rings");

    for node in &nodes.nodes {
        assert_eq!(changes_at(node), (200, "followed".to_owned(), None));
        assert!(node.metric("change_lag_seconds") < BOUND.as_secs(), "by no wall clock");
    }
}
