//! People as programs read them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::id::{SessionId, UserId, WorkspaceId};
use crate::model::time::Millis;
use crate::store::memberships;
use crate::store::sessions::Session;
use crate::store::users::User;
use crate::store::workspaces::Workspace;

/// A person, for themselves.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(in crate::admin) struct UserView {
    id: UserId,
    email: String,
    name: String,
    has_second_factor: bool,
    created_at: Millis,
}

/// A workspace, and one's role there.
#[derive(Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(in crate::admin) struct WorkspaceView {
    pub(in crate::admin) id: WorkspaceId,
    pub(in crate::admin) name: String,
    /// Absent where a key asks: it has scopes instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) role: Option<String>,
    pub(in crate::admin) created_at: Millis,
}

/// A session, for whoever has it.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(in crate::admin) struct SessionView {
    pub(in crate::admin) id: SessionId,
    /// Whether it is the one that asks.
    pub(in crate::admin) is_this: bool,
    /// The browser, as it calls itself.
    pub(in crate::admin) agent: String,
    /// The address it was begun from.
    pub(in crate::admin) network: String,
    pub(in crate::admin) created_at: Millis,
    /// To the minute.
    pub(in crate::admin) seen_at: Millis,
    pub(in crate::admin) expires_at: Millis,
}

/// Who has signed in, what they belong to, and by which session.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct Me {
    user: UserView,
    workspaces: Vec<WorkspaceView>,
    session: SessionView,
}

impl Me {
    /// As the store knows them now.
    pub(super) async fn read(
        state: &AdminState,
        user: User,
        session: Session,
    ) -> Result<Self, Problem> {
        let workspaces = workspaces(state, user.id).await?;
        let this = session.id;
        Ok(Self { user: user.into(), workspaces, session: SessionView::new(session, this) })
    }
}

/// The workspaces of a person, the one that they belong to for longest first.
pub(super) async fn workspaces(
    state: &AdminState,
    user: UserId,
) -> Result<Vec<WorkspaceView>, Problem> {
    let found = memberships::of_user(&state.store, user).await;
    let found = found.map_err(|error| state.fault(&error))?;
    Ok(found.into_iter().map(|(one, role)| WorkspaceView::new(one, Some(role))).collect())
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let User { id, email, name, has_totp, created_at, .. } = user;
        Self { id, email, name, has_second_factor: has_totp, created_at }
    }
}

impl WorkspaceView {
    pub(super) fn new(workspace: Workspace, role: Option<String>) -> Self {
        let Workspace { id, name, created_at } = workspace;
        Self { id, name, role, created_at }
    }
}

impl SessionView {
    pub(super) fn new(session: Session, this: SessionId) -> Self {
        let Session { id, agent, network, created_at, seen_at, expires_at, .. } = session;
        Self { id, is_this: id == this, agent, network, created_at, seen_at, expires_at }
    }
}
