//! Every route of the API: what it needs, what it is about, and a request that succeeds.

use std::collections::BTreeMap;

use carom::accounts::permission::SCOPE_ADMIN;
use carom::model::id::WorkspaceId;
use carom::store::sessions::{self, Factor, NewSession};
use carom::store::{domains, facts, users};
use serde_json::{Value, json};

use super::fixture::{Browser, account, in_store, member, stranger, text};
use crate::support::carom::Carom;
use crate::support::http::get;
use crate::support::wait::{SOON, eventually};

/// Whom a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Everybody: what it needs stands in the body.
    Nothing,
    /// Whoever has signed in.
    Person,
    /// Whoever belongs to the workspace, and every key that works.
    Member,
    /// Whoever has this permission.
    May(&'static str),
}

/// What the `{id}` of a route stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Nothing,
    Link,
    Key,
    Domain,
    Member,
    Invitation,
    Session,
}

/// A route of the document, and what the tests know of it.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) operation: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) need: Need,
    pub(super) about: About,
    /// The status of a request that does what it asks for.
    pub(super) success: u16,
    pub(super) body: Option<Value>,
}

type Line = (&'static str, Need, About, u16, &'static str);

/// A line for each operation: whom it is for, what it is about, its status and a body that succeeds.
const LINES: &[Line] = {
    use About::{Domain, Invitation, Key, Link, Member as OfMember, Nothing as All, Session};
    use Need::{May, Member, Nothing, Person};
    &[
        ("shorten", May("links:write"), All, 201, r#"{"url":"https://example.com/"}"#),
        ("create_link", May("links:write"), All, 201, r#"{"url":"https://example.com/"}"#),
        ("list_links", May("links:read"), All, 200, ""),
        (
            "batch_links",
            May("links:write"),
            All,
            200,
            r#"{"create":[{"url":"https://example.com/"}]}"#,
        ),
        ("read_link", May("links:read"), Link, 200, ""),
        ("change_link", May("links:write"), Link, 200, r#"{"title":"changed"}"#),
        ("delete_link", May("links:write"), Link, 204, ""),
        ("draw_qr_code", May("links:read"), Link, 200, ""),
        ("count_clicks", May("stats:read"), Link, 200, ""),
        ("link_statistics", May("stats:read"), Link, 200, ""),
        ("list_visits", May("stats:read"), Link, 200, ""),
        ("export_visits", May("stats:read"), All, 200, ""),
        ("workspace_statistics", May("stats:read"), All, 200, ""),
        ("list_domains", May("domains:read"), All, 200, ""),
        ("claim_domain", May("domains:write"), All, 201, r#"{"host":"HOST"}"#),
        ("read_domain", May("domains:read"), Domain, 200, ""),
        (
            "change_domain",
            May("domains:write"),
            Domain,
            200,
            r#"{"root_url":"https://example.com/"}"#,
        ),
        ("delete_domain", May("domains:write"), Domain, 204, ""),
        ("verify_domain", May("domains:write"), Domain, 200, ""),
        ("list_keys", May("keys:read"), All, 200, ""),
        ("create_key", May("keys:write"), All, 201, r#"{"name":"new","scopes":["links:read"]}"#),
        ("read_key", May("keys:read"), Key, 200, ""),
        ("revoke_key", May("keys:write"), Key, 204, ""),
        ("rotate_key", May("keys:write"), Key, 201, "{}"),
        ("read_audit_log", May("audit:read"), All, 200, ""),
        ("list_members", May("people:read"), All, 200, ""),
        ("change_member", May("people:write"), OfMember, 200, r#"{"role":"editor"}"#),
        ("remove_member", May("people:write"), OfMember, 204, ""),
        ("list_invitations", May("people:read"), All, 200, ""),
        (
            "invite",
            May("people:write"),
            All,
            201,
            r#"{"email":"guest@example.com","role":"viewer"}"#,
        ),
        ("take_invitation_back", May("people:write"), Invitation, 204, ""),
        ("read_workspace", Member, All, 200, ""),
        ("rename_workspace", May("workspace:write"), All, 200, r#"{"name":"renamed"}"#),
        ("list_workspaces", Person, All, 200, ""),
        ("create_workspace", Person, All, 201, r#"{"name":"another"}"#),
        ("read_me", Person, All, 200, ""),
        ("change_me", Person, All, 200, r#"{"name":"Renamed"}"#),
        ("list_sessions", Person, All, 200, ""),
        ("end_other_sessions", Person, All, 204, ""),
        ("end_session", Person, Session, 204, ""),
        // Without a proof or an offer nothing is done, but the caller is let in.
        ("begin_second_factor", Person, All, 422, "{}"),
        ("confirm_second_factor", Person, All, 404, r#"{"code":"000000"}"#),
        ("remove_second_factor", Person, All, 422, "{}"),
        ("sign_out", Person, All, 204, ""),
        // What opens these stands in the body, and here it opens nothing.
        (
            "sign_in",
            Nothing,
            All,
            401,
            r#"{"email":"nobody@example.com","password":"a wrong one"}"#,
        ),
        (
            "set_up",
            Nothing,
            All,
            404,
            r#"{"token":"x","email":"x@example.com","name":"X","password":"a long password"}"#,
        ),
        ("ways_to_sign_in", Nothing, All, 200, ""),
        // There is no provider here.
        ("begin_sign_in_at_provider", Nothing, All, 404, ""),
        ("finish_sign_in_at_provider", Nothing, All, 404, ""),
        ("open_invitation", Nothing, All, 404, r#"{"token":"x"}"#),
        ("accept_invitation", Nothing, All, 404, r#"{"token":"x"}"#),
    ]
};

/// Every route of the document that the server sends.
///
/// # Panics
/// When one has no line here, or a line no route.
#[track_caller]
pub(super) fn routes(carom: &Carom) -> Vec<Route> {
    let document = get(carom.admin(), "/openapi.json").json();
    let mut known: BTreeMap<_, _> = LINES.iter().map(|line| (line.0, line)).collect();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let operation = text(&operation["operationId"]);
            let line = known.remove(operation.as_str());
            let (_, need, about, success, body) =
                *line.unwrap_or_else(|| panic!("`{operation}` ({path}) has no line in routes.rs"));
            let body = (!body.is_empty()).then(|| serde_json::from_str(body).expect("JSON"));
            let (method, path) = (method.to_uppercase(), path.clone());
            routes.push(Route { operation, method, path, need, about, success, body });
        }
    }
    assert!(known.is_empty(), "no route has the operation of these lines: {known:?}");
    // Whoever signs out can do no more.
    routes.sort_by_key(|route| route.operation == "sign_out");
    routes
}

impl Route {
    /// Whether it changes something.
    pub(super) fn changes(&self) -> bool {
        self.method != "GET"
    }

    /// The path about this id.
    pub(super) fn path_about(&self, id: &str) -> String {
        let (before, rest) = self.path.split_once('{').unwrap_or((self.path.as_str(), ""));
        let after = rest.split_once('}').map_or("", |(_, after)| after);
        if rest.is_empty() { before.to_owned() } else { format!("{before}{id}{after}") }
    }

    /// The body, with what can be used once made anew by `n`, and links on this domain.
    pub(super) fn body(&self, n: usize, domain: Option<&str>) -> Option<Value> {
        let mut body = self.body.clone()?;
        if body["host"] == "HOST" {
            body["host"] = json!(format!("claimed{n}.example"));
        }
        if let Some(domain) = domain {
            let links = if body["create"].is_array() { &mut body["create"][0] } else { &mut body };
            if links["url"].is_string() {
                links["domain"] = json!(domain);
            }
        }
        Some(body)
    }
}

/// A workspace, its owner, and things made in it to be asked for.
pub(super) struct House<'c> {
    pub(super) id: WorkspaceId,
    pub(super) owner: Browser<'c>,
    made: usize,
    name: &'static str,
    /// Where links are made, if not on the default domain.
    pub(super) domain: Option<String>,
}

impl<'c> House<'c> {
    /// The default workspace.
    pub(super) fn own(carom: &'c Carom) -> Self {
        let id = in_store(carom, async |store| {
            facts::default_workspace(store).await.expect("a workspace")
        });
        Self {
            id,
            owner: member(carom, "owner@own.example", "owner"),
            made: 0,
            name: "own",
            domain: None,
        }
    }

    /// Another one, with a domain to make links on.
    pub(super) fn other(carom: &'c Carom) -> Self {
        let (id, owner) = stranger(carom, "owner@other.example");
        let mut house = Self { id, owner, made: 0, name: "elsewhere", domain: None };
        house.new_domain();
        house.domain = Some("elsewhere1.example".to_owned());
        let draft = house.link();
        eventually(SOON, "the domain is known", || {
            house.owner.ask("POST", "/api/v1/links", Some(draft.clone())).status == 201
        });
        house
    }

    fn link(&self) -> Value {
        json!({ "url": "https://example.com/", "domain": self.domain })
    }

    fn new_domain(&mut self) -> String {
        self.made += 1;
        let (workspace, host) = (self.id, format!("{}{}.example", self.name, self.made));
        let domain = in_store(self.owner.carom, async |store| {
            domains::create(store, workspace, host).await.expect("a domain")
        });
        domain.id.to_string()
    }

    fn make(&mut self, path: &str, body: Value) -> String {
        let made = self.owner.ask("POST", path, Some(body));
        assert_eq!(made.status, 201, "{path}: {}", made.text());
        text(&made.json()["id"])
    }

    /// Something new of this sort, of this house; a session is of this person.
    pub(super) fn one(&mut self, about: About, person: Option<&str>) -> String {
        self.made += 1;
        let carom = self.owner.carom;
        let email = format!("{}{}@guests.example", self.name, self.made);
        match about {
            About::Nothing => "1".to_owned(),
            About::Link => self.make("/api/v1/links", self.link()),
            About::Key => {
                self.make("/api/v1/keys", json!({ "name": "made", "scopes": ["links:read"] }))
            }
            About::Domain => self.new_domain(),
            About::Invitation => {
                self.make("/api/v1/invitations", json!({ "email": email, "role": "viewer" }))
            }
            About::Member => {
                account(carom, &email, Some((self.id, "viewer")));
                let found =
                    in_store(carom, async |store| users::find_by_email(store, &email).await);
                found.expect("an answer").expect("an account").user.id.to_string()
            }
            About::Session => session(carom, person.unwrap_or("owner@own.example")),
        }
    }
}

/// Another session of this person.
fn session(carom: &Carom, email: &str) -> String {
    in_store(carom, async |store| {
        let found = users::find_by_email(store, email).await.expect("an answer");
        let user = found.expect("an account").user;
        let digest = carom::accounts::token::Token::random().digest();
        let new = NewSession { digest, agent: String::new(), network: String::new() };
        sessions::begin(store, user, Factor::None, new).await.expect("a session").id.to_string()
    })
}

/// The scopes that give everything.
pub(super) const EVERYTHING: &str = SCOPE_ADMIN;
