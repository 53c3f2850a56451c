//! The ports: opened before anything else, so that a second server fails before it touches a store.

use std::net::{SocketAddr, TcpListener as StdListener};

use anyhow::Context;
use tokio::net::TcpListener;

use super::cores_or;
use crate::config::Config;
use crate::edge;

/// Open ports.
pub(super) struct Ports {
    /// One listener an edge thread.
    pub(super) edge: Vec<StdListener>,
    /// The admin listener.
    pub(super) admin: TcpListener,
    /// Where they are.
    pub(super) addresses: Addresses,
}

/// Where the listeners are.
#[derive(Clone, Copy)]
pub(super) struct Addresses {
    /// The redirect listener.
    pub(super) edge: SocketAddr,
    /// The admin listener.
    pub(super) admin: SocketAddr,
}

impl Ports {
    /// Opens them.
    pub(super) async fn open(config: &Config) -> anyhow::Result<Self> {
        let edge = edge::bind(config.edge.listen, cores_or(config.edge.threads))
            .with_context(|| refused("redirect", "edge", config.edge.listen))?;
        let admin = TcpListener::bind(config.admin.listen)
            .await
            .with_context(|| refused("admin", "admin", config.admin.listen))?;
        let addresses = Addresses {
            edge: edge.first().context("there is no edge thread")?.local_addr()?,
            admin: admin.local_addr()?,
        };
        Ok(Self { edge, admin, addresses })
    }
}

fn refused(listener: &str, section: &str, address: SocketAddr) -> String {
    format!(
        "cannot open the {listener} listener on {address}: stop what uses that port, or choose \
         another with --{section}-listen"
    )
}
