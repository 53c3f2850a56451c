//! Who belongs to the workspace.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::role;
use crate::accounts::permission::Permission;
use crate::admin::api::finish::to_the_end;
use crate::admin::api::path::{Named as _, PathId};
use crate::admin::auth::{Caller, May, PeopleRead, PeopleWrite};
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::model::actor::ActorKind;
use crate::model::id::UserId;
use crate::model::time::Millis;
use crate::store::Error;
use crate::store::memberships::{self, Change, Changed, Member, Reach};

/// A role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct RoleDraft {
    /// `viewer`, `editor`, `admin` or `owner`.
    role: String,
}

/// A member as programs read them.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub(in crate::admin) struct MemberView {
    user_id: UserId,
    email: String,
    name: String,
    role: String,
    /// `active` or `disabled`.
    state: &'static str,
    has_second_factor: bool,
    since: Millis,
}

/// Everybody.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct MemberList {
    members: Vec<MemberView>,
}

/// Everybody who belongs to the workspace, the first of them first.
#[utoipa::path(get, path = "/api/v1/members", tag = "people", operation_id = "list_members", responses((status = 200, body = MemberList)))]
pub(in crate::admin) async fn list(
    State(state): State<Arc<AdminState>>,
    caller: May<PeopleRead>,
) -> Result<Json<MemberList>, Problem> {
    Ok(Json(MemberList { members: members(&state, &caller).await?.collect() }))
}

/// Gives a member another role. Nobody gives or takes a role that may do more than they may.
#[utoipa::path(patch, path = "/api/v1/members/{user_id}", tag = "people", operation_id = "change_member", params(("user_id" = String, Path, description = "The member")), request_body = RoleDraft,
    responses((status = 200, body = MemberView), (status = 403, description = "The caller may not, or the role is above their own"), (status = 409, description = "They are the last owner")))]
pub(in crate::admin) async fn change(
    State(state): State<Arc<AdminState>>,
    caller: May<PeopleWrite>,
    PathId(user): PathId<UserId>,
    body: JsonBody<RoleDraft>,
) -> Result<Json<MemberView>, Problem> {
    let becomes = Change::Role(role(&body.value.role)?.word());
    changed(&state, &caller, user, becomes, Some(caller.reach())).await?;
    let found = members(&state, &caller).await?.find(|member| member.user_id == user);
    found.map(Json).ok_or_else(UserId::missing)
}

/// Sends a member away. Everybody may leave.
#[utoipa::path(delete, path = "/api/v1/members/{user_id}", tag = "people", operation_id = "remove_member", params(("user_id" = String, Path, description = "The member")),
    responses((status = 204, description = "They do not belong to the workspace any more"), (status = 403, description = "The caller may not, or their role is above the caller's own"), (status = 409, description = "They are the last owner")))]
pub(in crate::admin) async fn remove(
    State(state): State<Arc<AdminState>>,
    caller: Caller,
    PathId(user): PathId<UserId>,
) -> Result<StatusCode, Problem> {
    let is_self = caller.actor.kind == ActorKind::User && caller.actor.id == user.get();
    let reach = if is_self {
        None
    } else {
        caller.needs(Permission::PeopleWrite)?;
        Some(caller.reach())
    };
    changed(&state, &caller, user, Change::End, reach).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn members(
    state: &AdminState,
    caller: &Caller,
) -> Result<impl Iterator<Item = MemberView>, Problem> {
    let found = memberships::list(&state.store, caller.workspace).await;
    let found = found.map_err(|error| state.fault(&error))?;
    Ok(found.into_iter().map(MemberView::from))
}

async fn changed(
    state: &AdminState,
    caller: &Caller,
    user: UserId,
    change: Change,
    reach: Option<Reach>,
) -> Result<(), Problem> {
    let (store, workspace) = (caller.store(state), caller.workspace);
    let changed = async move { memberships::change(&store, workspace, user, change, reach).await };
    match to_the_end(changed).await {
        Ok(Changed::Done) => Ok(()),
        Ok(Changed::Beyond) => {
            let detail = "nobody gives or takes a role that may do more than they may themselves";
            Err(Problem::new(Kind::BEYOND_ROLE, detail))
        }
        Ok(Changed::LastOwner) => {
            let detail = "they are the last owner: make somebody else one first";
            Err(Problem::new(Kind::LAST_OWNER, detail))
        }
        Err(Error::Missing) => Err(UserId::missing()),
        Err(error) => Err(state.fault(&error)),
    }
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        let Member { user, email, name, state, has_totp, role, since } = member;
        let (state, has_second_factor) = (state.word(), has_totp);
        Self { user_id: user, email, name, role, state, has_second_factor, since }
    }
}
