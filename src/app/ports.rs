//! The ports: opened before anything else, so that a second server fails before it touches a store.

use std::net::{SocketAddr, TcpListener as StdListener};

use anyhow::Context;
use tokio::net::TcpListener;

use super::cores_or;
use crate::config::Config;
use crate::edge;

/// Open ports.
pub(super) struct Ports {
    /// One listener an edge thread; none where no visitors are answered.
    pub(super) edge: Vec<StdListener>,
    /// The admin listener.
    pub(super) admin: TcpListener,
    /// Where they are.
    pub(super) addresses: Addresses,
}

/// Where the listeners are.
#[derive(Clone, Copy)]
pub(super) struct Addresses {
    /// The redirect listener, if there is one.
    pub(super) edge: Option<SocketAddr>,
    /// The admin listener.
    pub(super) admin: SocketAddr,
}

impl Ports {
    /// Opens them.
    pub(super) async fn open(config: &Config) -> anyhow::Result<Self> {
        let edge = match edge_threads(config) {
            0 => Vec::new(),
            threads => edge::bind(config.edge.listen, threads)
                .with_context(|| refused("redirect", "edge", config.edge.listen))?,
        };
        let admin = TcpListener::bind(config.admin.listen)
            .await
            .with_context(|| refused("admin", "admin", config.admin.listen))?;
        let addresses = Addresses {
            edge: edge.first().map(StdListener::local_addr).transpose()?,
            admin: admin.local_addr()?,
        };
        Ok(Self { edge, admin, addresses })
    }
}

/// How many threads answer visitors.
pub(super) fn edge_threads(config: &Config) -> usize {
    if config.node.role.redirects() { cores_or(config.edge.threads) } else { 0 }
}

fn refused(listener: &str, section: &str, address: SocketAddr) -> String {
    format!(
        "cannot open the {listener} listener on {address}: stop what uses that port, or choose \
         another with --{section}-listen"
    )
}
