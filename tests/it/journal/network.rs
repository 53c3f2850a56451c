//! The network between Carom and Postgres: cut at the worst moment, swallowing, slow.

use std::time::{Duration, Instant};

use super::chaos;
use super::visitors::{Ledger, options};
use crate::support::carom::Carom;
use crate::support::postgres::Cluster;
use crate::support::proxy::{Fault, Proxy};
use crate::support::wait::eventually;

/// Longer than the store needs to be tried again, whatever went wrong.
const HEALED: Duration = Duration::from_secs(30);

/// A server whose way to Postgres leads through a proxy.
struct Network {
    _cluster: Cluster,
    proxy: Proxy,
    carom: Carom,
    ledger: Ledger,
}

impl Network {
    fn new() -> Self {
        let cluster = Cluster::start();
        let mut database = cluster.fresh_database();
        let proxy = Proxy::to(cluster.address());
        database.url = proxy.url(&database.url);
        let carom = Carom::start(options(Some(&database)));
        let ledger = Ledger::new(&carom);
        Self { _cluster: cluster, proxy, carom, ledger }
    }

    /// Does `harm` again and again under load, and compares.
    fn ride_out(&self, rounds: u64, mut harm: impl FnMut(&Self, u64)) {
        let visitors = self.ledger.visit(self.carom.edge());
        self.some_clicks(50);
        for round in 0..rounds {
            harm(self, round);
            self.some_clicks(20);
        }
        self.proxy.set(Fault::None);
        visitors.leave();
        self.ledger.close(&[&self.carom], rounds);
    }

    fn some_clicks(&self, more: u64) {
        let wanted = self.ledger.answered() + more;
        eventually(HEALED, "some clicks", || self.ledger.answered() >= wanted);
    }

    fn strike(&self, fault: Fault, times: usize) {
        let wanted = self.proxy.struck() + times;
        self.proxy.strike(fault, times);
        eventually(HEALED, "it strikes", || self.proxy.struck() >= wanted);
    }
}

#[test]
fn a_commit_whose_answer_is_lost_counts_once() {
    Network::new().ride_out(chaos::rounds(4, 10), |network, round| {
        network.strike(Fault::CutAfterCommit, 1 + round as usize % 2);
    });
}

#[test]
fn a_commit_that_never_arrives_is_tried_again() {
    Network::new().ride_out(chaos::rounds(4, 10), |network, round| {
        network.strike(Fault::CutBeforeCommit, 1 + round as usize % 2);
    });
}

#[test]
fn connections_cut_in_the_middle_of_an_answer_cost_nothing() {
    Network::new().ride_out(chaos::rounds(4, 10), |network, round| {
        network.strike(Fault::CutAfter((round as usize * 131 + 7) % 1500), 1);
        network.proxy.cut_all();
    });
}

#[test]
fn a_network_that_swallows_everything_costs_nothing() {
    Network::new().ride_out(chaos::rounds(1, 50), |network, _| {
        network.proxy.set(Fault::BlackHole);
        let began = Instant::now();
        eventually(HEALED, "the statement's time is over", || {
            began.elapsed() > Duration::from_secs(6)
        });
        network.some_clicks(1000);
        network.proxy.set(Fault::None);
    });
}

#[test]
fn a_slow_network_costs_nothing() {
    Network::new().ride_out(chaos::rounds(2, 10), |network, round| {
        network.proxy.set(Fault::Delay(Duration::from_millis(20 + round % 5 * 40)));
        network.some_clicks(1000);
        network.proxy.set(Fault::None);
    });
}
