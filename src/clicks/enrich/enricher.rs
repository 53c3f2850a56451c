//! A click's way through the stations: from what a request said to what it counts as.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::agents::Agents;
use super::places::Places;
use super::remembered::Remembered;
use super::{language, referrer, utm};
use crate::clicks::journal::record::{Click, flags};
use crate::model::click::Audience;
use crate::model::dimension::{Dimension, Values};

/// Different referrers, languages and UTM fields that are remembered.
const REFERRERS_MAX: usize = 16_384;
const LANGUAGES_MAX: usize = 4_096;
const UTM_FIELDS_MAX: usize = 16_384;

/// What enrichment needs to know.
#[derive(Debug, Clone)]
pub struct EnrichSettings {
    /// A MaxMind database of the City or Country schema; without one no place is known.
    pub geo_database: Option<PathBuf>,
    /// User agents that are parsed in a second; further new ones count as "unparsed".
    pub agents_per_second_max: u32,
}

/// What a click counts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enriched {
    /// Who asked.
    pub audience: Audience,
    /// What is known of it; no value is longer than
    /// [`VALUE_BYTES_MAX`](crate::model::dimension::VALUE_BYTES_MAX).
    pub values: Values,
}

/// Enriches the clicks of one thread.
#[derive(Debug)]
pub struct Enricher {
    agents: Agents,
    places: Places,
    referrers: Remembered,
    languages: Remembered,
    utm_fields: Remembered,
}

impl Enricher {
    /// Reads the geo database; the rules are compiled when the first click comes. A database that is missing or
    /// broken is logged, and looked for again by [`tick`](Self::tick).
    #[must_use]
    pub fn new(settings: EnrichSettings) -> Self {
        Self {
            agents: Agents::new(settings.agents_per_second_max),
            places: Places::new(settings.geo_database),
            referrers: Remembered::new(REFERRERS_MAX),
            languages: Remembered::new(LANGUAGES_MAX),
            utm_fields: Remembered::new(UTM_FIELDS_MAX),
        }
    }

    /// To be called about once a second: it renews the budget of new user agents, and looks now and
    /// then whether the geo database changed.
    pub fn tick(&mut self, now: Instant) {
        self.agents.tick(now);
        self.places.tick(now);
    }

    /// What a click counts as.
    pub fn enrich(&mut self, click: &Click<'_>) -> Enriched {
        let texts = &click.texts;
        let agent = self.agents.of(texts.user_agent);
        let place = self.places.of(click.network);
        let mut values = Values::default();
        for (dimension, value) in [
            (Dimension::Browser, agent.browser),
            (Dimension::System, agent.system),
            (Dimension::Device, agent.device),
            (Dimension::Country, place.country),
            (Dimension::Region, place.region),
            (Dimension::City, place.city),
            (Dimension::Referrer, self.referrers.of(texts.referrer, referrer::site)),
            (Dimension::Language, self.languages.of(texts.language, language::first)),
            (Dimension::UtmSource, self.utm(texts.utm_source)),
            (Dimension::UtmMedium, self.utm(texts.utm_medium)),
            (Dimension::UtmCampaign, self.utm(texts.utm_campaign)),
            (Dimension::UtmTerm, self.utm(texts.utm_term)),
            (Dimension::UtmContent, self.utm(texts.utm_content)),
        ] {
            values.set(dimension, value);
        }
        let is_program = agent.is_bot || click.flags & (flags::HEAD | flags::PREFETCH) != 0;
        let audience = if is_program { Audience::Bots } else { Audience::People };
        Enriched { audience, values }
    }

    fn utm(&mut self, field: &[u8]) -> Option<Arc<str>> {
        self.utm_fields.of(field, utm::text)
    }
}
