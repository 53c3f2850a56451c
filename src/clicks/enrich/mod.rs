//! What is found out about a click off the redirect path.

use std::path::PathBuf;
use std::time::Instant;

use crate::clicks::journal::record::Click;
use crate::model::click::Audience;
use crate::model::dimension::Values;

/// What enrichment may use.
#[derive(Debug, Clone)]
pub struct EnrichSettings {
    /// A file in MaxMind's format.
    pub geo_database: Option<PathBuf>,
    /// New user agents that are parsed in a second at most.
    pub agents_per_second_max: u32,
}

/// Finds out more about clicks.
pub struct Enricher;

/// What was found out.
pub struct Enriched {
    /// Who clicked.
    pub audience: Audience,
    /// What is known.
    pub values: Values,
}

impl Enricher {
    /// An enricher.
    pub fn new(_settings: EnrichSettings) -> Self {
        Self
    }
    /// Enriches.
    pub fn enrich(&mut self, click: &Click<'_>) -> Enriched {
        Enriched { audience: click.audience(), values: Values::default() }
    }
    /// Ticks.
    pub fn tick(&mut self, _now: Instant) {}
}
