//! The settings of a link are saved, if nobody changed it meanwhile.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::form::LinkForm;
use super::show::{Asked, rendered};
use crate::accounts::permission::Permission;
use crate::admin::api::answer::seen;
use crate::admin::api::links::{another_version, changed};
use crate::admin::api::owned;
use crate::admin::pages::clocks::Clocks;
use crate::admin::pages::form::{Form, in_plain_words};
use crate::admin::pages::guest::{Guest, lead_to};
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::link::Link;

/// Saves what was changed.
pub(in crate::admin) async fn save(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Clocks(zone): Clocks,
    Path(id): Path<String>,
    Form(sent): Form<LinkForm>,
) -> Result<Response, Response> {
    guest.needs(Permission::LinksWrite)?;
    let refused = |problem: Problem| guest.refused(&problem);
    let link = owned::named(&state, &guest.caller, &id).await.map_err(refused)?;
    match saved(&state, &guest, &link, &sent).await {
        Ok(()) => Ok(lead_to(&format!("/links/{id}?done=saved"))),
        Err(problem) => {
            let problem = in_plain_words("link", problem);
            let asked =
                Asked { link: &link, sent: Some((&sent, &problem)), zone: &zone, told: None };
            rendered(&state, &guest, asked).await.map_err(refused)
        }
    }
}

async fn saved(
    state: &Arc<AdminState>,
    guest: &Guest,
    link: &Link,
    sent: &LinkForm,
) -> Result<(), Problem> {
    if sent.version != link.version {
        return Err(another_version());
    }
    let view = seen(state, link).await?;
    if *sent == LinkForm::of(&view) {
        return Ok(());
    }
    let edit = sent.edit(&view)?;
    changed(state, guest.caller.clone(), link.id, sent.version, edit).await.map(drop)
}
