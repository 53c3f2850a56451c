//! The page of people.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::roles::{Named, named};
use crate::accounts::permission::Permission;
use crate::admin::api::people::invitations::{self, InvitationView};
use crate::admin::api::people::members::{self, MemberView, is_self};
use crate::admin::pages::filters;
use crate::admin::pages::form::Done;
use crate::admin::pages::frame::{Frame, Room, page};
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::id::UserId;
use crate::store::memberships::OWNER;

/// Who is to be invited, as it was typed.
#[derive(Deserialize)]
pub(in crate::admin) struct InvitationForm {
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    pub(super) role: String,
}

impl Default for InvitationForm {
    fn default() -> Self {
        Self { email: String::new(), role: "editor".to_owned() }
    }
}

/// Another role that was asked for and refused.
pub(super) struct Asked {
    pub(super) user: UserId,
    pub(super) role: String,
}

/// What the page shows beside the people.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// Why nobody was invited.
    pub(super) wrong: Option<&'a Problem>,
    /// Why nothing became of another form.
    pub(super) trouble: Option<&'a Problem>,
    /// What was typed.
    pub(super) sent: InvitationForm,
    /// What was chosen.
    pub(super) asked: Option<Asked>,
    /// The invitation that was just made, with its link.
    pub(super) made: Option<InvitationView>,
    /// What was done just now.
    pub(super) done: Option<&'static str>,
}

/// A member, and what whoever looks may do about them.
struct Row {
    member: MemberView,
    is_self: bool,
    /// Whether their role is within reach.
    is_within: bool,
    is_last_owner: bool,
    /// The role that the form has chosen.
    chosen: String,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage<'a> {
    frame: Frame,
    workspace: &'a str,
    wrong: Option<&'a str>,
    /// The field that is wrong.
    field: &'a str,
    trouble: Option<&'a str>,
    sent: InvitationForm,
    made: Option<InvitationView>,
    rows: Vec<Row>,
    invitations: Vec<InvitationView>,
    roles: Vec<Named>,
    may_write: bool,
}

impl PeoplePage<'_> {
    /// The name of the role of this word; a newer Carom's word as it is.
    fn role<'s>(&'s self, word: &'s str) -> &'s str {
        self.roles.iter().find(|role| role.word == word).map_or(word, |role| role.name)
    }
}

/// The people of the workspace.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Query(Done { done }): Query<Done>,
) -> Response {
    let done = match done.as_str() {
        "changed" => Some("The role is changed, and holds from now on."),
        "removed" => Some("They do not belong to the workspace any more."),
        "taken-back" => Some("The invitation is taken back. Its link opens nothing any more."),
        _ => None,
    };
    shown(&state, &guest, Shown { done, ..Shown::default() }).await
}

/// The page, as it is after whatever was done.
pub(super) async fn shown(state: &AdminState, guest: &Guest, what: Shown<'_>) -> Response {
    if let Err(refusal) = guest.needs(Permission::PeopleRead) {
        return refusal;
    }
    let lists = async {
        let members = members::all(state, &guest.caller).await?;
        Ok::<_, Problem>((members, invitations::all(state, &guest.caller).await?))
    };
    let (members, invitations) = match lists.await {
        Ok(lists) => lists,
        Err(problem) => return guest.refused(&problem),
    };
    let refused = what.wrong.or(what.trouble).map(Problem::status);
    let status = match (refused, &what.made) {
        (Some(status), _) => status,
        (None, Some(_)) => StatusCode::CREATED,
        (None, None) => StatusCode::OK,
    };
    let page_of = PeoplePage {
        frame: guest.frame(Room::People, "People").telling(what.done),
        workspace: &guest.workspace,
        wrong: what.wrong.map(Problem::detail),
        field: what.wrong.and_then(Problem::field).unwrap_or_default(),
        trouble: what.trouble.map(Problem::detail),
        sent: what.sent,
        made: what.made,
        rows: rows(guest, members, what.asked.as_ref()),
        invitations,
        roles: named(&guest.caller.reach()),
        may_write: guest.may(Permission::PeopleWrite),
    };
    page(status, &page_of)
}

fn rows(guest: &Guest, members: Vec<MemberView>, asked: Option<&Asked>) -> Vec<Row> {
    let reach = guest.caller.reach();
    let owners = members.iter().filter(|member| member.role == OWNER).count();
    let row = |member: MemberView| {
        let asked = asked.filter(|asked| asked.user == member.user_id);
        Row {
            is_self: is_self(&guest.caller, member.user_id),
            is_within: reach.contains(&member.role.as_str()),
            is_last_owner: member.role == OWNER && owners < 2,
            chosen: asked.map_or_else(|| member.role.clone(), |asked| asked.role.clone()),
            is_open: asked.is_some(),
            member,
        }
    };
    members.into_iter().map(row).collect()
}
