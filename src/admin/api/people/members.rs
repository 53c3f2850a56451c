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
    pub(in crate::admin) user_id: UserId,
    pub(in crate::admin) email: String,
    pub(in crate::admin) name: String,
    pub(in crate::admin) role: String,
    /// `active` or `disabled`.
    pub(in crate::admin) state: &'static str,
    pub(in crate::admin) has_second_factor: bool,
    pub(in crate::admin) since: Millis,
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
    Ok(Json(MemberList { members: all(&state, &caller).await? }))
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
    given(&state, &caller, user, &body.value.role).await?;
    let mut members = all(&state, &caller).await?.into_iter();
    members.find(|member| member.user_id == user).map(Json).ok_or_else(UserId::missing)
}

/// Gives a member the role of this word, for a caller who may change people.
pub(in crate::admin) async fn given(
    state: &AdminState,
    caller: &Caller,
    user: UserId,
    word: &str,
) -> Result<(), Problem> {
    let becomes = Change::Role(role(word)?.word());
    changed(state, caller, user, becomes, Some(caller.reach())).await
}

/// Sends a member away. Everybody may leave.
#[utoipa::path(delete, path = "/api/v1/members/{user_id}", tag = "people", operation_id = "remove_member", params(("user_id" = String, Path, description = "The member")),
    responses((status = 204, description = "They do not belong to the workspace any more"), (status = 403, description = "The caller may not, or their role is above the caller's own"), (status = 409, description = "They are the last owner")))]
pub(in crate::admin) async fn remove(
    State(state): State<Arc<AdminState>>,
    caller: Caller,
    PathId(user): PathId<UserId>,
) -> Result<StatusCode, Problem> {
    removed(&state, &caller, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a member away, or lets the caller leave.
pub(in crate::admin) async fn removed(
    state: &AdminState,
    caller: &Caller,
    user: UserId,
) -> Result<(), Problem> {
    let reach = if is_self(caller, user) {
        None
    } else {
        caller.needs(Permission::PeopleWrite)?;
        Some(caller.reach())
    };
    changed(state, caller, user, Change::End, reach).await
}

/// Whether a caller is this person.
pub(in crate::admin) fn is_self(caller: &Caller, user: UserId) -> bool {
    caller.actor.kind == ActorKind::User && caller.actor.id == user.get()
}

/// Everybody who belongs to the workspace of a caller who may see them.
pub(in crate::admin) async fn all(
    state: &AdminState,
    caller: &Caller,
) -> Result<Vec<MemberView>, Problem> {
    let found = memberships::list(&state.store, caller.workspace).await;
    let found = found.map_err(|error| state.fault(&error))?;
    Ok(found.into_iter().map(MemberView::from).collect())
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
