//! Short URLs: from a link to its address, and from an address or a name back to a domain.

use std::net::SocketAddr;

use percent_encoding::percent_decode_str;
use url::Url;

use super::LinkProblem;
use crate::cache::domains::DomainTable;
use crate::model::code::Code;
use crate::model::host::host_name;
use crate::model::id::{DomainId, WorkspaceId};
use crate::store::domains::Domain;

/// What short URLs look like on this installation.
#[derive(Debug, Clone)]
pub struct ShortUrls {
    public_url: Url,
    /// Where redirects are answered whatever the host is called.
    listener: Option<Url>,
    /// Other names of the default domain.
    aliases: Vec<Url>,
}

/// What a short URL points at: a code on a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot<'t> {
    /// The domain.
    pub domain: &'t Domain,
    /// The code, decoded but not checked.
    pub code: String,
}

impl ShortUrls {
    /// `public_url` is what short URLs of the default domain begin with: a scheme, a host, perhaps
    /// a port, and no path.
    #[must_use]
    pub fn new(public_url: Url) -> Self {
        Self { public_url, listener: None, aliases: Vec::new() }
    }

    /// With the address of the redirect listener, which is a host of ours too.
    #[must_use]
    pub fn listening_on(self, edge: SocketAddr) -> Self {
        Self { listener: Url::parse(&format!("http://{edge}/")).ok(), ..self }
    }

    /// With other names that the default domain answers for.
    #[must_use]
    pub fn answering_for(self, hosts: &[String]) -> Self {
        let aliases = hosts.iter().filter_map(|host| Url::parse(&format!("http://{host}/")).ok());
        Self { aliases: aliases.collect(), ..self }
    }

    /// The short URL of the link with this code on this domain.
    #[must_use]
    pub fn of(&self, table: &DomainTable, domain: DomainId, code: &Code) -> String {
        let mut url = self.base(table, domain);
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(code.as_str());
        }
        url.into()
    }

    /// The name of this domain, as shown.
    #[must_use]
    pub fn domain_name(&self, table: &DomainTable, domain: DomainId) -> String {
        self.base(table, domain).authority().to_owned()
    }

    /// The names of all domains of a workspace, as shown.
    #[must_use]
    pub fn names_of(&self, table: &DomainTable, workspace: WorkspaceId) -> Vec<String> {
        let all = [table.default_domain()].into_iter().chain(table.others());
        let own = all.filter(|domain| domain.workspace == workspace);
        own.map(|domain| self.domain_name(table, domain.id)).collect()
    }

    /// The domain of this workspace that a caller means by `name`: nothing, or the host of the public
    /// URL with or without its port, for the default domain. A domain of another workspace is one that
    /// does not exist.
    ///
    /// # Errors
    /// [`LinkProblem::UnknownDomain`], [`LinkProblem::DomainNeeded`], [`LinkProblem::NoDomain`].
    pub fn find_domain<'t>(
        &self,
        table: &'t DomainTable,
        workspace: WorkspaceId,
        name: Option<&str>,
    ) -> Result<&'t Domain, LinkProblem> {
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else {
            return home(table, workspace);
        };
        let found = self.find_any(table, name).filter(|domain| domain.workspace == workspace);
        found.ok_or_else(|| LinkProblem::UnknownDomain(name.to_owned()))
    }

    /// The domain of this name, whoever owns it: what the operator asks for.
    #[must_use]
    pub fn find_any<'t>(&self, table: &'t DomainTable, name: &str) -> Option<&'t Domain> {
        // Before the public URL: a request for this host is answered by the domain of that name.
        let named = host_name(name).ok().and_then(|host| table.named(&host));
        named.or_else(|| self.is_default_name(name).then(|| table.default_domain()))
    }

    /// What a whole short URL points at.
    ///
    /// # Errors
    /// [`LinkProblem::UnknownDomain`] when its host is none of ours.
    pub fn read<'t>(
        &self,
        table: &'t DomainTable,
        workspace: WorkspaceId,
        url: &Url,
    ) -> Result<Spot<'t>, LinkProblem> {
        let domain = self.find_domain(table, workspace, Some(url.authority()))?;
        Ok(Spot { domain, code: decoded(url.path().trim_start_matches('/')) })
    }

    /// What links of the default domain are asked for under.
    #[must_use]
    pub fn bases(&self) -> Vec<Url> {
        [&self.public_url].into_iter().chain(&self.listener).chain(&self.aliases).cloned().collect()
    }

    /// What short URLs of the default domain begin with, without a scheme.
    #[must_use]
    pub fn public_name(&self) -> String {
        self.public_url.authority().to_owned()
    }

    /// Whether the default domain answers for this name, unless a domain has it.
    #[must_use]
    pub fn is_default_host(&self, host: &str) -> bool {
        self.bases().iter().any(|base| base.host_str() == Some(host))
    }

    fn is_default_name(&self, name: &str) -> bool {
        let is_alias = |host: &String| self.aliases.iter().any(|it| it.host_str() == Some(host));
        self.is_public(name) || host_name(name).is_ok_and(|host| is_alias(&host))
    }

    fn base(&self, table: &DomainTable, domain: DomainId) -> Url {
        if domain == table.default_domain().id {
            return self.public_url.clone();
        }
        match table.get(domain) {
            Some(domain) => self.base_of_host(&domain.host),
            // Made elsewhere within the last second. `.invalid` resolves nowhere (RFC 6761 §6.4),
            // so that nobody follows a guess.
            None => self.base_of_host(&format!("domain-{domain}.invalid")),
        }
    }

    fn base_of_host(&self, host: &str) -> Url {
        let base = format!("{}://{host}/", self.public_url.scheme());
        Url::parse(&base).unwrap_or_else(|_| self.public_url.clone())
    }

    fn is_public(&self, name: &str) -> bool {
        if name.contains(['/', '\\', '?', '#', '@']) {
            return false;
        }
        let Ok(named) = Url::parse(&format!("{}://{name}/", self.public_url.scheme())) else {
            return false;
        };
        let is_whole = named.authority() == self.public_url.authority();
        is_whole || (named.port().is_none() && named.host() == self.public_url.host())
    }
}

/// The domain of links that name none: the default one for the workspace that has it, and its only one
/// for another.
fn home(table: &DomainTable, workspace: WorkspaceId) -> Result<&Domain, LinkProblem> {
    let default = table.default_domain();
    if default.workspace == workspace {
        return Ok(default);
    }
    let mut own = table.others().filter(|domain| domain.workspace == workspace);
    match (own.next(), own.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(LinkProblem::NoDomain),
        _ => Err(LinkProblem::DomainNeeded),
    }
}

/// Takes percent-encoding off. What is no UTF-8 then is no code either.
fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::links::fixture::{domains, domains_under, id_of};
    use crate::model::target::{OwnHosts, Target};

    fn short_urls() -> ShortUrls {
        ShortUrls::new(Url::parse("http://s.example:8080/").expect("a URL"))
    }

    #[test]
    fn a_link_has_the_address_of_its_domain() {
        let domains = domains(&["go.example"]);
        let (table, urls) = (domains.table(), short_urls());
        let default = table.default_domain().id;
        let code = Code::parse("café").expect("a code");
        assert_eq!(urls.of(&table, default, &code), "http://s.example:8080/caf%C3%A9");
        assert_eq!(urls.domain_name(&table, default), "s.example:8080");
        let other = id_of(&table, "go.example");
        assert_eq!(urls.of(&table, other, &code), "http://go.example/caf%C3%A9");
        assert_eq!(urls.domain_name(&table, other), "go.example");
    }

    #[test]
    fn a_domain_this_node_does_not_know_yet_leads_nowhere() {
        let domains = domains(&[]);
        let unknown = DomainId::from_stored(7);
        let code = Code::parse("a").expect("a code");
        let url = short_urls().of(&domains.table(), unknown, &code);
        assert_eq!(url, "http://domain-7.invalid/a");
    }

    #[test]
    fn domains_are_found_by_every_name_they_go_by() {
        let domains = domains(&["go.example", "xn--mnchen-3ya.example"]);
        let (table, urls) = (domains.table(), short_urls());
        let own = table.default_domain().workspace;
        let found = |name| urls.find_domain(&table, own, name).map(|domain| domain.host.as_str());
        for name in [None, Some(""), Some("s.example"), Some("S.example:8080")] {
            assert_eq!(found(name), Ok(""), "{name:?}");
        }
        assert_eq!(found(Some("GO.example.")), Ok("go.example"));
        assert_eq!(found(Some("münchen.example")), Ok("xn--mnchen-3ya.example"));
        for name in ["s.example:81", "other.example", "go.example:81", "/", "s.example/x", "a b"] {
            let unknown = LinkProblem::UnknownDomain(name.to_owned());
            assert_eq!(found(Some(name)), Err(unknown), "{name}");
        }
        let foreign = WorkspaceId::random();
        for name in ["go.example", "s.example", "S.example:8080"] {
            let unknown = LinkProblem::UnknownDomain(name.to_owned());
            assert_eq!(urls.find_domain(&table, foreign, Some(name)), Err(unknown), "{name}");
        }
        assert_eq!(urls.find_domain(&table, foreign, None), Err(LinkProblem::NoDomain));
    }

    #[test]
    fn a_short_url_is_read_back() {
        let domains = domains(&["go.example"]);
        let (table, urls) = (domains.table(), short_urls());
        let own = table.default_domain().workspace;
        for (text, host, code) in [
            ("http://s.example:8080/caf%C3%A9", "", "café"),
            ("https://go.example/a", "go.example", "a"),
            ("https://go.example/%61%zz%", "go.example", "a%zz%"),
        ] {
            let spot = urls.read(&table, own, &Url::parse(text).expect("a URL")).expect(text);
            assert_eq!((spot.domain.host.as_str(), spot.code.as_str()), (host, code));
        }
        let foreign = Url::parse("https://other.example/a").expect("a URL");
        assert!(urls.read(&table, own, &foreign).is_err());
    }

    fn own_hosts(urls: &ShortUrls) -> OwnHosts {
        let domains = domains_under(&["go.example"], urls.bases());
        domains.table().own_hosts().clone()
    }

    #[test]
    fn a_loopback_address_is_ours_under_all_its_names() {
        let urls = ShortUrls::new(Url::parse("http://127.0.0.1:8080/").expect("a URL"));
        let own = own_hosts(&urls);
        for target in [
            "http://127.0.0.1:8080/x",
            "http://localhost:8080/x",
            "http://[::1]:8080/x",
            "https://go.example/x",
        ] {
            assert!(Target::parse(target, &own).is_err(), "{target}");
        }
        assert!(Target::parse("http://127.0.0.1:9000/", &own).is_ok());
    }

    #[test]
    fn the_listener_is_ours_beside_the_public_url() {
        for edge in ["127.0.0.1:8080", "0.0.0.0:8080", "[::]:8080"] {
            let urls = ShortUrls::new(Url::parse("https://s.example/").expect("a URL"))
                .listening_on(edge.parse().expect("an address"));
            let own = own_hosts(&urls);
            for target in ["http://127.0.0.1:8080/", "http://localhost:8080/", "http://s.example/"]
            {
                assert!(Target::parse(target, &own).is_err(), "{target}");
            }
            assert!(Target::parse("http://127.0.0.1/", &own).is_ok());
        }
    }
}
