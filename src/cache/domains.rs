//! The domains this node answers for, in memory, swapped whole when one changes.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use url::Url;

use crate::model::id::DomainId;
use crate::model::target::OwnHosts;
use crate::store::domains::{self, Domain};
use crate::store::{self, Store};

/// All domains, for readers that never wait.
pub struct Domains {
    table: ArcSwap<DomainTable>,
    /// What else is ours, whatever domains there are.
    bases: Vec<Url>,
}

/// All domains at one moment.
#[derive(Debug)]
pub struct DomainTable {
    default: Domain,
    /// By host name in lower case, the default domain left out.
    by_host: HashMap<Box<str>, Domain, foldhash::fast::RandomState>,
    own: OwnHosts,
}

impl Domains {
    /// Reads them from the store. Beside them, links are served under the hosts of `bases`.
    ///
    /// # Errors
    /// [`store::Error::Missing`] on a store that was never founded.
    pub async fn load(store: &Store, bases: Vec<Url>) -> Result<Self, store::Error> {
        let table = ArcSwap::from_pointee(DomainTable::load(store, &bases).await?);
        Ok(Self { table, bases })
    }

    /// Those of a snapshot; none if it holds no default domain.
    #[must_use]
    pub fn of(domains: impl IntoIterator<Item = Domain>, bases: Vec<Url>) -> Option<Self> {
        let table = ArcSwap::from_pointee(DomainTable::of(domains, &bases)?);
        Some(Self { table, bases })
    }

    /// Reads them again.
    ///
    /// # Errors
    /// [`store::Error::Unavailable`]; the table stays as it was.
    pub async fn reload(&self, store: &Store) -> Result<(), store::Error> {
        self.table.store(Arc::new(DomainTable::load(store, &self.bases).await?));
        Ok(())
    }

    /// The domains as they are now.
    pub fn table(&self) -> Guard<Arc<DomainTable>> {
        self.table.load()
    }
}

impl DomainTable {
    async fn load(store: &Store, bases: &[Url]) -> Result<Self, store::Error> {
        Self::of(domains::all(store).await?, bases).ok_or(store::Error::Missing)
    }

    fn of(domains: impl IntoIterator<Item = Domain>, bases: &[Url]) -> Option<Self> {
        let (mut default, mut by_host, mut own) = (None, HashMap::default(), OwnHosts::of(bases));
        for domain in domains {
            if domain.host.is_empty() {
                default = Some(domain);
            } else {
                own.add_name(&domain.host);
                by_host.insert(domain.host.as_str().into(), domain);
            }
        }
        Some(Self { default: default?, by_host, own })
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

    /// The hosts that no link may lead to: it would lead back here.
    #[must_use]
    pub fn own_hosts(&self) -> &OwnHosts {
        &self.own
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
