//! The domains this node answers for, in memory, swapped whole when one changes.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::model::id::DomainId;
use crate::store::domains::{self, Domain};
use crate::store::{self, Store};

/// All domains, for readers that never wait.
pub struct Domains {
    table: ArcSwap<DomainTable>,
}

/// All domains at one moment.
#[derive(Debug)]
pub struct DomainTable {
    default: Domain,
    /// By host name in lower case, the default domain left out.
    by_host: HashMap<Box<str>, Domain, foldhash::fast::RandomState>,
}

impl Domains {
    /// Reads them from the store.
    ///
    /// # Errors
    /// [`store::Error::Missing`] on a store that was never founded.
    pub async fn load(store: &Store) -> Result<Self, store::Error> {
        Ok(Self { table: ArcSwap::from_pointee(DomainTable::load(store).await?) })
    }

    /// Those of a snapshot; none if it holds no default domain.
    #[must_use]
    pub fn of(domains: impl IntoIterator<Item = Domain>) -> Option<Self> {
        Some(Self { table: ArcSwap::from_pointee(DomainTable::of(domains)?) })
    }

    /// Reads them again.
    ///
    /// # Errors
    /// [`store::Error::Unavailable`]; the table stays as it was.
    pub async fn reload(&self, store: &Store) -> Result<(), store::Error> {
        self.table.store(Arc::new(DomainTable::load(store).await?));
        Ok(())
    }

    /// The domains as they are now.
    pub fn table(&self) -> Guard<Arc<DomainTable>> {
        self.table.load()
    }
}

impl DomainTable {
    async fn load(store: &Store) -> Result<Self, store::Error> {
        Self::of(domains::all(store).await?).ok_or(store::Error::Missing)
    }

    fn of(domains: impl IntoIterator<Item = Domain>) -> Option<Self> {
        let mut default = None;
        let mut by_host = HashMap::default();
        for domain in domains {
            if domain.host.is_empty() {
                default = Some(domain);
            } else {
                by_host.insert(domain.host.as_str().into(), domain);
            }
        }
        Some(Self { default: default?, by_host })
    }

    /// The domain that answers for every host no other claims.
    #[must_use]
    pub fn default_domain(&self) -> &Domain {
        &self.default
    }

    /// The domain with this host name, which must be in lower case and without a port.
    #[must_use]
    pub fn named(&self, host: &str) -> Option<&Domain> {
        self.by_host.get(host)
    }

    /// The domain with this id.
    #[must_use]
    pub fn get(&self, id: DomainId) -> Option<&Domain> {
        if self.default.id == id {
            return Some(&self.default);
        }
        self.by_host.values().find(|domain| domain.id == id)
    }

    /// All domains but the default one.
    pub fn others(&self) -> impl Iterator<Item = &Domain> {
        self.by_host.values()
    }

    /// The domain that answers a request with this authority (`host` or `host:port`, any case).
    #[must_use]
    pub fn of_authority(&self, authority: &str) -> DomainId {
        if self.by_host.is_empty() {
            return self.default.id;
        }
        let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
            if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
        });
        let host = host.strip_suffix('.').unwrap_or(host);
        let found = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.by_host.get(host.to_ascii_lowercase().as_str())
        } else {
            self.by_host.get(host)
        };
        found.unwrap_or(&self.default).id
    }
}
