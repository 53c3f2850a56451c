//! The page of a link.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::form::LinkForm;
use crate::accounts::permission::Permission;
use crate::admin::api::answer::seen;
use crate::admin::api::clicks::live_of_many;
use crate::admin::api::owned;
use crate::admin::pages::analytics::address::Address;
use crate::admin::pages::analytics::figures::{Figures, figures};
use crate::admin::pages::analytics::seen::look;
use crate::admin::pages::clocks::Clocks;
use crate::admin::pages::filters;
use crate::admin::pages::form::Done;
use crate::admin::pages::frame::{Frame, Room, page};
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::clicks::stats::Zone;
use crate::links::LinkView;
use crate::model::dimension::Dimension;
use crate::model::link::Link;

/// What the page shows of its clicks; all of it is one click away.
const SHOWN: [Dimension; 3] = [Dimension::Referrer, Dimension::Country, Dimension::Device];

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage<'a> {
    frame: Frame,
    link: LinkView,
    form: &'a LinkForm,
    wrong: Option<&'a str>,
    /// The field that is wrong.
    field: &'a str,
    may_write: bool,
    may_read_history: bool,
    fares: Option<Fares>,
}

/// How often it was followed.
struct Fares {
    clicks: u64,
    bots: u64,
    figures: Figures,
    analytics: String,
}

/// Shows a link.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Clocks(zone): Clocks,
    Path(id): Path<String>,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Response> {
    guest.needs(Permission::LinksRead)?;
    let link = owned::named(&state, &guest.caller, &id).await.map_err(|it| guest.refused(&it))?;
    let told = (done == "saved").then_some("Saved. Visitors are led by it from now on.");
    let asked = Asked { link: &link, sent: None, zone: &zone, told };
    rendered(&state, &guest, asked).await.map_err(|problem| guest.refused(&problem))
}

/// What the page is shown with.
pub(super) struct Asked<'a> {
    pub(super) link: &'a Link,
    /// A form that was refused, and why.
    pub(super) sent: Option<(&'a LinkForm, &'a Problem)>,
    pub(super) zone: &'a Zone,
    pub(super) told: Option<&'static str>,
}

pub(super) async fn rendered(
    state: &AdminState,
    guest: &Guest,
    Asked { link, sent, zone, told }: Asked<'_>,
) -> Result<Response, Problem> {
    let view = seen(state, link).await?;
    let as_it_is = LinkForm::of(&view);
    let problem = sent.map(|(_, problem)| problem);
    let fares = match guest.may(Permission::StatsRead) {
        true => Some(fares(state, guest, link, zone).await?),
        false => None,
    };
    let page_of = LinkPage {
        frame: guest.frame(Room::Links, view.short_url.clone()).telling(told),
        form: sent.map_or(&as_it_is, |(form, _)| form),
        wrong: problem.map(Problem::detail),
        field: problem.and_then(Problem::field).unwrap_or_default(),
        may_write: guest.may(Permission::LinksWrite),
        may_read_history: guest.may(Permission::AuditRead),
        fares,
        link: view,
    };
    Ok(page(problem.map_or(StatusCode::OK, Problem::status), &page_of))
}

async fn fares(
    state: &AdminState,
    guest: &Guest,
    link: &Link,
    zone: &Zone,
) -> Result<Fares, Problem> {
    let address = Address::default().with("link", link.id.to_string());
    let live = live_of_many(state, &[link.id]).await?;
    let seen = look(state, &guest.caller, &address, Some(link.id), zone, &SHOWN).await?;
    let mut sum = live.get(&link.id).map(|live| live.stored).unwrap_or_default();
    sum.add(live.get(&link.id).map(|live| live.pending).unwrap_or_default());
    Ok(Fares {
        clicks: sum.people,
        bots: sum.bots,
        figures: figures(seen, &address),
        analytics: address.to_string(),
    })
}
