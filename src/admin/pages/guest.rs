//! Who looks at a page: somebody who has signed in, in the workspace that they have chosen. Anybody
//! else is led to the sign-in, and from there to where they wanted to go; who belongs to no workspace
//! is told what to do.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::frame::{Frame, Room, Who};
use super::refused::refused;
use crate::accounts::permission::Permission;
use crate::accounts::role::Role;
use crate::admin::auth::Caller;
use crate::admin::problem::{Kind, Problem};
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::model::id::WorkspaceId;
use crate::store::workspaces;

/// The cookie that remembers in which of their workspaces somebody was last. It opens nothing.
const WORKSPACE_COOKIE: &str = "carom_workspace";

/// A year.
const WORKSPACE_KEPT_S: u32 = 365 * 24 * 3600;

/// Somebody who has signed in.
pub(in crate::admin) struct Guest {
    /// In their workspace, with what they may do there.
    pub(super) caller: Caller,
    /// Wherever they are.
    pub(super) person: Person,
    /// The workspace's name.
    pub(super) workspace: String,
}

/// Somebody who has signed in, in a workspace or in none: for what is their own.
pub(in crate::admin) struct Visitor {
    /// Wherever they are.
    pub(super) person: Person,
    /// In their workspace, with its name.
    pub(super) acting: Option<(Caller, String)>,
}

impl Guest {
    /// For the frame of a page.
    pub(super) fn who(&self) -> Who {
        who(&self.person, Some((&self.caller, &self.workspace)))
    }

    /// The frame of a page in a part of the navigation.
    pub(super) fn frame(&self, room: Room, title: impl Into<Cow<'static, str>>) -> Frame {
        Frame::new(title, Some(self.who())).within(room)
    }

    /// Whether they may do this here.
    pub(super) fn may(&self, permission: Permission) -> bool {
        self.caller.permissions.has(permission)
    }

    /// Nothing, or the page that says that they may not.
    #[expect(clippy::result_large_err, reason = "it is the answer, and made once")]
    pub(super) fn needs(&self, permission: Permission) -> Result<(), Response> {
        self.caller.needs(permission).map_err(|_| self.refused(&self.beyond()))
    }

    /// What they are told who may not do or see something here.
    fn beyond(&self) -> Problem {
        let role = self.caller.role.map_or("a role that this server does not know", Role::word);
        let detail = format!(
            "In {} you are {role}, and that role does not let you see or do this. An admin or an \
             owner of the workspace can give you another role.",
            self.workspace
        );
        Problem::new(Kind::MISSING_SCOPE, detail)
    }

    /// A problem as a page.
    pub(super) fn refused(&self, problem: &Problem) -> Response {
        refused(Some(self.who()), problem)
    }
}

impl Visitor {
    /// For the frame of a page.
    pub(super) fn who(&self) -> Who {
        who(&self.person, self.acting.as_ref().map(|(caller, name)| (caller, name)))
    }

    /// The frame of a page of their own.
    pub(super) fn frame(&self, title: impl Into<Cow<'static, str>>) -> Frame {
        Frame::new(title, Some(self.who()))
    }

    /// A problem as a page.
    pub(super) fn refused(&self, problem: &Problem) -> Response {
        refused(Some(self.who()), problem)
    }
}

fn who(person: &Person, acting: Option<(&Caller, &String)>) -> Who {
    Who {
        name: person.user.name.clone(),
        workspace: acting.map_or_else(|| "No workspace".to_owned(), |(_, name)| name.clone()),
        workspace_id: acting.map(|(caller, _)| caller.workspace),
        permissions: acting.map(|(caller, _)| caller.permissions).unwrap_or_default(),
    }
}

impl FromRequestParts<Arc<AdminState>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Response> {
        let person = Person::of_cookie(parts, state).await.map_err(|it| refused(None, &it))?;
        let Some(person) = person else { return Err(to_sign_in(parts)) };
        let caller = match acting(parts, state, &person).await {
            Ok(caller) => caller,
            Err(problem) if problem.kind() == Kind::NO_SUCH_WORKSPACE => {
                return Ok(Self { person, acting: None });
            }
            Err(problem) => return Err(refused(None, &problem)),
        };
        let workspace = workspaces::get(&state.store, caller.workspace).await;
        let workspace = workspace.map_err(|error| refused(None, &state.fault(&error)))?;
        Ok(Self { person, acting: Some((caller, workspace.name)) })
    }
}

impl FromRequestParts<Arc<AdminState>> for Guest {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Response> {
        let Visitor { person, acting } = Visitor::from_request_parts(parts, state).await?;
        let Some((caller, workspace)) = acting else {
            let detail = "You have signed in, and belong to no workspace. Open an invitation that \
                          you were sent, ask an admin or an owner of a workspace for one, or make \
                          a workspace of your own.";
            let problem = Problem::new(Kind::NO_SUCH_WORKSPACE, detail);
            return Err(refused(Some(who(&person, None)), &problem));
        };
        Ok(Self { caller, person, workspace })
    }
}

/// In the workspace that they chose, or in their first one where they no longer belong to it.
async fn acting(parts: &Parts, state: &AdminState, person: &Person) -> Result<Caller, Problem> {
    let jar = CookieJar::from_headers(&parts.headers);
    let chosen = jar.get(WORKSPACE_COOKIE).and_then(|cookie| cookie.value().parse().ok());
    match Caller::of_person(state, person, chosen).await {
        Err(problem) if chosen.is_some() && problem.kind() == Kind::NO_SUCH_WORKSPACE => {
            Caller::of_person(state, person, None).await
        }
        outcome => outcome,
    }
}

/// The `Set-Cookie` that remembers a workspace.
pub(super) fn remember(workspace: WorkspaceId) -> HeaderValue {
    let text = format!(
        "{WORKSPACE_COOKIE}={workspace}; HttpOnly; SameSite=Lax; Path=/; Max-Age={WORKSPACE_KEPT_S}"
    );
    HeaderValue::try_from(text).expect("a name and digits")
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
