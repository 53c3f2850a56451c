//! Links: listed, searched, made.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::form::{Form, typed};
use super::frame::{Frame, page};
use super::guest::{Guest, lead_to};
use super::refused::refused;
use crate::accounts::permission::Permission;
use crate::admin::api::list::{ListQuery, found};
use crate::admin::api::shorten::made;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::links::{LinkDraft, LinkView};

/// What is shown.
#[derive(Default, Deserialize)]
pub(in crate::admin) struct Shown {
    /// A search.
    #[serde(default)]
    q: String,
    #[serde(default)]
    tag: String,
    #[serde(default)]
    cursor: String,
    /// The code of the link that was just made.
    #[serde(default)]
    made: String,
}

/// A link to be made.
#[derive(Default, Deserialize)]
pub(in crate::admin) struct NewLinkForm {
    url: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    title: String,
}

#[derive(Template)]
#[template(path = "links.html")]
struct LinksPage<'a> {
    frame: Frame,
    wrong: Option<&'a str>,
    sent: &'a NewLinkForm,
    q: &'a str,
    tag: &'a str,
    links: Vec<LinkView>,
    /// The link that was just made, if it is in the list.
    made: Option<String>,
    next: Option<String>,
    may_write: bool,
}

/// The list, newest first.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Query(shown): Query<Shown>,
) -> Response {
    list(&state, &guest, &shown, StatusCode::OK, None, &NewLinkForm::default()).await
}

/// Makes a link.
pub(in crate::admin) async fn send(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Form(sent): Form<NewLinkForm>,
) -> Response {
    let draft = LinkDraft {
        url: sent.url.trim().to_owned(),
        code: typed(sent.code.clone()),
        title: typed(sent.title.clone()),
        ..LinkDraft::default()
    };
    let write = async {
        guest.caller.needs(Permission::LinksWrite)?;
        made(&state, &guest.caller, draft, None).await
    };
    match write.await {
        Ok(link) => {
            let code = utf8_percent_encode(link.code.as_str(), NON_ALPHANUMERIC);
            lead_to(&format!("/links?made={code}"))
        }
        Err(problem) => {
            let shown = Shown::default();
            list(&state, &guest, &shown, problem.status(), Some(&problem), &sent).await
        }
    }
}

async fn list(
    state: &AdminState,
    guest: &Guest,
    shown: &Shown,
    status: StatusCode,
    problem: Option<&Problem>,
    sent: &NewLinkForm,
) -> Response {
    let Shown { q, tag, cursor, made } = shown;
    let query = ListQuery {
        search: typed(q.clone()),
        tag: typed(tag.clone()),
        cursor: typed(cursor.clone()),
        ..ListQuery::default()
    };
    let found = match guest.caller.needs(Permission::LinksRead) {
        Ok(()) => found(state, &guest.caller, query).await,
        Err(problem) => Err(problem),
    };
    let found = match found {
        Ok(found) => found,
        Err(problem) => return refused(Some(guest.who()), &problem),
    };
    let made = found.links.iter().find(|link| link.code == *made).map(|it| it.short_url.clone());
    let page_of = LinksPage {
        frame: Frame::new("Links", Some(guest.who())),
        wrong: problem.map(Problem::detail),
        sent,
        q,
        tag,
        made,
        next: found.next_cursor.map(|cursor| next(q, tag, &cursor)),
        links: found.links,
        may_write: guest.caller.permissions.has(Permission::LinksWrite),
    };
    page(status, &page_of)
}

/// The address of the page after this one.
fn next(q: &str, tag: &str, cursor: &str) -> String {
    let said = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    format!("/links?q={}&tag={}&cursor={}", said(q), said(tag), said(cursor))
}
