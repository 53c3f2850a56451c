//! The list, with what each link was followed lately.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::make::{NewLinkForm, nothing_typed};
use super::shown::Shown;
use crate::accounts::permission::Permission;
use crate::admin::api::clicks::live_of_many;
use crate::admin::api::list::found;
use crate::admin::api::owned;
use crate::admin::api::stats::lately::{DAYS, lately};
use crate::admin::pages::chart::sparkline;
use crate::admin::pages::filters;
use crate::admin::pages::frame::{Frame, Room, page};
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::clicks::LiveTotal;
use crate::links::LinkView;
use crate::model::id::LinkId;
use crate::model::link::LinkState;

#[derive(Template)]
#[template(path = "links.html")]
struct LinksPage<'a> {
    frame: Frame,
    wrong: Option<&'a str>,
    sent: &'a NewLinkForm,
    shown: &'a Shown,
    rows: Vec<Row>,
    made: Option<Made>,
    done: Option<Done>,
    next: Option<String>,
    domains: Vec<String>,
    may_write: bool,
    may_see_clicks: bool,
}

/// A link and how it fares.
struct Row {
    link: LinkView,
    clicks: u64,
    /// The line of its last days; nothing where nobody followed it.
    line: Option<String>,
    is_on: bool,
}

/// The link that was just made.
struct Made {
    id: String,
    short_url: String,
}

/// What was done to links just now.
struct Done {
    sentence: String,
    /// Whether it can be undone here.
    is_undoable: bool,
}

/// What a list is shown with.
pub(super) struct List<'a> {
    pub(super) shown: &'a Shown,
    pub(super) status: StatusCode,
    pub(super) wrong: Option<&'a Problem>,
    pub(super) sent: &'a NewLinkForm,
}

/// The list, newest first unless asked otherwise.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Query(shown): Query<Shown>,
) -> Response {
    let (status, sent) = nothing_typed();
    list(&state, &guest, List { shown: &shown, status, wrong: None, sent: &sent }).await
}

pub(super) async fn list(state: &AdminState, guest: &Guest, asked: List<'_>) -> Response {
    match rendered(state, guest, asked).await {
        Ok(response) => response,
        Err(problem) => guest.refused(&problem),
    }
}

async fn rendered(
    state: &AdminState,
    guest: &Guest,
    List { shown, status, wrong, sent }: List<'_>,
) -> Result<Response, Problem> {
    guest.caller.needs(Permission::LinksRead)?;
    let found = found(state, &guest.caller, shown.query()).await?;
    let made = match shown.made.as_str() {
        "" => None,
        id => owned::named(state, &guest.caller, id).await.ok(),
    };
    let made = made.map(|link| Made {
        id: link.id.to_string(),
        short_url: state.short_urls.of(&state.domains.table(), link.domain, &link.code),
    });
    let may_see_clicks = guest.may(Permission::StatsRead);
    let page_of = LinksPage {
        frame: guest.frame(Room::Links, "Links"),
        wrong: wrong.map(Problem::detail),
        sent,
        shown,
        made,
        done: done(shown),
        next: found.next_cursor.map(|cursor| shown.from(cursor).to_string()),
        rows: rows(state, found.links, may_see_clicks).await?,
        domains: state.short_urls.names_of(&state.domains.table(), guest.caller.workspace),
        may_write: guest.may(Permission::LinksWrite),
        may_see_clicks,
    };
    Ok(page(status, &page_of))
}

async fn rows(
    state: &AdminState,
    links: Vec<LinkView>,
    may_see_clicks: bool,
) -> Result<Vec<Row>, Problem> {
    let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
    let (live, days) = if may_see_clicks && !ids.is_empty() {
        tokio::try_join!(live_of_many(state, &ids), lately(state, &ids))?
    } else {
        (HashMap::new(), HashMap::new())
    };
    let row = |link: LinkView| Row {
        clicks: live
            .get(&link.id)
            .map_or(0, |LiveTotal { stored, pending }| stored.people + pending.people),
        line: days.get(&link.id).map(|days: &[u64; DAYS]| sparkline(days)),
        is_on: link.state == LinkState::Active,
        link,
    };
    Ok(links.into_iter().map(row).collect())
}

/// What is said of what was done.
fn done(shown: &Shown) -> Option<Done> {
    let number = shown.ids.split(',').filter(|id| !id.is_empty()).count();
    let links = if number == 1 { "1 link".to_owned() } else { format!("{number} links") };
    let sentence = match shown.done.as_str() {
        "deleted" => format!("{links} deleted: visitors are told that there is nothing any more."),
        "restored" => format!("{links} restored."),
        "erased" => format!("{links} deleted for good."),
        "off" => format!("{links} switched off."),
        "on" => format!("{links} switched on."),
        "tagged" => format!("{links} tagged."),
        "untagged" => format!("The tag was taken off {links}."),
        _ => return None,
    };
    Some(Done { sentence, is_undoable: shown.done == "deleted" })
}
