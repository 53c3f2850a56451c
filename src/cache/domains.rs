//! The domains this node answers for, in memory, swapped whole when one changes.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use hyper::header::HeaderValue;
use url::Url;

use crate::model::domain::CaseRule;
use crate::model::id::DomainId;
use crate::model::target::{OwnHosts, Target};
use crate::store::domains::{self, Domain};
use crate::store::{self, Store};

/// What this machine calls itself: a request for it is one by address.
const LOCALHOST: &str = "localhost";

/// All domains, for readers that never wait.
pub struct Domains {
    table: ArcSwap<DomainTable>,
    /// What else is ours, whatever domains there are.
    bases: Vec<Url>,
}

/// All domains at one moment.
#[derive(Debug)]
pub struct DomainTable {
    default: Served,
    /// By id, the default domain left out.
    by_id: HashMap<DomainId, Served, foldhash::fast::RandomState>,
    /// By every name in lower case that this server goes by.
    by_host: HashMap<Box<str>, Named, foldhash::fast::RandomState>,
    own: OwnHosts,
}

/// The domain that a host stands for, and how it reads codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Which.
    pub domain: DomainId,
    /// How it reads codes.
    pub case_rule: CaseRule,
}

/// What a domain answers beside its links, ready to be sent.
#[derive(Debug, Default)]
pub struct Pages {
    /// Where `/` leads.
    pub root: Option<HeaderValue>,
    /// Where unknown codes lead.
    pub not_found: Option<HeaderValue>,
    /// Where links lead that are over.
    pub expired: Option<HeaderValue>,
}

#[derive(Debug)]
struct Served {
    domain: Domain,
    pages: Pages,
}

impl Domains {
    /// Reads them from the store. Beside them, links are served under the hosts of `bases`: requests
    /// for those are answered by the default domain.
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
        let domains: Vec<_> = domains.into_iter().collect();
        let mut own = OwnHosts::of(bases);
        for domain in domains.iter().filter(|domain| !domain.is_default()) {
            own.add_name(&domain.host);
        }
        let (mut default, mut by_id) = (None, HashMap::default());
        for domain in domains {
            let served = Served { pages: Pages::of(&domain, &own), domain };
            if served.domain.is_default() {
                default = Some(served);
            } else {
                by_id.insert(served.domain.id, served);
            }
        }
        let default = default?;
        let mut by_host = HashMap::default();
        // First those of the default domain: where another has such a name, it is that one's.
        let default_hosts = bases.iter().filter_map(Url::host_str).map(without_dot);
        for host in default_hosts.chain(["", LOCALHOST]) {
            by_host.insert(host.into(), Named::of(&default.domain));
        }
        for Served { domain, .. } in by_id.values() {
            by_host.insert(domain.host.as_str().into(), Named::of(domain));
        }
        Some(Self { default, by_id, by_host, own })
    }

    /// The domain that answers requests by address.
    #[must_use]
    pub fn default_domain(&self) -> &Domain {
        &self.default.domain
    }

    /// The domain with this host name, which must be in lower case and without a port.
    #[must_use]
    pub fn named(&self, host: &str) -> Option<&Domain> {
        let served = self.by_id.get(&self.by_host.get(host)?.domain)?;
        Some(&served.domain)
    }

    /// The domain with this id.
    #[must_use]
    pub fn get(&self, id: DomainId) -> Option<&Domain> {
        self.served(id).map(|served| &served.domain)
    }

    /// What the domain with this id answers beside its links.
    #[must_use]
    pub fn pages(&self, id: DomainId) -> Option<&Pages> {
        self.served(id).map(|served| &served.pages)
    }

    fn served(&self, id: DomainId) -> Option<&Served> {
        if self.default.domain.id == id { Some(&self.default) } else { self.by_id.get(&id) }
    }

    /// All domains but the default one.
    pub fn others(&self) -> impl Iterator<Item = &Domain> {
        self.by_id.values().map(|served| &served.domain)
    }

    /// The hosts that no link may lead to: it would lead back here.
    #[must_use]
    pub fn own_hosts(&self) -> &OwnHosts {
        &self.own
    }

    /// The domain that answers a request with this authority (`host` or `host:port`, any case), or
    /// nothing for a host that is none of ours.
    #[must_use]
    pub fn of_authority(&self, authority: &str) -> Option<Named> {
        let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
            if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
        });
        let host = without_dot(host);
        self.by_host.get(host).copied().or_else(|| self.of_unusual(host))
    }

    /// A host in capitals, or an address of this machine that it was not told of.
    fn of_unusual(&self, host: &str) -> Option<Named> {
        if is_address(host) {
            return Some(Named::of(&self.default.domain));
        }
        let has_capitals = host.bytes().any(|byte| byte.is_ascii_uppercase());
        has_capitals.then(|| self.by_host.get(host.to_ascii_lowercase().as_str()).copied())?
    }
}

impl Named {
    fn of(domain: &Domain) -> Self {
        Self { domain: domain.id, case_rule: domain.settings.case_rule }
    }
}

impl Pages {
    fn of(domain: &Domain, own: &OwnHosts) -> Self {
        let page = |url: &Option<String>| url.as_deref().and_then(|url| location(domain, url, own));
        Self {
            root: page(&domain.settings.root_url),
            not_found: page(&domain.settings.not_found_url),
            expired: page(&domain.settings.expired_url),
        }
    }
}

/// A target as it is sent. A row planted by hand must not become an open redirect, nor one that has
/// become a host of ours since it was written a circle.
fn location(domain: &Domain, url: &str, own: &OwnHosts) -> Option<HeaderValue> {
    let is_sound = Target::parse(url, own).is_ok_and(|target| target.as_str() == url);
    let location = HeaderValue::try_from(url).ok().filter(|_| is_sound);
    if location.is_none() {
        tracing::warn!(domain = %domain.id, host = domain.host, "a stored target of this domain is not valid, or one of our own hosts, and will not be sent to anyone");
    }
    location
}

fn without_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

fn is_address(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::WorkspaceId;
    use crate::store::domains::Settings;

    fn domain(id: i64, host: &str, settings: Settings) -> Domain {
        let workspace = WorkspaceId::from_stored(1);
        Domain { settings, ..Domain::new(DomainId::from_stored(id), workspace, host) }
    }

    fn table(domains: Vec<Domain>) -> DomainTable {
        let bases = ["http://s.example:8080/", "http://192.0.2.1:8080/"];
        let bases = bases.map(|base| Url::parse(base).expect("a URL"));
        DomainTable::of(domains, &bases).expect("a default domain")
    }

    #[test]
    fn a_request_finds_its_domain_and_an_unknown_host_finds_none() {
        let folded = Settings { case_rule: CaseRule::Folded, ..Settings::default() };
        let table =
            table(vec![domain(1, "", Settings::default()), domain(2, "go.example", folded)]);
        let found = |authority| table.of_authority(authority).map(|it| it.domain.get());
        for authority in [
            "",
            "127.0.0.1",
            "127.0.0.1:8080",
            "192.0.2.1",
            "[::1]",
            "[::1]:80",
            "localhost:80",
            "LOCALHOST",
            "s.example",
            "S.example.:1",
        ] {
            assert_eq!(found(authority), Some(1), "{authority}");
        }
        for authority in ["go.example", "GO.example:80", "go.example."] {
            assert_eq!(found(authority), Some(2), "{authority}");
        }
        for authority in
            ["other.example", "x.go.example", "1.2.3", "[::1", "u@go.example", "go.example:x", "."]
        {
            let expected = (authority == ".").then_some(1);
            assert_eq!(found(authority), expected, "{authority}");
        }
        let named = table.of_authority("go.example").expect("a domain");
        assert_eq!(named.case_rule, CaseRule::Folded);
        assert!(table.named("s.example").is_none() && table.named("").is_none());
    }

    #[test]
    fn a_domain_has_the_public_host_if_it_was_given_it() {
        let domains =
            vec![domain(1, "", Settings::default()), domain(2, "s.example", Settings::default())];
        let found = table(domains).of_authority("s.example").map(|it| it.domain.get());
        assert_eq!(found, Some(2));
    }

    #[test]
    fn a_target_that_leads_back_here_or_is_no_target_is_not_sent() {
        let settings = Settings {
            root_url: Some("https://example.com/".to_owned()),
            not_found_url: Some("https://go.example/x".to_owned()),
            expired_url: Some("javascript:alert(1)".to_owned()),
            ..Settings::default()
        };
        let table =
            table(vec![domain(1, "", settings), domain(2, "go.example", Settings::default())]);
        let pages = table.pages(DomainId::from_stored(1)).expect("pages");
        assert_eq!(pages.root, Some(HeaderValue::from_static("https://example.com/")));
        assert_eq!((&pages.not_found, &pages.expired), (&None, &None));
        assert!(table.pages(DomainId::from_stored(3)).is_none());
    }
}
