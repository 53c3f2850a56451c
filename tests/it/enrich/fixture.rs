//! A click that says nothing, and enrichers to give it to.

use std::path::Path;

use carom::clicks::enrich::{EnrichSettings, Enriched, Enricher};
use carom::clicks::journal::record::{Click, Network, Texts};
use carom::model::dimension::Dimension;
use carom::model::id::{DomainId, LinkId, WorkspaceId};
use carom::model::time::Millis;

/// A click of nobody from nowhere.
pub(crate) fn click<'r>() -> Click<'r> {
    Click {
        at: Millis::from_epoch(0),
        link: LinkId::from_stored(1),
        workspace: WorkspaceId::from_stored(1),
        domain: DomainId::from_stored(1),
        visitor: 0,
        flags: 0,
        network: Network::Unknown,
        texts: Texts::default(),
    }
}

/// A click with this user agent.
pub(crate) fn click_by(user_agent: &str) -> Click<'_> {
    let texts = Texts { user_agent: user_agent.as_bytes(), ..Texts::default() };
    Click { texts, ..click() }
}

/// An enricher that parses so many user agents a second.
pub(crate) fn enricher(agents_per_second_max: u32) -> Enricher {
    Enricher::new(EnrichSettings { geo_database: None, agents_per_second_max })
}

/// An enricher with a geo database.
pub(crate) fn enricher_with(geo_database: &Path) -> Enricher {
    let geo_database = Some(geo_database.to_owned());
    Enricher::new(EnrichSettings { geo_database, agents_per_second_max: 2000 })
}

/// A value, as text.
pub(crate) fn value(enriched: &Enriched, dimension: Dimension) -> Option<&str> {
    enriched.values.get(dimension).map(|value| &**value)
}
