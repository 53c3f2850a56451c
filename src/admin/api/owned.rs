//! The links of ids, if their caller owns them.

use super::path::Named as _;
use crate::admin::auth::Caller;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::id::LinkId;
use crate::model::link::Link;
use crate::store::links::{self, Filter};

/// The link, or the one problem for all that a caller may not see.
pub(in crate::admin) async fn find(
    state: &AdminState,
    caller: &Caller,
    id: LinkId,
) -> Result<Link, Problem> {
    let found = links::get(&state.store, caller.workspace, id).await;
    let found = found.map_err(|error| state.fault(&error))?;
    found.filter(|link| caller.reaches(link.domain)).ok_or_else(LinkId::missing)
}

/// The same for an id as somebody wrote it.
pub(in crate::admin) async fn named(
    state: &AdminState,
    caller: &Caller,
    id: &str,
) -> Result<Link, Problem> {
    let id = id.parse().map_err(|_| LinkId::missing())?;
    find(state, caller, id).await
}

/// Those of these links that the caller owns, newest first.
pub(in crate::admin) async fn among(
    state: &AdminState,
    caller: &Caller,
    ids: &[LinkId],
) -> Result<Vec<Link>, Problem> {
    let found = links::among(&state.store, &Filter::every(caller.workspace), ids).await;
    let mut found = found.map_err(|error| state.fault(&error))?;
    found.retain(|link| caller.reaches(link.domain));
    Ok(found)
}
