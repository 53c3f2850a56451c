//! `carom journal`: what waits in this node's journal, and counting here what belongs elsewhere.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::exit::{BadValue, Conflict};
use super::opened::Opened;
use super::output::{Form, Output};
use crate::clicks::journal::directory::{Directory, DirectoryError, JOURNAL};
use crate::clicks::journal::format::{SegmentHeader, SegmentKind};
use crate::clicks::journal::inspect::{Inspected, State, inspect, rewrite_header};
use crate::model::id::{NodeId, StoreId, StreamId};
use crate::model::time::Millis;
use crate::node;
use crate::store::clicks::{self, Batch, Mark, Step};

#[derive(Args)]
pub(super) struct JournalArguments {
    #[command(flatten)]
    form: Form,
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Subcommand)]
enum JournalCommand {
    /// List the files of the journal and whose clicks are in them
    List,
    /// Count the clicks of another store or node here, from the next start on
    Adopt {
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}

/// A segment as programs read it.
#[derive(Serialize)]
struct SegmentView {
    file: String,
    state: &'static str,
    kind: Option<&'static str>,
    node: Option<NodeId>,
    store: Option<StoreId>,
    stream: Option<StreamId>,
    records: u64,
    clicks: u64,
    first_at: Option<Millis>,
    last_at: Option<Millis>,
}

pub(super) async fn run(
    opened: &Opened,
    data_dir: &Path,
    arguments: JournalArguments,
) -> anyhow::Result<()> {
    let JournalArguments { form, command } = arguments;
    node::prepare(data_dir)?;
    let node = node::identity(data_dir)?;
    let directory = data_dir.join(JOURNAL);
    match command {
        JournalCommand::List => list(opened, &directory, node, form),
        JournalCommand::Adopt { yes } => adopt(opened, &directory, node, yes, form).await,
    }
}

fn list(opened: &Opened, directory: &Path, node: NodeId, form: Form) -> anyhow::Result<()> {
    let found = look(opened, directory, node)?;
    print(&found, form)
}

fn look(opened: &Opened, directory: &Path, node: NodeId) -> anyhow::Result<Vec<Inspected>> {
    inspect(directory, opened.store_id, node)
        .with_context(|| format!("cannot look into {}", directory.display()))
}

async fn adopt(
    opened: &Opened,
    directory: &Path,
    node: NodeId,
    is_sure: bool,
    form: Form,
) -> anyhow::Result<()> {
    // Held to the end, so that no server reads what is being changed.
    let _locked = Directory::open(directory).map_err(|error| match error {
        DirectoryError::Locked(path) => anyhow::Error::from(Conflict(format!(
            "a server uses {}: stop it, adopt, and start it again",
            path.display()
        ))),
        error @ DirectoryError::Io { .. } => error.into(),
    })?;
    let mut found = look(opened, directory, node)?;
    found.retain(|one| matches!(one.state, State::ForeignStore | State::OtherNode));
    if !found.is_empty() && !is_sure {
        ask(&found)?;
    }
    for one in &found {
        let Some(header) = one.header else { continue };
        if header.store == opened.store_id {
            carry_position(opened, header, node).await?;
        }
        let ours = SegmentHeader { store: opened.store_id, node, ..header };
        rewrite_header(&one.path, &ours)
            .with_context(|| format!("cannot adopt {}", one.path.display()))?;
    }
    let clicks: u64 = found.iter().map(|one| one.content.clicks).sum();
    let mut output = Output::open();
    if form.is_json {
        return output.json(&json!({ "segments": found.len(), "clicks": clicks }));
    }
    output.line(&match found.len() {
        0 => "nothing to adopt: no segment here belongs to another store or node".to_owned(),
        segments => format!(
            "adopted {segments} segments with {clicks} clicks: what the store has not got of them is \
             counted at the next start"
        ),
    })
}

/// What this store has counted under the node that a segment came from is not counted again.
async fn carry_position(
    opened: &Opened,
    header: SegmentHeader,
    node: NodeId,
) -> anyhow::Result<()> {
    let cannot = "cannot tell which of the clicks are counted already";
    let to = clicks::mark(&opened.store, header.node, header.stream).await.context(cannot)?;
    if to != Mark::default() {
        let steps = Arc::new([Step { stream: header.stream, from: Mark::default(), to }]);
        // Where the stream stands already, a segment of it was adopted before.
        clicks::absorb(&opened.store, Batch { node, steps, rows: Arc::default() })
            .await
            .context(cannot)?;
    }
    Ok(())
}

/// Asks on a terminal; a script must say what it wants.
fn ask(found: &[Inspected]) -> anyhow::Result<()> {
    if !io::stdin().is_terminal() {
        return Err(
            BadValue("nobody is there to be asked: repeat this with --yes".to_owned()).into()
        );
    }
    let clicks: u64 = found.iter().map(|one| one.content.clicks).sum();
    let mut stderr = io::stderr().lock();
    write!(stderr, "Count {clicks} clicks in {} segments here, for good? [y/N] ", found.len())?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Conflict("nothing was adopted".to_owned()).into())
}

fn print(found: &[Inspected], form: Form) -> anyhow::Result<()> {
    let views: Vec<_> = found.iter().map(SegmentView::new).collect();
    let mut output = Output::open();
    if form.is_json {
        return output.json(&views);
    }
    let id = |id: Option<String>| id.unwrap_or_default();
    let rows = views.iter().map(|view| {
        vec![
            view.file.clone(),
            view.state.to_owned(),
            view.kind.unwrap_or_default().to_owned(),
            id(view.store.map(|it| it.to_string())),
            id(view.node.map(|it| it.to_string())),
            id(view.stream.map(|it| it.to_string())),
            view.records.to_string(),
            view.clicks.to_string(),
            id(view.first_at.map(|it| it.to_string())),
            id(view.last_at.map(|it| it.to_string())),
        ]
    });
    let head =
        ["FILE", "STATE", "KIND", "STORE", "NODE", "STREAM", "RECORDS", "CLICKS", "FIRST", "LAST"];
    output.table(&head, rows.collect())
}

impl SegmentView {
    fn new(found: &Inspected) -> Self {
        let Inspected { path, state, header, content } = found;
        Self {
            file: path.file_name().unwrap_or_default().display().to_string(),
            state: word(*state),
            kind: header.map(|header| match header.kind {
                SegmentKind::Records => "records",
                SegmentKind::Counts => "counts",
            }),
            node: header.map(|header| header.node),
            store: header.map(|header| header.store),
            stream: header.map(|header| header.stream),
            records: content.records,
            clicks: content.clicks,
            first_at: content.first_at,
            last_at: content.last_at,
        }
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Here => "this store",
        State::ForeignStore => "foreign store",
        State::OtherNode => "other node",
        State::Blank => "blank",
        State::Damaged => "damaged",
        State::Newer => "newer",
        State::Unreadable => "unreadable",
        State::Quarantined => "quarantined",
    }
}
