//! Deadlines of a connection, kept without a timer a request.
//!
//! hyper with a timer arms, boxes and drops a sleep for every request, and has no limit for writing.
//! Here the connection only notes in which phase it is and since which tick; the worker's sweep,
//! four times a second, closes those that are late. `socket` tells it what passes. A deadline is met to within a sweep.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

/// Time between two sweeps.
pub const SWEEP: Duration = Duration::from_millis(250);

/// Ticks of the sweep since the worker began.
pub type Tick = u32;

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Accepted; nothing was read yet.
    Fresh,
    /// Part of a request's head was read.
    Head,
    /// A request is being answered.
    Answering,
    /// An answer was written; the next request has not begun.
    Idle,
}

/// How long each phase may last, in ticks.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    head: Tick,
    idle: Tick,
    write: Tick,
    request: Tick,
    age: Tick,
}

/// The same, as it is configured.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For a request's head.
    pub header: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// For the client to take what was written.
    pub write: Duration,
    /// From a request's first byte to the end of its answer.
    pub request: Duration,
    /// Of the connection's life.
    pub age: Duration,
}

impl From<Timeouts> for Deadlines {
    fn from(timeouts: Timeouts) -> Self {
        let ticks = |time: Duration| {
            let ticks = time.as_millis().div_ceil(SWEEP.as_millis());
            Tick::try_from(ticks).unwrap_or(Tick::MAX)
        };
        Self {
            head: ticks(timeouts.header),
            idle: ticks(timeouts.idle),
            write: ticks(timeouts.write),
            request: ticks(timeouts.request),
            age: ticks(timeouts.age),
        }
    }
}

/// What a connection is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Go on.
    Serve,
    /// End after the current request.
    Finish,
    /// The same, and now if there is none: but look first whether one has just come.
    Leave,
    /// End now.
    Drop,
}

/// What the sweep knows of a connection. Shared by the connection, its socket and the sweep, all on
/// one thread.
#[derive(Debug)]
pub struct Watch {
    now: Rc<Cell<Tick>>,
    phase: Cell<Phase>,
    accepted: Tick,
    /// When the phase began.
    since: Cell<Tick>,
    /// When the current request's first byte came.
    request_since: Cell<Tick>,
    /// Whether what was read last was less than a whole request.
    holds_part: Cell<bool>,
    /// When a write first had to wait for the client.
    blocked_since: Cell<Option<Tick>>,
    order: Cell<Order>,
    is_closed: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Watch {
    /// A connection that was accepted now.
    #[must_use]
    pub fn new(now: &Rc<Cell<Tick>>) -> Rc<Self> {
        Rc::new(Self {
            now: Rc::clone(now),
            phase: Cell::new(Phase::Fresh),
            accepted: now.get(),
            since: Cell::new(now.get()),
            request_since: Cell::new(now.get()),
            holds_part: Cell::new(false),
            blocked_since: Cell::new(None),
            order: Cell::new(Order::Serve),
            is_closed: Cell::new(false),
            waker: RefCell::new(None),
        })
    }

    /// Bytes came in, and a request ends with them or not.
    pub(super) fn read(&self, ends_request: bool) {
        if matches!(self.phase.get(), Phase::Fresh | Phase::Idle) {
            self.request_since.set(self.now.get());
            self.enter(Phase::Head);
        }
        self.holds_part.set(!ends_request);
    }

    /// A request's head is complete.
    pub fn answering(&self) {
        if self.phase.get() == Phase::Idle {
            // Pipelined: it was read together with the one before.
            self.request_since.set(self.now.get());
        }
        self.enter(Phase::Answering);
    }

    /// What was to be written is with the kernel, or not yet.
    pub(super) fn wrote(&self, is_blocked: bool) {
        if is_blocked {
            if self.blocked_since.get().is_none() {
                self.blocked_since.set(Some(self.now.get()));
            }
            return;
        }
        self.blocked_since.set(None);
        if self.phase.get() == Phase::Answering {
            // Part of the next request came with this one: its time runs already.
            self.request_since.set(self.now.get());
            self.enter(if self.holds_part.get() { Phase::Head } else { Phase::Idle });
        }
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        self.since.set(self.now.get());
    }

    /// Whether it is late, and what for.
    #[must_use]
    pub fn overdue(&self, deadlines: &Deadlines) -> Option<Order> {
        let late = |since: Tick, max: Tick| self.now.get().wrapping_sub(since) > max;
        let phase = self.phase.get();
        let is_late = match phase {
            Phase::Fresh | Phase::Head => late(self.since.get(), deadlines.head),
            Phase::Idle => late(self.since.get(), deadlines.idle),
            Phase::Answering => false,
        };
        let in_request = matches!(phase, Phase::Head | Phase::Answering);
        if is_late
            || self.blocked_since.get().is_some_and(|since| late(since, deadlines.write))
            || in_request && late(self.request_since.get(), deadlines.request)
        {
            return Some(Order::Drop);
        }
        late(self.accepted, deadlines.age).then_some(Order::Finish)
    }

    /// Since when it has been without a request, if it is.
    #[must_use]
    pub fn idle_since(&self) -> Option<Tick> {
        matches!(self.phase.get(), Phase::Fresh | Phase::Idle).then(|| self.since.get())
    }

    /// Whether it has asked for nothing that is not answered.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.idle_since().is_some()
    }

    /// Tells the connection what to do, and wakes it.
    pub fn tell(&self, order: Order) {
        if self.order.get() != order {
            self.order.set(order);
            if let Some(waker) = &*self.waker.borrow() {
                waker.wake_by_ref();
            }
        }
    }

    /// What the connection is to do.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order.get()
    }

    /// Remembers whom to wake.
    pub fn wakes(&self, waker: &Waker) {
        let mut kept = self.waker.borrow_mut();
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
    }

    /// The connection has ended.
    pub fn close(&self) {
        self.is_closed.set(true);
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadlines() -> Deadlines {
        let at = Duration::from_millis;
        Timeouts {
            header: at(500),
            idle: at(1000),
            write: at(500),
            request: at(2000),
            age: at(10_000),
        }
        .into()
    }

    #[test]
    fn dripping_bytes_do_not_move_a_heads_deadline() {
        let now = Rc::new(Cell::new(0));
        let watch = Watch::new(&now);
        for tick in 0..=2 {
            now.set(tick);
            watch.read(false);
            assert_eq!(watch.overdue(&deadlines()), None, "tick {tick}");
        }
        now.set(3);
        watch.read(true);
        assert_eq!(watch.overdue(&deadlines()), Some(Order::Drop));
    }

    #[test]
    fn an_answered_request_makes_the_connection_idle_and_idle_ends() {
        let now = Rc::new(Cell::new(0));
        let watch = Watch::new(&now);
        watch.read(true);
        watch.answering();
        watch.wrote(false);
        assert!(watch.is_idle());
        now.set(4);
        assert_eq!(watch.overdue(&deadlines()), None);
        now.set(5);
        assert_eq!(watch.overdue(&deadlines()), Some(Order::Drop));
    }

    #[test]
    fn half_a_request_that_came_with_a_whole_one_has_a_heads_time() {
        let now = Rc::new(Cell::new(0));
        let watch = Watch::new(&now);
        watch.read(false);
        watch.answering();
        watch.wrote(false);
        now.set(3);
        assert_eq!(watch.overdue(&deadlines()), Some(Order::Drop));
    }

    #[test]
    fn a_client_that_does_not_read_is_late_and_an_old_connection_finishes() {
        let now = Rc::new(Cell::new(0));
        let watch = Watch::new(&now);
        watch.read(true);
        watch.answering();
        watch.wrote(true);
        now.set(3);
        assert_eq!(watch.overdue(&deadlines()), Some(Order::Drop));
        watch.wrote(false);
        now.set(41);
        watch.read(true);
        assert_eq!(watch.overdue(&deadlines()), Some(Order::Finish));
    }
}
