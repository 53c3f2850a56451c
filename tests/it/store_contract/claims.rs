//! Promises about clicks of links with a limit: never more than the limit, and each claim once.

use std::path::Path;
use std::time::{Duration, Instant};

use carom::model::id::{ClaimId, LinkId};
use carom::model::max_clicks::MaxClicks;
use carom::model::time::Millis;
use carom::store::claims::{self, Claim, Claimed};
use carom::store::links::{self, NewLink};
use carom::store::{Location, Store};
use futures_util::future::join_all;

use super::fixture::{Fixture, LIMITS, kind, runtime};
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually_async, in_time};

on_both!(founded:
    as_many_claims_are_granted_as_the_limit_says,
    a_claim_counts_once_however_often_it_is_offered,
    a_claim_offered_by_many_at_once_counts_once,
    a_claim_that_was_granted_stays_granted_when_all_are_gone,
    an_exhausted_link_keeps_no_row_of_those_it_refused,
    claims_of_several_links_and_nodes_do_not_disturb_one_another,
    a_raised_limit_goes_on_and_a_lowered_one_ends_where_it_stands,
    what_nobody_waits_for_any_more_is_not_claimed,
    a_claim_whose_caller_hung_up_can_be_offered_again,
    forgotten_claims_stay_counted,
    only_links_with_a_limit_are_asked_for,
);

/// A claim of its own, with all the time it needs.
fn claim_of(link: LinkId, max: u32) -> Claim {
    let max = MaxClicks::try_from(i64::from(max)).expect("a limit");
    Claim { link, id: ClaimId::random(), max, until: Instant::now() + 6 * SOON }
}

async fn offer(store: &Store, claim: Claim) -> Claimed {
    claims::claim(store, claim).await.expect("an answer")
}

/// What the store holds of a link: its count, and how many claims have a row.
async fn held(fixture: &Fixture, link: LinkId) -> (i64, usize) {
    let count = "SELECT claimed FROM claimed_clicks WHERE link_id = $1";
    let count = fixture.rows(count, vec![link.into()]).await;
    let rows = "SELECT claim_id FROM click_claims WHERE link_id = $1";
    let rows = fixture.rows(rows, vec![link.into()]).await;
    (count.first().map_or(0, |row| row.int(0).expect("a count")), rows.len())
}

fn granted(outcomes: &[Claimed]) -> usize {
    outcomes.iter().filter(|outcome| **outcome == Claimed::Granted).count()
}

async fn as_many_claims_are_granted_as_the_limit_says(fixture: &Fixture) {
    let nodes = [fixture.open_again(), fixture.open_again()];
    let link = LinkId::random();

    let offers = (0..200).map(|place| {
        let store = nodes[place % nodes.len()].clone();
        tokio::spawn(async move { offer(&store, claim_of(link, 50)).await })
    });
    let outcomes = in_time(6 * SOON, "all answers", join_all(offers)).await;

    let outcomes: Vec<_> = outcomes.into_iter().map(|outcome| outcome.expect("no panic")).collect();
    assert_eq!(granted(&outcomes), 50);
    assert_eq!(held(fixture, link).await, (50, 50));
}

#[test]
fn a_server_that_serialises_everything_grants_as_many_as_the_limit_says() {
    let database = fresh_database();
    // The URL ends with the option that names the schema.
    let serialises = "%20-cdefault_transaction_isolation%3Dserializable";
    let location = Location::Postgres(format!("{}{serialises}", database.url));
    runtime().block_on(async {
        let store = Store::open(&location, Path::new(""), LIMITS).expect("a store");
        store.migrate().await.expect("a schema");
        let link = LinkId::random();
        // Whom the others were in the way of every time offers the claim again, as visitors do.
        let offers = (0..80).map(async |_| {
            let claim = claim_of(link, 25);
            let try_it = async || claims::claim(&store, claim).await.ok();
            eventually_async(3 * SOON, "an answer", try_it).await
        });
        let outcomes = join_all(offers).await;
        assert_eq!(granted(&outcomes), 25);
    });
}

async fn a_claim_counts_once_however_often_it_is_offered(fixture: &Fixture) {
    let claim = claim_of(LinkId::random(), 3);
    for _ in 0..10 {
        assert_eq!(offer(&fixture.store, claim).await, Claimed::Granted);
    }
    assert_eq!(held(fixture, claim.link).await, (1, 1));
}

async fn a_claim_offered_by_many_at_once_counts_once(fixture: &Fixture) {
    let nodes = [fixture.open_again(), fixture.open_again()];
    // One click only: whoever comes second must find the claim, not the end of the limit.
    let claim = claim_of(LinkId::random(), 1);

    let offers = (0..10).map(|place| {
        let store = nodes[place % nodes.len()].clone();
        tokio::spawn(async move { offer(&store, claim).await })
    });
    let outcomes = in_time(SOON, "all answers", join_all(offers)).await;

    for outcome in outcomes {
        assert_eq!(outcome.expect("no panic"), Claimed::Granted);
    }
    assert_eq!(held(fixture, claim.link).await, (1, 1));
}

async fn a_claim_that_was_granted_stays_granted_when_all_are_gone(fixture: &Fixture) {
    let first = claim_of(LinkId::random(), 1);
    assert_eq!(offer(&fixture.store, first).await, Claimed::Granted);
    let second = Claim { id: ClaimId::random(), ..first };
    assert_eq!(offer(&fixture.store, second).await, Claimed::Exhausted);
    assert_eq!(offer(&fixture.store, first).await, Claimed::Granted);
}

async fn an_exhausted_link_keeps_no_row_of_those_it_refused(fixture: &Fixture) {
    let link = LinkId::random();
    assert!(!claims::is_exhausted(&fixture.store, link, claim_of(link, 2).max).await.expect("it"));
    for _ in 0..2 {
        assert_eq!(offer(&fixture.store, claim_of(link, 2)).await, Claimed::Granted);
    }
    let refused = claim_of(link, 2);
    for claim in [refused, refused, claim_of(link, 2)] {
        assert_eq!(offer(&fixture.store, claim).await, Claimed::Exhausted);
    }
    assert_eq!(held(fixture, link).await, (2, 2));
    assert!(claims::is_exhausted(&fixture.store, link, refused.max).await.expect("an answer"));
}

async fn claims_of_several_links_and_nodes_do_not_disturb_one_another(fixture: &Fixture) {
    let nodes = [fixture.open_again(), fixture.open_again()];
    let links: Vec<_> = (0..4).map(|_| LinkId::random()).collect();
    let shared = ClaimId::random();
    let offers = (0..80).map(|place| {
        let (store, link) = (&nodes[place / links.len() % 2], links[place % links.len()]);
        // An id belongs to its link.
        let id = if place < links.len() { shared } else { ClaimId::random() };
        offer(store, Claim { id, ..claim_of(link, 7) })
    });

    let outcomes = in_time(3 * SOON, "all answers", join_all(offers)).await;

    assert_eq!(granted(&outcomes), 28);
    for link in links {
        assert_eq!(held(fixture, link).await, (7, 7));
    }
}

async fn a_raised_limit_goes_on_and_a_lowered_one_ends_where_it_stands(fixture: &Fixture) {
    let link = LinkId::random();
    let offer_many = async |max: u32| {
        let mut outcomes = Vec::new();
        for _ in 0..4 {
            outcomes.push(offer(&fixture.store, claim_of(link, max)).await);
        }
        granted(&outcomes)
    };
    assert_eq!(offer_many(2).await, 2);
    assert_eq!(offer_many(5).await, 3);
    assert_eq!(offer_many(3).await, 0);
    assert_eq!(offer_many(1_000_000_000).await, 4);
    assert_eq!(held(fixture, link).await, (9, 9));
}

async fn what_nobody_waits_for_any_more_is_not_claimed(fixture: &Fixture) {
    let late = Claim { until: Instant::now(), ..claim_of(LinkId::random(), 5) };
    assert_eq!(kind(claims::claim(&fixture.store, late).await), "busy");
    assert_eq!(held(fixture, late.link).await, (0, 0));
    let in_time = Claim { until: Instant::now() + SOON, ..late };
    assert_eq!(offer(&fixture.store, in_time).await, Claimed::Granted);
    assert_eq!(offer(&fixture.store, late).await, Claimed::Granted, "it counts already");
}

async fn a_claim_whose_caller_hung_up_can_be_offered_again(fixture: &Fixture) {
    let claim = claim_of(LinkId::random(), 1);
    // Polled once, and dropped.
    let hung_up = tokio::time::timeout(Duration::ZERO, claims::claim(&fixture.store, claim)).await;
    assert!(hung_up.is_err() || matches!(hung_up, Ok(Ok(Claimed::Granted))));
    assert_eq!(offer(&fixture.store, claim).await, Claimed::Granted);
    assert_eq!(held(fixture, claim.link).await, (1, 1));
}

async fn forgotten_claims_stay_counted(fixture: &Fixture) {
    let old = claim_of(LinkId::random(), 2);
    assert_eq!(offer(&fixture.store, old).await, Claimed::Granted);
    let between = Millis::from_epoch(fixture.now().await.get() + 1);
    eventually_async(SOON, "the store's clock moves on", async || fixture.now().await > between)
        .await;
    let young = Claim { id: ClaimId::random(), ..old };
    assert_eq!(offer(&fixture.store, young).await, Claimed::Granted);

    assert_eq!(claims::forget(&fixture.store, between).await.expect("an answer"), 1);

    assert_eq!(held(fixture, old.link).await, (2, 1));
    assert_eq!(offer(&fixture.store, young).await, Claimed::Granted, "it is remembered");
    assert_eq!(offer(&fixture.store, claim_of(old.link, 2)).await, Claimed::Exhausted);
}

async fn only_links_with_a_limit_are_asked_for(fixture: &Fixture) {
    let mut made = vec![fixture.link("plain").await];
    for place in 0..20 {
        let max_clicks = MaxClicks::try_from(30).ok();
        let new = NewLink { max_clicks, ..fixture.new_link(&format!("limited-{place}")) };
        let link = links::create(&fixture.store, new, None).await.expect("a link");
        for _ in 0..place {
            assert_eq!(offer(&fixture.store, claim_of(link.id, 30)).await, Claimed::Granted);
        }
        made.push(link);
    }
    // A count that stayed from a limit which was taken away.
    offer(&fixture.store, claim_of(made[0].id, 30)).await;

    let claimed = claims::claimed_of(&fixture.store, &made).await.expect("an answer");

    assert_eq!(claimed.get(&made[0].id), None);
    for (place, link) in made.iter().skip(1).enumerate() {
        let one = claims::claimed(&fixture.store, link).await.expect("an answer");
        assert_eq!(one, place as u64);
        assert_eq!(claimed.get(&link.id).copied().unwrap_or(0), place as u64);
    }
    assert_eq!(claims::claimed(&fixture.store, &made[0]).await.expect("an answer"), 0);
}
