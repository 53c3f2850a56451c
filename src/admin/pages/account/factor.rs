//! What the forms of one's account do to the second factor. Its secret and its recovery codes are
//! each in one answer alone: until the first code is confirmed, the session remembers the secret.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Extensions;
use axum::response::Response;
use serde::Deserialize;

use super::act::refused;
use super::show::{Part, Shown, shown};
use crate::admin::api::people::totp::{confirmed, offered, removed};
use crate::admin::pages::form::{Form, typed};
use crate::admin::pages::guest::{Visitor, lead_to};
use crate::admin::state::AdminState;

/// Who asks proves that they know the password, if they have one.
#[derive(Deserialize)]
pub(in crate::admin) struct ProofForm {
    #[serde(default)]
    current_password: String,
}

/// A code that the authenticator shows.
#[derive(Deserialize)]
pub(in crate::admin) struct CodeForm {
    code: String,
}

/// Offers a secret.
pub(in crate::admin) async fn begin(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
    extensions: Extensions,
    Form(ProofForm { current_password }): Form<ProofForm>,
) -> Response {
    match offered(&state, &visitor.person, typed(current_password), &extensions).await {
        Ok(offer) => {
            shown(&state, &visitor, Shown { offer: Some(offer), ..Shown::default() }).await
        }
        Err(problem) => refused(&state, &visitor, Part::Factor, &problem).await,
    }
}

/// Puts it in force. The code is not shown again: it works for half a minute.
pub(in crate::admin) async fn confirm(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
    Form(CodeForm { code }): Form<CodeForm>,
) -> Response {
    match confirmed(&state, &visitor.person, &code).await {
        Ok(given) => {
            let what = Shown { codes: given.recovery_codes, ..Shown::default() };
            shown(&state, &visitor, what).await
        }
        Err(problem) => refused(&state, &visitor, Part::Factor, &problem).await,
    }
}

/// Takes it away.
pub(in crate::admin) async fn remove(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
    extensions: Extensions,
    Form(ProofForm { current_password }): Form<ProofForm>,
) -> Response {
    match removed(&state, &visitor.person, typed(current_password), &extensions).await {
        Ok(()) => lead_to("/account?done=factor"),
        Err(problem) => refused(&state, &visitor, Part::Factor, &problem).await,
    }
}
