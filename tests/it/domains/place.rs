//! A server that asks a resolver of the test's own, and keys of several workspaces.

use carom::accounts::key::ApiKey;
use carom::accounts::permission::SCOPE_ADMIN;
use carom::model::id::{DomainId, WorkspaceId};
use carom::store::audit::{self, Filter};
use carom::store::keys::{self, NewKey};
use carom::store::{Limits, Location, Store, facts};
use serde_json::{Value, json};

use super::resolver::Resolver;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Response, request};
use crate::support::postgres::{Database, fresh_database};
use crate::support::wait::SOON;

/// A server, its resolver and its first key.
pub(crate) struct Place {
    pub(crate) carom: Carom,
    pub(crate) resolver: Resolver,
    _database: Option<Database>,
}

/// Somebody with a key.
pub(crate) struct Caller {
    pub(crate) workspace: WorkspaceId,
    bearer: String,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::on(Options::sqlite(), None)
    }

    pub(crate) fn postgres() -> Self {
        let database = fresh_database();
        Self::on(Options::postgres(&database.url), Some(database))
    }

    /// On a database that the test keeps.
    pub(crate) fn over(options: Options) -> Self {
        Self::on(options, None)
    }

    fn on(options: Options, database: Option<Database>) -> Self {
        let resolver = Resolver::start();
        let options = options
            .patient()
            .set("CAROM_STORE__ADMIN_WAIT_MS", 10_000)
            .set("CAROM_DOMAINS__RESOLVER", resolver.address);
        Self { carom: Carom::start(options), resolver, _database: database }
    }

    /// Whoever has the first key.
    pub(crate) fn owner(&self) -> Caller {
        let bearer = format!("Bearer {}", self.carom.key());
        let workspace = self.in_store(async |store| facts::default_workspace(store).await);
        Caller { workspace: workspace.expect("a workspace"), bearer }
    }

    /// Somebody of another workspace.
    pub(crate) fn stranger(&self) -> Caller {
        self.key(WorkspaceId::random(), None)
    }

    /// A key of a workspace that is good for these domains only.
    pub(crate) fn key(&self, workspace: WorkspaceId, domains: Option<Vec<DomainId>>) -> Caller {
        let key = ApiKey::random();
        let new = NewKey {
            name: "a test's".to_owned(),
            prefix: key.prefix().to_owned(),
            digest: key.digest(),
            scopes: SCOPE_ADMIN.to_owned(),
            domains,
            expires_at: None,
        };
        self.in_store(async |store| keys::create(store, workspace, new).await).expect("a key");
        Caller { workspace, bearer: format!("Bearer {}", key.reveal()) }
    }

    /// Works on the server's store behind its back.
    pub(crate) fn in_store<T>(&self, work: impl AsyncFnOnce(&Store) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let location = Location::parse(self.carom.store()).expect("a location");
            let limits = Limits {
                redirect_connections: 1,
                admin_connections: 1,
                redirect_wait: SOON,
                admin_wait: SOON,
                statement_timeout: SOON,
            };
            let store = Store::open(&location, self.carom.data_dir(), limits).expect("it opens");
            let outcome = work(&store).await;
            store.close().await;
            outcome
        })
    }

    pub(crate) fn call(
        &self,
        caller: &Caller,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Response {
        let own = [("authorization", &*caller.bearer), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        request(self.carom.admin(), method, path, &[&own, headers].concat(), body.as_bytes())
    }

    /// Claims a name and returns what is said about it.
    #[track_caller]
    pub(crate) fn claim(&self, caller: &Caller, host: &str) -> Value {
        let response = self.call(caller, "POST", "/api/v1/domains", &[], &json!({ "host": host }));
        assert_eq!(response.status, 201, "{}", response.text());
        response.json()
    }

    /// Sets the record of a claim.
    #[track_caller]
    pub(crate) fn set_record(&self, claim: &Value) {
        let text = |field: &str| claim[field].as_str().expect("a text").to_owned();
        self.resolver.set(&text("record_name"), &["v=spf1 -all", &text("record_value")]);
    }

    pub(crate) fn verify(&self, caller: &Caller, claim: &Value) -> Response {
        let id = claim["id"].as_str().expect("an id");
        self.call(caller, "POST", &format!("/api/v1/domains/{id}/verify"), &[], &Value::Null)
    }

    /// A domain with its proof; returns its id.
    #[track_caller]
    pub(crate) fn domain(&self, caller: &Caller, host: &str) -> String {
        let claim = self.claim(caller, host);
        self.set_record(&claim);
        let response = self.verify(caller, &claim);
        assert_eq!(response.status, 200, "{}", response.text());
        claim["id"].as_str().expect("an id").to_owned()
    }

    /// Changes a domain and returns it.
    #[track_caller]
    pub(crate) fn change(&self, caller: &Caller, id: &str, edit: &Value) -> Value {
        let path = format!("/api/v1/domains/{id}");
        let response = self.call(caller, "PATCH", &path, &[], edit);
        assert_eq!(response.status, 200, "{}", response.text());
        response.json()
    }

    /// Makes a link and returns it.
    #[track_caller]
    pub(crate) fn link(&self, caller: &Caller, draft: &Value) -> Value {
        let response = self.call(caller, "POST", "/api/v1/links", &[], draft);
        assert_eq!(response.status, 201, "{}", response.text());
        response.json()
    }

    /// The status of the answer to a visitor of this host, and where it leads.
    pub(crate) fn visit(&self, host: &str, path: &str) -> (u16, Option<String>) {
        let response = request(self.carom.edge(), "GET", path, &[("host", host)], b"");
        (response.status, response.header("location").map(str::to_owned))
    }

    /// What was done to domains in a workspace, sorted.
    pub(crate) fn deeds(&self, workspace: WorkspaceId) -> Vec<String> {
        let filter = Filter {
            workspace,
            subject: None,
            actor: None,
            action: Some("domain".to_owned()),
            from: None,
            before: None,
            limit: 100,
        };
        let all = self.in_store(async |store| audit::list(store, &filter).await);
        let mut all: Vec<_> = all.expect("a list").into_iter().map(|it| it.action).collect();
        all.sort_unstable();
        all
    }
}

/// A redirect to this place.
pub(crate) fn to(url: &str) -> (u16, Option<String>) {
    (302, Some(url.to_owned()))
}

/// The body of a problem of this sort.
#[track_caller]
pub(crate) fn problem(response: &Response, status: u16, slug: &str) -> Value {
    assert_eq!(response.status, status, "{}", response.text());
    let body = response.json();
    assert_eq!(body["type"], format!("/problems/{slug}"), "{body}");
    body
}
