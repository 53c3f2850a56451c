//! `SIGHUP`: the configuration is read again. All of it is checked, then what can change in a running
//! server is swapped in one go; if anything is wrong, everything stays as it was.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use super::{descriptors, rooms};
use crate::config::{Config, ConfigErrors};
use crate::edge::EdgeSettings;
use crate::telemetry::{self, Filter};

/// What takes effect at once; the rest waits for the next start. `config.toml` marks each of them.
const RELOADED: &[&str] = &[
    "edge.connections_max",
    "edge.connections_per_address_max",
    "edge.trusted_proxies",
    "edge.forwarded_header",
    "edge.header_timeout_ms",
    "edge.idle_timeout_ms",
    "edge.write_timeout_ms",
    "edge.request_timeout_ms",
    "edge.connection_age_max_s",
    "shutdown.grace_ms",
    "log.level",
];

/// Reads the configuration as the start did.
pub type Reread<'r> = &'r (dyn Fn() -> Result<Config, ConfigErrors> + Sync);

/// What a running server goes by, and how it is changed.
pub(super) struct Reloads<'r> {
    reread: Reread<'r>,
    /// As it was written, before descriptors were shared out.
    config: Config,
    /// Descriptors this process may have.
    allowed: Option<usize>,
    filter: Filter,
    edge: Arc<ArcSwap<EdgeSettings>>,
}

impl<'r> Reloads<'r> {
    /// A server that goes by this configuration, and `within` the descriptors that it may have.
    pub(super) fn new(
        reread: Reread<'r>,
        config: Config,
        within: &Config,
        allowed: Option<usize>,
        filter: Filter,
    ) -> Self {
        let edge = rooms::edge_settings(within);
        Self { reread, config, allowed, filter, edge: Arc::new(ArcSwap::from_pointee(edge)) }
    }

    /// What the edge goes by.
    pub(super) fn edge(&self) -> Arc<ArcSwap<EdgeSettings>> {
        Arc::clone(&self.edge)
    }

    /// Time for leaving.
    pub(super) fn grace(&self) -> Duration {
        self.config.shutdown.grace
    }

    /// Reads the configuration again.
    pub(super) fn reload(&mut self) {
        let config = match (self.reread)() {
            Ok(config) => config,
            Err(errors) => {
                for problem in errors.problems() {
                    tracing::error!("{problem}");
                }
                return tracing::error!("the configuration was not reloaded: the old one stays");
            }
        };
        let filter = match telemetry::filter(&config.log.level) {
            Ok(filter) => filter,
            Err(error) => return tracing::error!("the configuration was not reloaded: {error}"),
        };
        let (mut now, mut later) = (Vec::new(), Vec::new());
        for setting in config.settings.iter() {
            if setting.value != self.config.settings.of(&setting.key).value {
                let is_now = RELOADED.contains(&&*setting.key);
                if is_now { &mut now } else { &mut later }.push(setting.key.clone());
            }
        }
        if !later.is_empty() {
            let keys = later.join(", ");
            tracing::warn!(keys, "these settings take effect at the next start");
        }
        let edge = rooms::edge_settings(&descriptors::within(&config, self.allowed));
        self.edge.store(Arc::new(edge));
        self.filter.set(filter);
        self.config = config;
        tracing::info!(changed = now.join(", "), "the configuration was reloaded");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn config_toml_marks_what_is_reloaded() {
        let (mut section, mut is_marked, mut marked) = ("", false, BTreeSet::new());
        for line in include_str!("../../config.toml").lines() {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name;
            } else if line.starts_with('#') {
                is_marked |= line.contains("(reload)");
            } else if let Some((key, _)) = line.split_once(" = ") {
                if is_marked {
                    marked.insert(format!("{section}.{key}"));
                }
                is_marked = false;
            }
        }
        assert_eq!(marked, RELOADED.iter().map(|&key| key.to_owned()).collect());
    }
}
