//! A load that an edit overtakes: its answer from before the edit arrives after the edit is known.

use super::fixture::{Editor, Nodes, RUNG, know, target, version_at};
use crate::support::http::Connection;
use crate::support::wait::{SOON, eventually};

/// How often: each time the old answer has another chance to stay.
const ROUNDS: u64 = 5;

#[test]
fn a_load_that_an_edit_overtakes_leaves_nothing_stale() {
    let nodes = Nodes::start(2, |_, options| options.set("CAROM_CACHE__LOAD_BUDGET_MS", 10_000));
    let (node, network) = (&nodes.nodes[1], &nodes.networks[1]);
    let mut editor = Editor::at(nodes.first());
    for round in 0..ROUNDS {
        let (before, after) = (100 + 2 * round, 101 + 2 * round);
        let forgotten = node.metric("changed_codes_forgotten_total");
        let link = nodes.first().link_to(&target(before));
        eventually(SOON, "the new link is no news", || {
            node.metric("changed_codes_forgotten_total") > forgotten
        });

        network.hold(&target(before));
        let mut visitor = Connection::open(node.edge());
        visitor.send("GET", &format!("/{}", link.code), &[], b"");
        eventually(SOON, "the store's answer is on its way", || network.waiting() == 1);
        let forgotten = node.metric("changed_codes_forgotten_total");
        editor.lead_to(&link, after);
        eventually(RUNG, "the edit is known", || {
            node.metric("changed_codes_forgotten_total") > forgotten
        });
        network.let_go();

        // The visitor asked before the edit, and may get what was true then.
        let response = visitor.read_response();
        assert_eq!(response.header("location"), Some(target(before).as_str()));
        assert_eq!(version_at(node, &link), Some(after), "and nobody else does");
        know(node, &link, after);
    }
}
