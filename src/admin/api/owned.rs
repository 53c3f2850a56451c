//! The link of an id, if its caller owns it.

use super::path::Named as _;
use crate::admin::auth::Caller;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::id::LinkId;
use crate::model::link::Link;
use crate::store::links;

/// The link, or the one problem for all that a caller may not see.
pub(super) async fn find(state: &AdminState, caller: &Caller, id: LinkId) -> Result<Link, Problem> {
    let found = links::get(&state.store, caller.workspace, id).await;
    let found = found.map_err(|error| state.fault(&error))?;
    found.filter(|link| caller.reaches(link.domain)).ok_or_else(LinkId::missing)
}
