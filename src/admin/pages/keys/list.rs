//! The page of API keys.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{KeyForm, LIFETIMES};
use super::scopes::{Scope, grantable, plain};
use crate::accounts::permission::Permission;
use crate::admin::api::domains::read;
use crate::admin::api::keys::{KeyView, all};
use crate::admin::pages::filters;
use crate::admin::pages::form::Done;
use crate::admin::pages::frame::{Frame, Room, page};
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::links::DomainView;

/// How long a key can go on working beside the one that takes its place: seconds, and in words.
const OVERLAPS: [(i64, &str); 5] = [
    (24 * 3600, "for another day"),
    (3600, "for another hour"),
    (7 * 24 * 3600, "for another week"),
    (31 * 24 * 3600, "for another month"),
    (0, "not any more"),
];

/// What the page shows beside the keys.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// Why no key was made.
    pub(super) wrong: Option<&'a Problem>,
    /// Why nothing became of another form.
    pub(super) trouble: Option<&'a Problem>,
    /// What was typed.
    pub(super) sent: KeyForm,
    /// The key that was just made, with its text.
    pub(super) made: Option<KeyView>,
    /// What was done just now.
    pub(super) done: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysPage<'a> {
    frame: Frame,
    wrong: Option<&'a str>,
    trouble: Option<&'a str>,
    sent: KeyForm,
    made: Option<KeyView>,
    /// Those that work first.
    keys: Vec<KeyView>,
    domains: Vec<DomainView>,
    /// What whoever looks may give to a key; nothing where they may make none.
    scopes: Vec<Scope>,
    may_write: bool,
    may_read_audit: bool,
    lifetimes: [(&'static str, &'static str); LIFETIMES.len()],
    overlaps: [(i64, &'static str); OVERLAPS.len()],
}

impl KeysPage<'_> {
    /// A scope in plain words.
    fn plain<'s>(&self, word: &'s str) -> &'s str {
        plain(word)
    }
}

/// The keys of the workspace.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Query(Done { done }): Query<Done>,
) -> Response {
    let done = (done == "revoked").then_some("The key is revoked. What still uses it is refused.");
    shown(&state, &guest, Shown { done, ..Shown::default() }).await
}

/// The page, as it is after whatever was done.
pub(super) async fn shown(state: &AdminState, guest: &Guest, what: Shown<'_>) -> Response {
    if let Err(refusal) = guest.needs(Permission::KeysRead) {
        return refusal;
    }
    let lists = async {
        let domains = match guest.may(Permission::DomainsRead) {
            true => read::all(state, &guest.caller).await?,
            false => Vec::new(),
        };
        Ok::<_, Problem>((all(state, &guest.caller).await?, domains))
    };
    let (mut keys, mut domains) = match lists.await {
        Ok(lists) => lists,
        // A key's text that is not shown now is lost.
        Err(_) if what.made.is_some() => Default::default(),
        Err(problem) => return guest.refused(&problem),
    };
    keys.sort_by_key(|key| key.state != "working");
    domains.retain(|domain| matches!(domain, DomainView::Active(_)));
    let may_write = guest.may(Permission::KeysWrite);
    let refused = what.wrong.or(what.trouble).map(Problem::status);
    let status = match (refused, &what.made) {
        (Some(status), _) => status,
        (None, Some(_)) => StatusCode::CREATED,
        (None, None) => StatusCode::OK,
    };
    let page_of = KeysPage {
        frame: guest.frame(Room::Keys, "API keys").telling(what.done),
        wrong: what.wrong.map(Problem::detail),
        trouble: what.trouble.map(Problem::detail),
        sent: what.sent,
        made: what.made,
        keys,
        domains,
        scopes: if may_write { grantable(guest.caller.permissions) } else { Vec::new() },
        may_write,
        may_read_audit: guest.may(Permission::AuditRead),
        lifetimes: LIFETIMES,
        overlaps: OVERLAPS,
    };
    page(status, &page_of)
}
