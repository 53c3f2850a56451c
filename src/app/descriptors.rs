//! File descriptors: as many as the system allows, and shared out before they run out.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::cores_or;
use crate::clicks::journal::lane;
use crate::config::Config;

/// What every process of ours has open, connections and the store aside: the standard streams, the
/// runtimes, the ports, certificates and the resolver while a store is connected to, a geo database
/// while it is read.
const OWN: usize = 40;

/// What an edge thread adds: its runtime, its port, spares, and the segments of its journal.
const A_THREAD: usize = 16 + lane::DESCRIPTORS_MAX;

/// The share of what is left that the admin listener may have: redirects come first.
const ADMIN_SHARE: usize = 8;

/// Raises the soft limit to the hard one, and returns how many descriptors this process may have;
/// `None` when there is no limit.
pub(super) fn raise() -> Option<usize> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: maximum, maximum };
    let allowed = if current == maximum || setrlimit(Resource::Nofile, wanted).is_ok() {
        maximum
    } else {
        // Where the hard limit is none at all, some systems refuse: then the soft one stays.
        current
    };
    allowed.map(|allowed| usize::try_from(allowed).unwrap_or(usize::MAX))
}

/// The configuration with as many connections as `allowed` descriptors are enough for. Says so when
/// these are fewer than were configured.
pub(super) fn within(config: &Config, allowed: Option<usize>) -> Config {
    let mut config = config.clone();
    let Some(allowed) = allowed else { return config };
    let share = Share::of(&config, allowed);
    if share.is_less_than(&config) {
        let wanted = share.reserved + config.edge.connections_max + config.admin.connections_max;
        tracing::warn!(
            "this process may open {allowed} files: it takes {} connections for redirects instead of \
             {} (edge.connections_max) and {} for the admin listener instead of {} \
             (admin.connections_max). Allow it {wanted} files (`ulimit -Hn`, LimitNOFILE of systemd, \
             --ulimit nofile of Docker), or configure fewer connections",
            share.edge,
            config.edge.connections_max,
            share.admin,
            config.admin.connections_max,
        );
    }
    config.edge.connections_max = share.edge;
    config.admin.connections_max = share.admin;
    config
}

/// Who gets how many.
#[derive(Debug, PartialEq, Eq)]
struct Share {
    reserved: usize,
    edge: usize,
    admin: usize,
}

impl Share {
    fn of(config: &Config, allowed: usize) -> Self {
        let store = config.store.limits().descriptors_max(&config.store.location);
        let reserved = OWN + A_THREAD * cores_or(config.edge.threads) + store;
        let (edge, admin) = (config.edge.connections_max, config.admin.connections_max);
        let left = allowed.saturating_sub(reserved);
        if edge + admin <= left {
            return Self { reserved, edge, admin };
        }
        let admin = admin.min(left / ADMIN_SHARE).max(1);
        Self { reserved, edge: edge.min(left.saturating_sub(admin)).max(1), admin }
    }

    fn is_less_than(&self, config: &Config) -> bool {
        self.edge < config.edge.connections_max || self.admin < config.admin.connections_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    fn config(edge: usize, admin: usize) -> Config {
        let mut config = Config::load(Layers::default()).expect("the defaults are good");
        config.edge.threads = 2;
        (config.edge.connections_max, config.admin.connections_max) = (edge, admin);
        config
    }

    #[test]
    fn what_fits_is_left_alone() {
        let share = Share::of(&config(16_384, 1024), 20_000);
        assert_eq!((share.edge, share.admin), (16_384, 1024));
    }

    #[test]
    fn what_does_not_fit_is_shared_and_nobody_gets_more_than_configured() {
        let share = Share::of(&config(16_384, 1024), 256);
        assert_eq!(share.reserved + share.edge + share.admin, 256);
        assert!(share.edge > 6 * share.admin && share.admin > 5, "{share:?}");
        let share = Share::of(&config(16_384, 4), 256);
        assert_eq!((share.admin, share.reserved + share.edge), (4, 252));
    }

    #[test]
    fn one_connection_is_always_left() {
        let share = Share::of(&config(16_384, 1024), 10);
        assert_eq!((share.edge, share.admin), (1, 1));
    }
}
