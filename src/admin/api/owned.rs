//! The link that a path names, if its caller owns it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::admin::auth::Caller;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::id::LinkId;
use crate::model::link::Link;
use crate::store::{self, links};

/// The `{id}` of a path. A text that is no id names no link.
pub(in crate::admin) struct LinkPath(pub(super) LinkId);

impl FromRequestParts<Arc<AdminState>> for LinkPath {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        let id = text.and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| state.fault(&store::Error::Missing))
    }
}

/// The link, or the one problem for all that a caller may not see.
pub(super) async fn find(state: &AdminState, caller: &Caller, id: LinkId) -> Result<Link, Problem> {
    let found = links::get(&state.store, caller.workspace, id).await;
    let found = found.map_err(|error| state.fault(&error))?;
    let seen = found.filter(|link| caller.reaches(link.domain));
    seen.ok_or_else(|| state.fault(&store::Error::Missing))
}
