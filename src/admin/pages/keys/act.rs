//! What the forms of the keys' page do.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::form::KeyForm;
use super::list::{Shown, shown};
use crate::accounts::permission::Permission;
use crate::admin::api::keys::{made, revoked, rotated};
use crate::admin::pages::form::{Form, PageId};
use crate::admin::pages::guest::{Guest, lead_to};
use crate::admin::state::AdminState;
use crate::model::id::ApiKeyId;
use crate::model::time::Millis;

/// How long the old key goes on working.
#[derive(Deserialize)]
pub(in crate::admin) struct RotationForm {
    overlap_s: i64,
}

/// Makes a key. Its text is in this answer alone.
pub(in crate::admin) async fn make(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::KeysWrite) {
        return refusal;
    }
    let sent = KeyForm::of(pairs);
    let write = async { made(&state, &guest.caller, &sent.draft(Millis::now())?).await };
    match write.await {
        Ok(key) => shown(&state, &guest, Shown { made: Some(key), ..Shown::default() }).await,
        Err(problem) => {
            let what = Shown { wrong: Some(&problem), sent, ..Shown::default() };
            shown(&state, &guest, what).await
        }
    }
}

/// Makes a key that takes the place of another. Its text is in this answer alone.
pub(in crate::admin) async fn rotate(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    PageId(id): PageId<ApiKeyId>,
    Form(RotationForm { overlap_s }): Form<RotationForm>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::KeysWrite) {
        return refusal;
    }
    match rotated(&state, &guest.caller, id, overlap_s).await {
        Ok(key) => shown(&state, &guest, Shown { made: Some(key), ..Shown::default() }).await,
        Err(problem) => {
            let what = Shown { trouble: Some(&problem), ..Shown::default() };
            shown(&state, &guest, what).await
        }
    }
}

/// Ends a key.
pub(in crate::admin) async fn revoke(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    PageId(id): PageId<ApiKeyId>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::KeysWrite) {
        return refusal;
    }
    match revoked(&state, &guest.caller, id).await {
        Ok(()) => lead_to("/keys?done=revoked"),
        Err(problem) => {
            let what = Shown { trouble: Some(&problem), ..Shown::default() };
            shown(&state, &guest, what).await
        }
    }
}
