//! Who is connected: the connections of one worker, and how many each address has on all of them.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use dashmap::DashMap;
use foldhash::fast::RandomState;

use super::deadline::{Deadlines, Order, Watch};

use crate::model::network::of_one_customer;

/// Connections a network, shared by all workers. IPv6 counts by /64: one client has as many
/// addresses as it likes.
#[derive(Debug, Default)]
pub struct Networks {
    connections: DashMap<IpAddr, usize, RandomState>,
}

/// A place in the count of a network, given back when it is dropped.
pub struct Seat {
    networks: Arc<Networks>,
    network: IpAddr,
}

impl Networks {
    /// Takes a seat for a connection from `address`, unless `max` are taken; 0 is no limit.
    #[must_use]
    pub fn seat(self: &Arc<Self>, address: IpAddr, max: usize) -> Option<Seat> {
        let network = of_one_customer(address);
        let mut taken = self.connections.entry(network).or_insert(0);
        if max != 0 && *taken >= max {
            return None;
        }
        *taken += 1;
        drop(taken);
        Some(Seat { networks: Arc::clone(self), network })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let network = self.network;
        self.networks.connections.remove_if_mut(&network, |_, taken| {
            *taken -= 1;
            *taken == 0
        });
    }
}

/// The connections of one worker.
#[derive(Debug, Default)]
pub struct Crowd {
    watches: RefCell<Vec<Rc<Watch>>>,
}

impl Crowd {
    /// Adds a connection.
    pub fn add(&self, watch: Rc<Watch>) {
        self.watches.borrow_mut().push(watch);
    }

    /// Forgets those that ended and drops those that are late. Returns how many were.
    pub fn sweep(&self, deadlines: &Deadlines) -> usize {
        let mut late = 0;
        self.watches.borrow_mut().retain(|watch| {
            if watch.is_closed() {
                return false;
            }
            match watch.overdue(deadlines) {
                Some(Order::Finish) if !watch.is_idle() => watch.tell(Order::Finish),
                Some(_) => {
                    late += 1;
                    watch.tell(Order::Drop);
                }
                None => {}
            }
            true
        });
        late
    }

    /// Drops the connection that has been idle for longest. `false` when none is idle.
    pub fn make_room(&self) -> bool {
        let watches = self.watches.borrow();
        let longest = watches
            .iter()
            .filter(|watch| !watch.is_closed() && watch.order() != Order::Drop)
            .filter_map(|watch| Some((watch.idle_since()?, watch)))
            .min_by_key(|(since, _)| *since);
        longest.inspect(|(_, watch)| watch.tell(Order::Drop)).is_some()
    }

    /// Ends idle connections now and the others after their request.
    pub fn leave(&self) {
        for watch in &*self.watches.borrow() {
            watch.tell(Order::Leave);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_counted_by_network_and_given_back() {
        let networks = Arc::new(Networks::default());
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let first = networks.seat(address("2001:db8::1"), 2);
        let second = networks.seat(address("2001:db8::2"), 2);
        assert!(first.is_some() && second.is_some());
        assert!(networks.seat(address("2001:db8::3"), 2).is_none());
        assert!(networks.seat(address("2001:db8:0:1::3"), 2).is_some());
        drop(first);
        assert!(networks.seat(address("2001:db8::3"), 2).is_some());
        drop(second);
        assert!(networks.connections.is_empty());
    }
}
