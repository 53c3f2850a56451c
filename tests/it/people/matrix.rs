//! Every route, for everybody, about what is theirs, another's and nobody's: exactly what is
//! permitted succeeds.

use carom::accounts::key::ApiKey;
use carom::accounts::permission::{Permission, Permissions};
use carom::accounts::role::Role;
use carom::model::id::WorkspaceId;
use carom::store::keys::{self, NewKey};

use super::fixture::{Browser, in_store, member};
use super::routes::{About, EVERYTHING, House, Need, Route, routes};
use crate::support::carom::Carom;
use crate::support::http::Response;

on_both! {
    exactly_what_is_permitted_succeeds,
}

/// Whose a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Foreign,
    Missing,
}

/// Who asks.
struct Asker<'c> {
    name: &'static str,
    browser: Browser<'c>,
    bearer: Option<String>,
    works: bool,
    permissions: Permissions,
    is_stranger: bool,
    email: Option<&'static str>,
}

impl Asker<'_> {
    fn ask(&mut self, route: &Route, id: &str, n: usize, domain: Option<&str>) -> Response {
        let bearer = self.bearer.clone();
        let mut headers = vec![("sec-fetch-site", "same-origin")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        self.browser.ask_with(&route.method, &route.path_about(id), &headers, route.body(n, domain))
    }

    /// What must come of it.
    fn expects(&self, route: &Route, whose: Whose) -> u16 {
        let is_key = self.bearer.is_some();
        let is_known = self.works;
        let is_let_in = match route.need {
            Need::Nothing => return route.success,
            _ if !is_known => return 401,
            Need::Person => !is_key,
            Need::Member => true,
            Need::May(word) => {
                let permission = Permission::ALL.into_iter().find(|one| one.word() == word);
                self.permissions.has(permission.expect("a permission"))
            }
        };
        match (is_let_in, whose) {
            (false, _) => 403,
            (true, Whose::Own) => route.success,
            (true, _) => 404,
        }
    }
}

fn person<'c>(carom: &'c Carom, role: Role, email: &'static str) -> Asker<'c> {
    Asker {
        name: role.word(),
        browser: member(carom, email, role.word()),
        bearer: None,
        works: true,
        permissions: role.permissions(),
        is_stranger: false,
        email: Some(email),
    }
}

fn key<'c>(
    carom: &'c Carom,
    workspace: WorkspaceId,
    name: &'static str,
    scopes: &str,
) -> Asker<'c> {
    let key = ApiKey::random();
    let new = NewKey {
        name: name.to_owned(),
        prefix: key.prefix().to_owned(),
        digest: key.digest(),
        scopes: scopes.to_owned(),
        domains: None,
        expires_at: None,
    };
    let works = name != "revoked key";
    in_store(carom, async |store| {
        let id = keys::create(store, workspace, new).await.expect("a key");
        if !works {
            keys::revoke(store, workspace, id).await.expect("revoked");
        }
    });
    Asker {
        name,
        browser: Browser::new(carom),
        bearer: Some(format!("Bearer {}", key.reveal())),
        works,
        permissions: Permissions::of_stored(scopes),
        is_stranger: false,
        email: None,
    }
}

fn askers<'c>(carom: &'c Carom, own: &House<'c>, other: &House<'c>) -> Vec<Asker<'c>> {
    let nobody = Asker {
        name: "nobody",
        browser: Browser::new(carom),
        bearer: None,
        works: false,
        permissions: Permissions::default(),
        is_stranger: false,
        email: None,
    };
    let stranger = Asker {
        name: "another workspace's owner",
        browser: Browser { carom, cookie: other.owner.cookie.clone() },
        is_stranger: true,
        email: Some("owner@other.example"),
        works: true,
        permissions: Permissions::EVERYTHING,
        bearer: None,
    };
    vec![
        nobody,
        person(carom, Role::Viewer, "viewer@own.example"),
        person(carom, Role::Editor, "editor@own.example"),
        person(carom, Role::Admin, "admin@own.example"),
        person(carom, Role::Owner, "second@own.example"),
        stranger,
        key(carom, own.id, "revoked key", EVERYTHING),
        key(carom, own.id, "key without scope", "unknown:scope"),
        key(carom, own.id, "key with every scope", EVERYTHING),
    ]
}

fn exactly_what_is_permitted_succeeds(carom: &Carom) {
    let (mut own, mut other) = (House::own(carom), House::other(carom));
    let mut askers = askers(carom, &own, &other);
    let (mut n, mut faults) = (0, Vec::new());
    for route in routes(carom) {
        for asker in &mut askers {
            let mut refused = Vec::new();
            for whose in [Whose::Foreign, Whose::Missing, Whose::Own] {
                if route.about == About::Nothing && whose != Whose::Own {
                    continue;
                }
                n += 1;
                let id = target(&mut own, &mut other, asker, &route, whose);
                let domain = if asker.is_stranger { other.domain.as_deref() } else { None };
                let response = asker.ask(&route, &id, n, domain);
                let expected = asker.expects(&route, whose);
                if response.status != expected {
                    let (name, operation) = (asker.name, &route.operation);
                    let text = response.text();
                    faults.push(format!(
                        "{operation} by {name}, {whose:?}: {expected} expected, {} {text}",
                        response.status
                    ));
                }
                if whose != Whose::Own {
                    refused.push(response.body);
                }
            }
            if refused.windows(2).any(|pair| pair[0] != pair[1]) {
                faults.push(format!(
                    "{} by {}: foreign is not as missing",
                    route.operation, asker.name
                ));
            }
        }
    }
    assert!(n > 500, "{n} cells");
    assert!(faults.is_empty(), "{} of {n} cells:\n{}", faults.len(), faults.join("\n"));
}

fn target<'h, 'c>(
    own: &'h mut House<'c>,
    other: &'h mut House<'c>,
    asker: &Asker<'_>,
    route: &Route,
    whose: Whose,
) -> String {
    let (theirs, others) = if asker.is_stranger { (other, own) } else { (own, other) };
    match whose {
        Whose::Missing => "1".to_owned(),
        Whose::Own => theirs.one(route.about, asker.email),
        // Everybody else's session is foreign.
        Whose::Foreign if asker.is_stranger => others.one(route.about, Some("owner@own.example")),
        Whose::Foreign => others.one(route.about, Some("owner@other.example")),
    }
}
