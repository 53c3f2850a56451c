//! The link of a code, when the cache has not got it: wait for a load.

use std::rc::Rc;
use std::sync::Arc;

use super::preview;
use super::route::Route;
use super::worker::Worker;
use crate::cache::key::LinkKeyRef;
use crate::cache::link::CachedLink;
use crate::cache::{LinkCache, Loaded, Peek};
use crate::clicks::capture::{Visitor, WaitingVisitor};
use crate::model::id::DomainId;

/// A code to be loaded, owned: the request it came from is not kept while the store is asked.
#[derive(Debug)]
pub struct Missed {
    /// The domain of the code.
    pub domain: DomainId,
    code: Box<str>,
    /// Who asks.
    pub visitor: WaitingVisitor,
    /// With which query.
    pub query: Option<Box<str>>,
}

/// What is known of a code in the end.
pub(super) enum Found {
    /// The link.
    Link(Arc<CachedLink>),
    /// There is none.
    Absent,
    /// The client has asked for too many.
    Limited,
    /// The store did not answer.
    Unavailable,
}

impl Missed {
    /// The code of this route, asked for with this query.
    pub fn new(route: Route<'_>, visitor: &Visitor<'_>, query: Option<&str>) -> Self {
        Self {
            domain: route.domain,
            code: route.code.into_owned().into_boxed_str(),
            visitor: visitor.to_waiting(),
            query: query.map(Into::into),
        }
    }

    /// The key of its link.
    pub(super) fn key(&self) -> LinkKeyRef<'_> {
        LinkKeyRef { domain: self.domain, code: &self.code }
    }

    /// Loads it, within the cache's budget.
    pub async fn load(&self, cache: &Arc<LinkCache>) -> Loaded {
        cache.load(self.key()).await
    }

    /// The code whose preview this asks for, if it asks for one.
    pub(super) fn previewed(&self) -> Option<Self> {
        let code = self.code.strip_suffix(preview::MARK).filter(|code| !code.is_empty())?;
        let (visitor, query) = (self.visitor.clone(), self.query.clone());
        Some(Self { domain: self.domain, code: code.into(), visitor, query })
    }

    /// The link, from the cache or loaded.
    pub(super) async fn find(&self, worker: &Rc<Worker>) -> Found {
        let known = match worker.front.borrow_mut().peek(self.key(), worker.coarse_now()) {
            Peek::Hit(link) => Some(Arc::clone(link)),
            Peek::Absent => return Found::Absent,
            Peek::Miss => None,
        };
        if let Some(link) = known {
            return Found::Link(link);
        }
        if !worker.may_miss(self.key(), self.visitor.get().address) {
            return Found::Limited;
        }
        match self.load(&worker.cache).await {
            Loaded::Found(link) => Found::Link(link),
            Loaded::Absent => Found::Absent,
            Loaded::Unavailable => Found::Unavailable,
        }
    }
}
