//! The link of a code, when the cache has not got it: wait for a load.

use std::sync::Arc;

use super::route::Route;
use crate::cache::key::LinkKeyRef;
use crate::cache::{LinkCache, Loaded};
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
}

impl Missed {
    /// The code of this route.
    pub fn new(route: Route<'_>, visitor: &Visitor<'_>) -> Self {
        Self {
            domain: route.domain,
            code: route.code.into_owned().into_boxed_str(),
            visitor: visitor.to_waiting(),
        }
    }

    /// Loads it, within the cache's budget.
    pub async fn load(&self, cache: &Arc<LinkCache>) -> Loaded {
        cache.load(LinkKeyRef { domain: self.domain, code: &self.code }).await
    }
}
