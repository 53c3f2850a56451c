//! Domains for the tests of this room, from a real store.

use std::time::Duration;

use url::Url;

use crate::cache::domains::{DomainTable, Domains};
use crate::model::id::DomainId;
use crate::store::{Limits, Location, Store, domains, facts};

/// The default domain and these.
pub(super) fn domains(hosts: &[&str]) -> Domains {
    domains_under(hosts, Vec::new())
}

/// The same on a server that answers under `bases` too.
pub(super) fn domains_under(hosts: &[&str], bases: Vec<Url>) -> Domains {
    let directory = tempfile::tempdir().expect("a directory");
    let location = Location::parse("sqlite").expect("a store");
    let limits = Limits {
        redirect_connections: 1,
        admin_connections: 1,
        redirect_wait: Duration::from_secs(5),
        admin_wait: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(5),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let store = Store::open(&location, directory.path(), limits).expect("it opens");
        store.migrate().await.expect("a schema");
        facts::found(&store, None).await.expect("a founded store");
        let workspace = facts::default_workspace(&store).await.expect("a workspace");
        for host in hosts {
            domains::create(&store, workspace, (*host).to_owned()).await.expect("a domain");
        }
        let loaded = Domains::load(&store, bases).await.expect("domains");
        store.close().await;
        loaded
    })
}

/// The id of the domain with this host.
pub(super) fn id_of(table: &DomainTable, host: &str) -> DomainId {
    table.named(host).expect("a domain").id
}
