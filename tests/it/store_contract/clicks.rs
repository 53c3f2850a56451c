//! Promises about clicks: a batch counts once, whole or not at all, whoever else counts meanwhile.

use std::sync::Arc;

use carom::model::click::ClickCount;
use carom::model::id::{LinkId, NodeId, StreamId};
use carom::model::time::Millis;
use carom::store::clicks::{self, Absorbed, Ahead, Batch, ClickRows, ClickSum, Mark, Step};
use carom::store::{Store, Value, links};
use futures_util::future::join_all;

use super::fixture::{Fixture, count, kind};
use crate::support::wait::{SOON, in_time};

on_both!(founded:
    a_batch_counts_once_however_often_it_is_offered,
    a_batch_behind_a_gap_adds_nothing,
    a_batch_offered_by_many_at_once_counts_once,
    an_empty_batch_moves_the_position,
    batches_by_link_count_once_and_in_their_order,
    streams_and_nodes_do_not_disturb_one_another,
    quarters_and_totals_agree,
    five_thousand_sums_are_one_batch,
    clicks_on_a_deleted_link_do_not_sink_their_batch,
    two_streams_count_the_same_hot_links_without_deadlock,
    a_batch_that_is_refused_leaves_nothing,
    a_batch_whose_caller_hung_up_can_be_offered_again,
    streams_that_rest_are_forgotten,
);

const QUARTER_MS: i64 = 15 * 60 * 1000;

/// A stream of clicks, and how far it has come.
struct Stream {
    node: NodeId,
    stream: StreamId,
    position: u64,
}

impl Stream {
    fn new() -> Self {
        Self { node: NodeId::random(), stream: StreamId::random(), position: 0 }
    }

    /// The batch after the last one, `length` long.
    fn next(&mut self, length: u64, mut sums: Vec<ClickSum>) -> Batch {
        sums.sort_unstable_by_key(|sum| (sum.subject, sum.quarter));
        let from = Mark::at(self.position);
        self.position += length;
        let step = Step { stream: self.stream, from, to: Mark::at(self.position) };
        let rows = ClickRows { sums, ..ClickRows::default() };
        Batch { node: self.node, steps: [step].into(), rows: Arc::new(rows) }
    }
}

fn sum(fixture: &Fixture, link: LinkId, quarter: i64, count: ClickCount) -> ClickSum {
    let quarter = Millis::from_epoch(quarter * QUARTER_MS);
    ClickSum { subject: link.into(), workspace: fixture.workspace, quarter, count }
}

async fn absorb(store: &Store, batch: &Batch) -> Absorbed {
    clicks::absorb(store, batch.clone()).await.expect("an answer")
}

async fn a_batch_counts_once_however_often_it_is_offered(fixture: &Fixture) {
    let link = LinkId::random();
    let mut stream = Stream::new();
    let first = stream.next(3, vec![sum(fixture, link, 100, count(2, 1))]);
    let second = stream.next(4, vec![sum(fixture, link, 100, count(4, 0))]);

    assert_eq!(absorb(&fixture.store, &first).await, Absorbed::Now);
    assert_eq!(
        absorb(&fixture.store, &first).await,
        Absorbed::Elsewhere { marks: vec![Mark::at(3)] }
    );
    assert_eq!(fixture.total(link).await, count(2, 1));

    assert_eq!(absorb(&fixture.store, &second).await, Absorbed::Now);
    assert_eq!(
        absorb(&fixture.store, &second).await,
        Absorbed::Elsewhere { marks: vec![Mark::at(7)] }
    );
    assert_eq!(
        absorb(&fixture.store, &first).await,
        Absorbed::Elsewhere { marks: vec![Mark::at(7)] }
    );
    assert_eq!(fixture.total(link).await, count(6, 1));
}

async fn a_batch_behind_a_gap_adds_nothing(fixture: &Fixture) {
    let link = LinkId::random();
    let mut stream = Stream::new();
    let first = stream.next(5, vec![sum(fixture, link, 1, count(5, 0))]);
    let _lost = stream.next(5, vec![]);
    let third = stream.next(5, vec![sum(fixture, link, 1, count(5, 0))]);

    assert_eq!(
        absorb(&fixture.store, &third).await,
        Absorbed::Elsewhere { marks: vec![Mark::at(0)] }
    );
    assert_eq!(fixture.total(link).await, count(0, 0));

    assert_eq!(absorb(&fixture.store, &first).await, Absorbed::Now);
    assert_eq!(
        absorb(&fixture.store, &third).await,
        Absorbed::Elsewhere { marks: vec![Mark::at(5)] }
    );
    assert_eq!(fixture.total(link).await, count(5, 0));
}

async fn a_batch_offered_by_many_at_once_counts_once(fixture: &Fixture) {
    let link = LinkId::random();
    let mut stream = Stream::new();
    let stores: Vec<_> = (0..4).map(|_| fixture.open_again()).collect();
    for round in 1..=5 {
        let batch = stream.next(1, vec![sum(fixture, link, 1, count(1, 0))]);

        let outcomes = join_all(stores.iter().map(|store| absorb(store, &batch))).await;

        let counted = outcomes.iter().filter(|outcome| **outcome == Absorbed::Now).count();
        let others = Absorbed::Elsewhere { marks: vec![Mark::at(round)] };
        let late = outcomes.iter().filter(|outcome| **outcome == others).count();
        assert_eq!((counted, late), (1, 3), "{outcomes:?}");
        assert_eq!(fixture.total(link).await, count(round, 0));
    }
}

async fn an_empty_batch_moves_the_position(fixture: &Fixture) {
    let mut stream = Stream::new();
    let empty = stream.next(10, vec![]);

    assert_eq!(absorb(&fixture.store, &empty).await, Absorbed::Now);
    assert_eq!(
        absorb(&fixture.store, &empty).await,
        Absorbed::Elsewhere { marks: vec![Mark::at(10)] }
    );
}

async fn batches_by_link_count_once_and_in_their_order(fixture: &Fixture) {
    let (store, link) = (&fixture.store, LinkId::random());
    let Stream { node, stream, .. } = Stream::new();
    let ahead = |sequence| Mark { position: 0, ahead: Some(Ahead { until: 9, link, sequence }) };
    let batch = |from, to| {
        let rows =
            ClickRows { sums: vec![sum(fixture, link, 1, count(1, 0))], ..ClickRows::default() };
        Batch { node, steps: [Step { stream, from, to }].into(), rows: Arc::new(rows) }
    };
    let (first, second) = (batch(Mark::default(), ahead(4)), batch(ahead(4), ahead(7)));
    let last = batch(ahead(7), Mark::at(9));

    for (batch, stands_at) in [(&first, ahead(4)), (&second, ahead(7)), (&last, Mark::at(9))] {
        assert_eq!(absorb(store, batch).await, Absorbed::Now);
        assert_eq!(clicks::mark(store, node, stream).await.expect("an answer"), stands_at);
        for batch in [&first, &second, &last] {
            let elsewhere = Absorbed::Elsewhere { marks: vec![stands_at] };
            let is_next = batch.steps[0].from == stands_at;
            assert!(is_next || absorb(store, batch).await == elsewhere);
        }
    }

    assert_eq!(fixture.total(link).await, count(3, 0));
}

async fn streams_and_nodes_do_not_disturb_one_another(fixture: &Fixture) {
    let link = LinkId::random();
    let mut one = Stream::new();
    let mut other = Stream { node: one.node, ..Stream::new() };
    let mut elsewhere = Stream { stream: one.stream, ..Stream::new() };
    for (stream, people) in [(&mut one, 1), (&mut other, 10), (&mut elsewhere, 100)] {
        let batch = stream.next(7, vec![sum(fixture, link, 1, count(people, 0))]);
        assert_eq!(absorb(&fixture.store, &batch).await, Absorbed::Now);
    }

    assert_eq!(fixture.total(link).await, count(111, 0));
    let batch = other.next(1, vec![sum(fixture, link, 1, count(1_000, 0))]);
    assert_eq!(absorb(&fixture.store, &batch).await, Absorbed::Now);
    assert_eq!(fixture.total(link).await, count(1_111, 0));
}

async fn quarters_and_totals_agree(fixture: &Fixture) {
    let (one, two) = (LinkId::random(), LinkId::random());
    let mut stream = Stream::new();
    for round in 1..=3 {
        let sums = vec![
            sum(fixture, one, 10, count(round, 1)),
            sum(fixture, one, 11, count(10 * round, 0)),
            sum(fixture, one, -1, count(100 * round, 0)),
            sum(fixture, two, 10, count(0, 5)),
        ];
        assert_eq!(absorb(&fixture.store, &stream.next(1, sums)).await, Absorbed::Now);
    }

    assert_eq!(fixture.total(one).await, count(666, 3));
    assert_eq!(fixture.total(two).await, count(0, 15));
    let quarters = fixture
        .rows(
            "SELECT quarter, people, bots FROM click_quarters WHERE subject_id = $1 ORDER BY quarter",
            vec![one.into()],
        )
        .await;
    let row = |quarter: i64, people, bots| {
        [Value::Int(quarter * QUARTER_MS), Value::Int(people), Value::Int(bots)]
    };
    let rows: Vec<_> = quarters.iter().map(carom::store::Row::fields).collect();
    assert_eq!(rows, [row(-1, 600, 0), row(10, 6, 3), row(11, 60, 0)]);
    let owners = fixture
        .rows(
            "SELECT COUNT(*) FROM click_totals WHERE workspace_id = $1",
            vec![fixture.workspace.into()],
        )
        .await;
    assert_eq!(owners[0].fields(), [Value::Int(2)]);
}

async fn five_thousand_sums_are_one_batch(fixture: &Fixture) {
    let links: Vec<LinkId> = (0..2_500).map(|_| LinkId::random()).collect();
    let sums = links
        .iter()
        .flat_map(|&link| [sum(fixture, link, 1, count(1, 0)), sum(fixture, link, 2, count(0, 2))]);
    let batch = Stream::new().next(7_500, sums.collect());

    assert_eq!(absorb(&fixture.store, &batch).await, Absorbed::Now);
    assert_eq!(
        absorb(&fixture.store, &batch).await,
        Absorbed::Elsewhere { marks: vec![Mark::at(7_500)] }
    );

    let sums = fixture
        .rows(
            "SELECT COUNT(*), CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT)
             FROM click_totals",
            vec![],
        )
        .await;
    assert_eq!(sums[0].fields(), [2_500, 2_500, 5_000].map(Value::Int));
    assert_eq!(fixture.total(links[0]).await, count(1, 2));
}

async fn clicks_on_a_deleted_link_do_not_sink_their_batch(fixture: &Fixture) {
    let (gone, kept) = (fixture.link("gone").await, fixture.link("kept").await);
    let sums = vec![sum(fixture, gone.id, 1, count(3, 0)), sum(fixture, kept.id, 1, count(4, 0))];
    links::delete(&fixture.store, fixture.workspace, gone.id, None).await.expect("a link");

    assert_eq!(absorb(&fixture.store, &Stream::new().next(7, sums)).await, Absorbed::Now);

    assert_eq!(fixture.total(kept.id).await, count(4, 0));
    assert_eq!(fixture.total(gone.id).await, count(3, 0));
}

async fn two_streams_count_the_same_hot_links_without_deadlock(fixture: &Fixture) {
    const ROUNDS: u64 = 25;
    let links: Vec<LinkId> = (0..50).map(|_| LinkId::random()).collect();
    let flush_all = async || {
        let store = fixture.open_again();
        let mut stream = Stream::new();
        for _ in 0..ROUNDS {
            let sums = links.iter().map(|&link| sum(fixture, link, 1, count(1, 2))).collect();
            assert_eq!(absorb(&store, &stream.next(3, sums)).await, Absorbed::Now);
        }
    };

    let both = join_all([flush_all(), flush_all()]);
    in_time(6 * SOON, "both streams are counted", both).await;

    for link in links {
        assert_eq!(fixture.total(link).await, count(2 * ROUNDS, 4 * ROUNDS));
    }
}

async fn a_batch_that_is_refused_leaves_nothing(fixture: &Fixture) {
    let (full, other) = (LinkId::random(), LinkId::random());
    let mut stream = Stream::new();
    let most = i64::MAX as u64;
    let fill = stream.next(1, vec![sum(fixture, full, 1, count(most, 0))]);
    assert_eq!(absorb(&fixture.store, &fill).await, Absorbed::Now);
    let sums = vec![sum(fixture, full, 1, count(1, 0)), sum(fixture, other, 1, count(1, 0))];
    let too_much = stream.next(1, sums);

    assert_eq!(kind(clicks::absorb(&fixture.store, too_much.clone()).await), "refused");

    assert_eq!(fixture.total(full).await, count(most, 0));
    assert_eq!(fixture.total(other).await, count(0, 0));
    // Its place is still free.
    let harmless = Batch { rows: Arc::default(), ..too_much };
    assert_eq!(absorb(&fixture.store, &harmless).await, Absorbed::Now);
}

async fn a_batch_whose_caller_hung_up_can_be_offered_again(fixture: &Fixture) {
    let link = LinkId::random();
    let mut stream = Stream::new();
    for _ in 0..10 {
        let batch = stream.next(1, vec![sum(fixture, link, 1, count(1, 0))]);
        let hung_up =
            tokio::time::timeout(std::time::Duration::ZERO, absorb(&fixture.store, &batch));
        let _ = hung_up.await;

        let outcome = absorb(&fixture.store, &batch).await;

        let position = stream.position;
        let is_counted = matches!(outcome, Absorbed::Now)
            || outcome == Absorbed::Elsewhere { marks: vec![Mark::at(position)] };
        assert!(is_counted, "{outcome:?}");
    }
    assert_eq!(fixture.total(link).await, count(10, 0));
}

async fn streams_that_rest_are_forgotten(fixture: &Fixture) {
    let (mut resting, mut running) = (Stream::new(), Stream::new());
    absorb(&fixture.store, &resting.next(5, vec![])).await;
    fixture.run("UPDATE click_positions SET updated_at = 1000").await;
    let before = fixture.now().await;
    absorb(&fixture.store, &running.next(5, vec![])).await;

    assert_eq!(clicks::forget_streams(&fixture.store, before).await.expect("an answer"), 1);

    let next = resting.next(5, vec![]);
    assert_eq!(
        absorb(&fixture.store, &next).await,
        Absorbed::Elsewhere { marks: vec![Mark::at(0)] }
    );
    assert_eq!(absorb(&fixture.store, &running.next(5, vec![])).await, Absorbed::Now);
}
