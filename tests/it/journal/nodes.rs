//! Two nodes that count the same links in one Postgres, and a link that is deleted meanwhile.

use super::chaos;
use super::visitors::{Ledger, options};
use crate::support::carom::Carom;
use crate::support::http::get;
use crate::support::postgres::{Cluster, fresh_database};
use crate::support::wait::{SOON, eventually};

#[test]
fn two_nodes_that_flush_the_same_links_do_not_get_in_each_others_way() {
    let cluster = Cluster::start();
    let database = cluster.fresh_database();
    let often = || options(Some(&database)).set("CAROM_CLICKS__FLUSH_INTERVAL_MS", 50);
    let one = Carom::start(often());
    let other = Carom::start(often().key(one.key()));
    let ledger = Ledger::new(&one);

    let rounds = chaos::rounds(1, 10);
    for _ in 0..rounds {
        let (here, there) = (ledger.visit(one.edge()), ledger.visit(other.edge()));
        let wanted = ledger.answered() + 4000;
        eventually(3 * SOON, "clicks on both", || ledger.answered() >= wanted);
        here.leave();
        there.leave();
    }

    ledger.close(&[&one, &other, &one], rounds);
    for carom in [&one, &other] {
        assert!(carom.metric("clicks_absorbed_total") > 0);
        assert_nothing_is_refused(carom);
    }
    assert!(!cluster.log().contains("deadlock"), "{}", cluster.log());
}

#[test]
fn a_click_on_a_link_deleted_meanwhile_does_not_hold_up_its_batch() {
    let database = fresh_database();
    let carom = Carom::start(options(Some(&database)).set("CAROM_CLICKS__FLUSH_INTERVAL_MS", 1000));
    let ledger = Ledger::new(&carom);
    let rounds = chaos::rounds(2, 10);
    let mut doomed_clicks = 0;
    for _ in 0..rounds {
        let visitors = ledger.visit(carom.edge());
        let doomed = carom.link_to("https://example.com/doomed");
        let path = format!("/{}", doomed.code);
        let wanted = ledger.answered() + 300;
        eventually(SOON, "clicks on all", || {
            doomed_clicks += u64::from(get(carom.edge(), &path).status == 302);
            ledger.answered() >= wanted
        });
        carom.delete_link(&doomed);
        visitors.leave();
    }
    ledger.close(&[&carom], rounds);
    let answered = ledger.answered() + doomed_clicks;
    eventually(SOON, "those on the deleted links are absorbed too", || {
        carom.metric("clicks_absorbed_total") == answered
    });
    assert_nothing_is_refused(&carom);
}

/// On a busy machine the store may be slow to answer, which is no fault of a batch.
#[track_caller]
fn assert_nothing_is_refused(carom: &Carom) {
    let log = carom.log();
    let mut errors = log.lines().filter(|line| line.contains("ERROR"));
    assert!(errors.all(|line| line.contains("the store does not answer")), "{log}");
}
