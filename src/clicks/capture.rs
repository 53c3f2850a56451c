//! What the edge does for a click: it is journaled before its answer is written, so that nothing
//! answered is uncounted. No lock, no system call, nothing allocated.

use std::net::IpAddr;
use std::sync::Arc;

use super::counter::LinkClicks;
use super::journal::lane::{Appender, Lane};
use super::journal::record::{Click, Network, OwnedTexts, Texts, flags};
use super::points;
use super::visitors::{Salts, VisitorKeys};
use crate::metrics::Captured;
use crate::model::click::Audience;
use crate::model::id::DomainId;
use crate::model::time::Millis;

/// Sweeps of an edge thread, a quarter of a second apart, after which it leaves its segment.
const SWEEPS_A_SEGMENT: u32 = 2;

/// Who asks for a link, borrowed from the request.
#[derive(Debug, Clone, Copy)]
pub struct Visitor<'r> {
    /// Where the request came from. It is truncated and hashed here, and goes no further.
    pub address: IpAddr,
    /// See [`flags`].
    pub flags: u16,
    /// What the request's headers and query said.
    pub texts: Texts<'r>,
}

/// Who asks for a link, while the store is asked.
#[derive(Debug, Clone)]
pub struct WaitingVisitor {
    address: IpAddr,
    flags: u16,
    texts: OwnedTexts,
}

impl Visitor<'_> {
    /// Who asks, as far as the request itself says.
    #[must_use]
    pub fn audience(&self) -> Audience {
        flags::audience(self.flags)
    }

    /// A copy that does not borrow.
    #[must_use]
    pub fn to_waiting(&self) -> WaitingVisitor {
        let Self { address, flags, texts } = *self;
        WaitingVisitor { address, flags, texts: texts.to_owned() }
    }
}

impl WaitingVisitor {
    /// The visitor.
    #[must_use]
    pub fn get(&self) -> Visitor<'_> {
        Visitor { address: self.address, flags: self.flags, texts: self.texts.get() }
    }
}

/// Captures the clicks of one edge thread.
pub struct Capture {
    appender: Appender,
    salts: Arc<Salts>,
    keys: Arc<VisitorKeys>,
    sweeps: u32,
}

impl Capture {
    /// A capture that journals into `lane`.
    #[must_use]
    pub fn new(lane: Arc<Lane>, salts: Arc<Salts>) -> Self {
        let keys = salts.load();
        Self { appender: Appender::new(lane), salts, keys, sweeps: 0 }
    }

    /// Journals a redirect that is about to be answered.
    pub fn redirect(
        &mut self,
        at: Millis,
        link: &LinkClicks,
        domain: DomainId,
        visitor: &Visitor<'_>,
    ) -> Captured {
        let hash = match self.keys.at(at) {
            Some(key) if visitor.flags & flags::OPTED_OUT == 0 => {
                key.hash(visitor.address, visitor.texts.user_agent)
            }
            _ => 0,
        };
        let click = Click {
            at,
            link: link.link(),
            workspace: link.workspace(),
            domain,
            visitor: hash,
            flags: visitor.flags,
            network: Network::of(visitor.address),
            texts: visitor.texts,
        };
        // Before the record, because an atomic step after it would wait for its stores.
        link.answered(click.audience());
        let captured = self.appender.append(&click);
        points::reached("record-published");
        if captured == Captured::Unrecorded {
            link.absorb(click.audience().once());
        }
        captured
    }

    /// Four times a second: leaves the segment every second time, so that it is synced, and looks
    /// for a new day's key.
    pub fn sweep(&mut self) {
        self.sweeps += 1;
        if self.sweeps.is_multiple_of(SWEEPS_A_SEGMENT) {
            self.appender.leave();
            self.keys = self.salts.load();
        }
    }
}
