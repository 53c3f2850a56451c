//! Who looks at a page: somebody who has signed in, in the workspace that they have chosen. Anybody
//! else is led to the sign-in, and from there to where they wanted to go.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::frame::Who;
use super::refused::refused;
use crate::admin::auth::Caller;
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::store::workspaces;

/// Somebody who has signed in.
pub(in crate::admin) struct Guest {
    /// In their workspace, with what they may do there.
    pub(super) caller: Caller,
    name: String,
    workspace: String,
}

impl Guest {
    /// For the frame of a page.
    pub(super) fn who(&self) -> Who {
        Who { name: self.name.clone(), workspace: self.workspace.clone() }
    }
}

impl FromRequestParts<Arc<AdminState>> for Guest {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Response> {
        let person = Person::of_cookie(parts, state).await.map_err(|it| refused(None, &it))?;
        let Some(person) = person else { return Err(to_sign_in(parts)) };
        let caller = Caller::of_person(state, &person, None).await;
        let caller = caller.map_err(|it| refused(None, &it))?;
        let workspace = workspaces::get(&state.store, caller.workspace).await;
        let workspace = workspace.map_err(|error| refused(None, &state.fault(&error)))?.name;
        Ok(Self { caller, name: person.user.name, workspace })
    }
}

/// A page that is only read is returned to.
fn to_sign_in(parts: &Parts) -> Response {
    let wanted = parts.uri.path_and_query().filter(|_| parts.method.is_safe());
    let place =
        match wanted.map(axum::http::uri::PathAndQuery::as_str).filter(|wanted| *wanted != "/") {
            Some(wanted) => {
                format!("/sign-in?next={}", utf8_percent_encode(wanted, NON_ALPHANUMERIC))
            }
            None => "/sign-in".to_owned(),
        };
    lead_to(&place)
}

/// To another page of this site, with `GET`.
pub(in crate::admin) fn lead_to(place: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, place.to_owned())]).into_response()
}
