//! What a preview shows of a link beside where it goes. It is asked for rarely and not kept: each
//! preview costs a lookup, within the bounds and the budget of loads.

use std::sync::Arc;

use tokio::time::timeout;

use super::key::LinkKeyRef;
use super::links::LinkCache;
use super::load::PATIENCE;
use super::lookup_rate::Purpose;
use crate::store::links;

/// What became of the question.
#[derive(Debug)]
pub enum Described {
    /// What people wrote about it.
    Found(links::Description),
    /// The store knows no such code.
    Absent,
    /// The store did not answer, or too many lookups are under way.
    Unavailable,
}

impl LinkCache {
    /// Asks the store what a link is called.
    pub async fn describe(self: &Arc<Self>, key: LinkKeyRef<'_>) -> Described {
        let loader = &self.loader;
        let slot = match loader.begin(Purpose::Miss) {
            Ok(slot) => slot,
            Err(refusal) => {
                loader.metrics.load_refused(refusal);
                return Described::Unavailable;
            }
        };
        let (store, key) = (loader.store.clone(), key.to_key());
        let asking = loader.background.spawn(async move {
            let LinkKeyRef { domain, code } = key.as_ref();
            let found = links::describe(&store, domain, code).await;
            drop(slot);
            found
        });
        match timeout(loader.budget + PATIENCE, asking).await {
            Ok(Ok(Ok(Some(description)))) => Described::Found(description),
            Ok(Ok(Ok(None))) => Described::Absent,
            // The next load finds out what is wrong with the store.
            _ => Described::Unavailable,
        }
    }
}
