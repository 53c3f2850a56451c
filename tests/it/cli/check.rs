//! Recounting clicks.

use carom::model::dimension::Dimension;
use carom::model::id::LinkId;
use carom::model::time::Millis;
use std::time::Duration;

use super::place::Place;
use crate::support::seed::{Known as _, Seed};

on_both!(clicks_that_add_up_are_said_to, a_row_altered_by_hand_is_found);

/// Clicks of one link, some hours ago.
fn filled(place: &Place) -> LinkId {
    place.text(&["migrate"]);
    let link = LinkId::random();
    place.in_store(async |store| {
        let mut seed = Seed::of(store).await;
        for hour in 2..12 {
            let at = Millis::now().before(Duration::from_secs(hour * 3600));
            seed.click(link, at).with(Dimension::Country, "DE");
        }
        seed.absorb(store).await;
    });
    link
}

fn clicks_that_add_up_are_said_to(place: &Place) {
    let empty = place.text(&["check", "--clicks"]);
    assert!(empty.contains("0 subjects; there are no visits to compare"), "{empty}");
    filled(place);
    let text = place.text(&["check", "--clicks"]);
    assert!(text.starts_with("recounted the clicks of 3 subjects; visits were compared since"));
    assert!(text.ends_with("everything adds up\n"), "{text}");
    let report = place.json(&["check", "--clicks"]);
    assert_eq!((&report["subjects"], &report["differences"]), (&3.into(), &serde_json::json!([])));
    assert_eq!(place.run(&["check"]).status.code(), Some(2), "what to check must be said");
}

fn a_row_altered_by_hand_is_found(place: &Place) {
    let link = filled(place);
    place.alter(&format!("UPDATE click_totals SET people = 12 WHERE subject_id = {link}"));

    let output = place.run(&["check", "--clicks"]);

    let printed = String::from_utf8(output.stdout).expect("text");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert_eq!(said, "carom: 2 differences were found\n");
    let row = printed.lines().find(|line| line.contains(&link.to_string())).expect("its row");
    let words: Vec<_> = row.split_whitespace().collect();
    assert_eq!(words, ["link", &link.to_string(), "quarters", "12", "+", "0", "10", "+", "0"]);
    let workspace = printed.lines().find(|line| line.starts_with("workspace")).expect("a row");
    assert!(workspace.contains("links") && workspace.contains("12 + 0"), "{printed}");

    let output = place.run(&["check", "--clicks", "--json"]);
    assert_eq!(output.status.code(), Some(6));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let differences = report["differences"].as_array().expect("a list");
    let of_link = differences.iter().find(|it| it["kind"] == "link").expect("the link's");
    assert_eq!(of_link["id"], link.to_string());
    assert_eq!(
        (&of_link["stored"]["people"], &of_link["recounted"]["people"]),
        (&12.into(), &10.into())
    );
}
