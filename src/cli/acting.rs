//! In which workspace a command acts.

use anyhow::Context;
use clap::Args;

use super::exit::{BadValue, NotFound};
use crate::model::id::WorkspaceId;
use crate::store::workspaces::{self, Workspace};
use crate::store::{self, Store};

/// The workspace that a command is told to act in.
#[derive(Args, Default)]
pub(super) struct Acting {
    /// The workspace to act in, by its id or its name [default: the oldest]
    #[arg(long, global = true, value_name = "ID|NAME")]
    workspace: Option<String>,
}

/// A command that can be told so.
#[derive(Args)]
pub(super) struct Within<A: Args> {
    #[command(flatten)]
    pub(super) acting: Acting,
    #[command(flatten)]
    pub(super) arguments: A,
}

impl Acting {
    /// The workspace that was named.
    pub(super) async fn named(&self, store: &Store) -> anyhow::Result<Option<Workspace>> {
        match &self.workspace {
            Some(words) => find(store, words).await.map(Some),
            None => Ok(None),
        }
    }
}

/// The workspace with this id, or with this name if only one has it.
pub(super) async fn find(store: &Store, words: &str) -> anyhow::Result<Workspace> {
    if let Ok(id) = words.parse::<WorkspaceId>() {
        match workspaces::get(store, id).await {
            // A name may be a number too.
            Err(store::Error::Missing) => {}
            found => return found.context("cannot look up the workspace"),
        }
    }
    let all = workspaces::list(store).await.context("cannot look up the workspace")?;
    let mut called_so: Vec<_> = all.into_iter().filter(|it| it.name == words).collect();
    match called_so.len() {
        0 => Err(NotFound(format!(
            "no workspace has the id or the name `{words}`: `carom workspace list` shows all"
        ))
        .into()),
        1 => Ok(called_so.remove(0)),
        count => {
            let ids: Vec<_> = called_so.iter().map(|it| it.id.to_string()).collect();
            Err(BadValue(format!(
                "{count} workspaces are called `{words}`: name the one you mean by its id: {}",
                ids.join(", ")
            ))
            .into())
        }
    }
}
