//! `carom workspace members`, `add-member`, `remove-member` and `set-role`

use anyhow::Context;
use serde::Serialize;
use serde_json::json;

use super::arguments::{Membership, Which};
use crate::accounts::role::Role;
use crate::cli::acting;
use crate::cli::exit::{Conflict, NotFound};
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::cli::user::by_email;
use crate::model::id::UserId;
use crate::model::time::Millis;
use crate::store;
use crate::store::memberships::{self, Change, Changed, Member};
use crate::store::users::User;
use crate::store::workspaces::Workspace;

/// Somebody who belongs to a workspace, as programs read them.
#[derive(Serialize)]
struct MemberView<'m> {
    id: UserId,
    email: &'m str,
    name: &'m str,
    role: &'m str,
    state: &'static str,
    has_second_factor: bool,
    since: Millis,
}

impl<'m> MemberView<'m> {
    fn new(member: &'m Member) -> Self {
        let Member { user, email, name, state, has_totp, role, since } = member;
        Self {
            id: *user,
            email,
            name,
            role,
            state: state.word(),
            has_second_factor: *has_totp,
            since: *since,
        }
    }
}

pub(super) async fn list(opened: &Opened, which: &Which, form: Form) -> anyhow::Result<()> {
    let workspace = acting::find(&opened.store, &which.workspace).await?;
    let members = memberships::list(&opened.store, workspace.id)
        .await
        .with_context(|| format!("cannot list who belongs to {}", workspace.name))?;
    let mut output = Output::open();
    if form.is_json {
        return output.json(&members.iter().map(MemberView::new).collect::<Vec<_>>());
    }
    let rows = members.iter().map(|it| {
        vec![
            it.user.to_string(),
            it.email.clone(),
            it.name.clone(),
            it.role.clone(),
            it.state.word().to_owned(),
            it.since.to_string(),
        ]
    });
    output.table(&["ID", "EMAIL", "NAME", "ROLE", "STATE", "SINCE"], rows.collect())
}

pub(super) async fn add(
    opened: &Opened,
    member: &Membership,
    role: &str,
    form: Form,
) -> anyhow::Result<()> {
    let role = Role::parse(role)?;
    let (workspace, user) = meant(opened, member).await?;
    match memberships::add(&opened.store, workspace.id, user.clone(), role.word()).await {
        Err(store::Error::Taken) => {
            return Err(Conflict(format!(
                "{} belongs to {} already: `carom workspace set-role` gives them another role",
                user.email, workspace.name
            ))
            .into());
        }
        added => added.with_context(|| format!("cannot add {}", user.email))?,
    }
    let said = format!("{} belongs to {} now: {}", user.email, workspace.name, role.word());
    print(&workspace, &user, Some(role), &said, form)
}

pub(super) async fn remove(opened: &Opened, member: &Membership, form: Form) -> anyhow::Result<()> {
    let (workspace, user) = meant(opened, member).await?;
    change(opened, &workspace, &user, Change::End).await?;
    let said = format!("{} belongs to {} no more", user.email, workspace.name);
    print(&workspace, &user, None, &said, form)
}

pub(super) async fn set_role(
    opened: &Opened,
    member: &Membership,
    role: &str,
    form: Form,
) -> anyhow::Result<()> {
    let role = Role::parse(role)?;
    let (workspace, user) = meant(opened, member).await?;
    change(opened, &workspace, &user, Change::Role(role.word())).await?;
    let said = format!("the role of {} in {} is {} now", user.email, workspace.name, role.word());
    print(&workspace, &user, Some(role), &said, form)
}

async fn meant(opened: &Opened, member: &Membership) -> anyhow::Result<(Workspace, User)> {
    let workspace = acting::find(&opened.store, &member.which.workspace).await?;
    Ok((workspace, by_email(opened, &member.email).await?))
}

async fn change(
    opened: &Opened,
    workspace: &Workspace,
    user: &User,
    change: Change,
) -> anyhow::Result<()> {
    let (name, email) = (&workspace.name, &user.email);
    match memberships::change(&opened.store, workspace.id, user.id, change, None).await {
        // Without a reach, nothing is beyond it.
        Ok(Changed::Done | Changed::Beyond) => Ok(()),
        Ok(Changed::LastOwner) => Err(Conflict(format!(
            "{email} is the last owner of {name}: make somebody else an owner first (`carom workspace \
             set-role`)"
        ))
        .into()),
        Err(store::Error::Missing) => Err(NotFound(format!(
            "{email} does not belong to {name}: `carom workspace members` shows who does"
        ))
        .into()),
        Err(error) => Err(error).with_context(|| format!("cannot change what {email} is there")),
    }
}

fn print(
    workspace: &Workspace,
    user: &User,
    role: Option<Role>,
    said: &str,
    form: Form,
) -> anyhow::Result<()> {
    let mut output = Output::open();
    if form.is_json {
        let role = role.map(Role::word);
        let (id, email) = (user.id, &user.email);
        return output.json(&json!({
            "workspace": workspace.id, "id": id, "email": email, "role": role
        }));
    }
    output.line(said)
}
