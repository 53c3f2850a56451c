//! `[node]`: what this process does among others on the same store.

use super::super::reader::Reader;

/// `[node]`
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// What it serves.
    pub role: Role,
}

/// What a process serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Redirects and the admin API.
    All,
    /// Redirects; the admin listener has health and metrics alone.
    Edge,
    /// The admin API, and no redirects.
    Admin,
}

impl Role {
    /// Whether it answers visitors.
    #[must_use]
    pub fn redirects(self) -> bool {
        self != Self::Admin
    }

    /// Whether it has the admin API.
    #[must_use]
    pub fn administers(self) -> bool {
        self != Self::Edge
    }
}

impl NodeConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { role: reader.text("node.role", role) }
    }
}

fn role(text: &str) -> Result<Role, String> {
    match text {
        "all" => Ok(Role::All),
        "edge" => Ok(Role::Edge),
        "admin" => Ok(Role::Admin),
        _ => Err("is no role: write all, edge or admin".to_owned()),
    }
}
