//! Edits and bans on three nodes, seen on the others while changes ring.

use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use serde_json::json;

use super::fixture::{Editor, Nodes, RUNG, know};
use super::watch::{Edit, Sightings};
use crate::support::carom::{Carom, Options};
use crate::support::http::get;
use crate::support::wait::{SOON, eventually};

/// Edits of all editors.
const EDITS: u64 = 10_000;

/// Editors at each node.
const EDITORS: usize = 2;

/// Links that each of them edits in turn.
const LINKS: usize = 50;

#[test]
fn ten_thousand_edits_are_each_seen_on_the_other_nodes_within_a_second() {
    let nodes = Nodes::start(3, |_, options| options);
    let editors = nodes.nodes.len() * EDITORS;
    let links = nodes.known_links(editors * LINKS);

    let mut seen = thread::scope(|scope| {
        let mut watchers = Vec::new();
        let mut told = Vec::new();
        for node in &nodes.nodes {
            let (tell, edits) = mpsc::channel();
            told.push(tell);
            watchers.push(scope.spawn(move || Sightings::at(node.edge(), &edits)));
        }
        for (place, links) in links.chunks(LINKS).enumerate() {
            let home = place % nodes.nodes.len();
            let others = told.iter().enumerate().filter(|(node, _)| *node != home);
            let others: Vec<_> = others.map(|(_, tell)| tell.clone()).collect();
            let mut editor = Editor::at(&nodes.nodes[home]);
            scope.spawn(move || {
                for number in 0..EDITS / editors as u64 {
                    let link = &links[number as usize % LINKS];
                    let version = 1 + number / LINKS as u64;
                    editor.lead_to(link, version);
                    let path = format!("/{}", link.code);
                    let edit = Edit { path, version, answered: Instant::now() };
                    for tell in &others {
                        tell.send(edit.clone()).expect("the watcher lives");
                    }
                }
            });
        }
        drop(told);
        let seen = watchers.into_iter().map(|watcher| watcher.join().expect("no panic"));
        seen.reduce(Sightings::and).expect("a watcher")
    });

    let edits = EDITS / editors as u64 * editors as u64;
    assert_eq!(seen.count() as u64, edits * (nodes.nodes.len() - 1) as u64);
    seen.are_within(RUNG, "10,000 edits on three nodes");
    for node in &nodes.nodes {
        let (rings, readings) =
            (node.metric("change_rings_total"), node.metric("change_readings_total"));
        // Rings of a moment without a connection are lost; here there was hardly any.
        assert!(rings > edits / 2, "edits ring: {rings}");
        assert!(readings < rings / 2, "many rings are one reading: {readings} of {rings}");
    }
}

#[test]
fn a_ban_reaches_every_node_like_an_edit() {
    let nodes = Nodes::start(3, |_, options| options);
    let links = nodes.known_links(3);
    let is_gone = |node: &Carom, code: &str| get(node.edge(), &format!("/{code}")).status == 410;

    // By the API of one node, of another, and by the command line, which is another process.
    let mut editor = Editor::at(&nodes.nodes[0]);
    editor.edit(&links[0], &json!({ "state": "disabled" }));
    for node in &nodes.nodes {
        eventually(RUNG, "the ban is known", || is_gone(node, &links[0].code));
    }
    let mut editor = Editor::at(&nodes.nodes[2]);
    editor.edit(&links[1], &json!({ "state": "disabled" }));
    for node in &nodes.nodes {
        eventually(RUNG, "the ban is known", || is_gone(node, &links[1].code));
    }
    let arguments = ["link", "edit", &links[2].code, "--disable"];
    let output = nodes.first().command(&arguments).output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for node in &nodes.nodes {
        eventually(RUNG, "the ban is known", || is_gone(node, &links[2].code));
    }

    editor.edit(&links[0], &json!({ "state": "active" }));
    for node in &nodes.nodes {
        know(node, &links[0], 0);
    }
}

#[test]
fn what_the_command_line_changes_beside_a_server_on_sqlite_is_seen_by_the_poll() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/0");
    know(&carom, &link, 0);
    let arguments = ["link", "edit", &link.code, "--url", "https://example.com/1"];

    let output = carom.command(&arguments).output().expect("the program runs");

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    know(&carom, &link, 1);
    assert_eq!(carom.metric("change_doorbell_up"), 0, "nothing rings on a file");
    assert!(carom.metric("change_lag_seconds") <= SOON.as_secs());
}
