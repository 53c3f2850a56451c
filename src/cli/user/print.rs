//! How people look.

use anyhow::Context;
use serde::Serialize;

use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::model::id::{UserId, WorkspaceId};
use crate::model::time::Millis;
use crate::store::memberships;
use crate::store::users::{self, User};

/// A person as programs read them.
#[derive(Serialize)]
struct UserView<'u> {
    id: UserId,
    email: &'u str,
    name: &'u str,
    state: &'static str,
    has_second_factor: bool,
    created_at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    memberships: Option<Vec<MembershipView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'u str>,
}

/// Where somebody belongs.
#[derive(Serialize)]
struct MembershipView {
    workspace: WorkspaceId,
    name: String,
    role: String,
}

impl<'u> UserView<'u> {
    fn new(user: &'u User) -> Self {
        let User { id, email, name, state, has_totp, created_at, version: _ } = user;
        Self {
            id: *id,
            email,
            name,
            state: state.word(),
            has_second_factor: *has_totp,
            created_at: *created_at,
            memberships: None,
            password: None,
        }
    }
}

/// A new account, and the password that was made up for it.
pub(super) async fn made(
    opened: &Opened,
    user: &User,
    password: Option<&str>,
    form: Form,
) -> anyhow::Result<()> {
    let memberships = memberships::of_user(&opened.store, user.id)
        .await
        .context("the account was made, but cannot be read back")?;
    let views = memberships.into_iter().map(|(workspace, role)| MembershipView {
        workspace: workspace.id,
        name: workspace.name,
        role,
    });
    let memberships: Vec<_> = views.collect();
    let mut output = Output::open();
    if form.is_json {
        let memberships = Some(memberships);
        return output.json(&UserView { memberships, password, ..UserView::new(user) });
    }
    let belongs = memberships.iter().map(|it| format!("{} of {}", it.role, it.name));
    let belongs = belongs.collect::<Vec<_>>().join(", ");
    let nowhere = || "no workspace yet: `carom workspace add-member` adds them to one".to_owned();
    let mut fields = vec![
        ("email", user.email.clone()),
        ("id", user.id.to_string()),
        ("name", user.name.clone()),
        ("belongs to", if belongs.is_empty() { nowhere() } else { belongs }),
    ];
    fields.extend(password.map(|password| ("password", password.to_owned())));
    output.fields(fields)?;
    keep(&mut output, password)
}

/// Somebody who was changed: what became of them in words, and the password that was made up.
pub(super) fn changed(
    user: &User,
    said: &str,
    password: Option<&str>,
    form: Form,
) -> anyhow::Result<()> {
    let mut output = Output::open();
    if form.is_json {
        return output.json(&UserView { password, ..UserView::new(user) });
    }
    output.line(said)?;
    if let Some(password) = password {
        output.fields(vec![("password", password.to_owned())])?;
    }
    keep(&mut output, password)
}

fn keep(output: &mut Output, password: Option<&str>) -> anyhow::Result<()> {
    match password {
        Some(_) => output.line("\nPass the password on now: it is not shown again."),
        None => Ok(()),
    }
}

/// `carom user list`
pub(super) async fn list(opened: &Opened, form: Form) -> anyhow::Result<()> {
    let people = users::list(&opened.store).await.context("cannot list the people")?;
    let mut output = Output::open();
    if form.is_json {
        return output.json(&people.iter().map(UserView::new).collect::<Vec<_>>());
    }
    let rows = people.iter().map(|user| {
        vec![
            user.id.to_string(),
            user.email.clone(),
            user.name.clone(),
            user.state.word().to_owned(),
            if user.has_totp { "yes" } else { "no" }.to_owned(),
            user.created_at.to_string(),
        ]
    });
    output.table(&["ID", "EMAIL", "NAME", "STATE", "SECOND FACTOR", "CREATED"], rows.collect())
}
