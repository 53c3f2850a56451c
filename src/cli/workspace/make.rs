//! `carom workspace create`, `list` and `rename`

use anyhow::Context;
use serde::Serialize;

use super::arguments::Which;
use crate::accounts::name;
use crate::cli::acting;
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::cli::user::by_email;
use crate::model::id::WorkspaceId;
use crate::model::time::Millis;
use crate::store::workspaces::{self, Workspace};

/// A workspace as programs read it.
#[derive(Serialize)]
struct WorkspaceView<'w> {
    id: WorkspaceId,
    name: &'w str,
    created_at: Millis,
}

impl<'w> WorkspaceView<'w> {
    fn new(workspace: &'w Workspace) -> Self {
        let Workspace { id, name, created_at } = workspace;
        Self { id: *id, name, created_at: *created_at }
    }
}

pub(super) async fn create(
    opened: &Opened,
    name: &str,
    owner: Option<&str>,
    form: Form,
) -> anyhow::Result<()> {
    let name = name::check(name)?.to_owned();
    let owner = match owner {
        Some(email) => Some(by_email(opened, email).await?),
        None => None,
    };
    let made = workspaces::create(&opened.store, name, owner).await;
    let workspace = made.context("cannot make the workspace")?;
    let mut output = Output::open();
    if form.is_json {
        return output.json(&WorkspaceView::new(&workspace));
    }
    let Workspace { id, name, .. } = &workspace;
    output.line(&format!("made the workspace {name} with the id {id}"))?;
    output.line(&format!("its links need a domain: `carom domain add HOST --workspace {id}`"))
}

pub(super) async fn list(opened: &Opened, form: Form) -> anyhow::Result<()> {
    let all = workspaces::list(&opened.store).await.context("cannot list the workspaces")?;
    let mut output = Output::open();
    if form.is_json {
        return output.json(&all.iter().map(WorkspaceView::new).collect::<Vec<_>>());
    }
    let rows =
        all.iter().map(|it| vec![it.id.to_string(), it.name.clone(), it.created_at.to_string()]);
    output.table(&["ID", "NAME", "CREATED"], rows.collect())
}

pub(super) async fn rename(
    opened: &Opened,
    which: &Which,
    name: &str,
    form: Form,
) -> anyhow::Result<()> {
    let name = name::check(name)?.to_owned();
    let before = acting::find(&opened.store, &which.workspace).await?;
    let renamed = workspaces::rename(&opened.store, before.id, name)
        .await
        .with_context(|| format!("cannot rename the workspace {}", before.name))?;
    let mut output = Output::open();
    if form.is_json {
        return output.json(&WorkspaceView::new(&renamed));
    }
    output.line(&format!("the workspace {} is called {} now", before.name, renamed.name))
}
