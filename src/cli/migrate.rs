//! `carom migrate`: the schema up to date, and an empty store founded.

use clap::Args;
use serde_json::json;

use super::opened::Opened;
use super::output::{Form, Output};

#[derive(Args)]
pub(super) struct MigrateArguments {
    #[command(flatten)]
    form: Form,
}

/// Says what opening the store did to it.
pub(super) fn run(opened: &Opened, arguments: &MigrateArguments) -> anyhow::Result<()> {
    let (applied, store) = (opened.applied, opened.store.describe());
    let mut output = Output::open();
    if arguments.form.is_json {
        return output.json(&json!({ "applied": applied, "store": store }));
    }
    output.line(&match applied {
        0 => format!("{store} was up to date"),
        1 => format!("applied 1 migration to {store}"),
        more => format!("applied {more} migrations to {store}"),
    })
}
