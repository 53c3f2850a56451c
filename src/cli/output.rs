//! What a command prints: a table for people, or JSON for programs.

use std::io::{self, Write};

use clap::Args;
use comfy_table::{Table, presets};
use serde::Serialize;

/// For whom a command prints.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Form {
    /// Print JSON, for programs
    #[arg(long = "json", global = true)]
    pub(super) is_json: bool,
}

/// Standard output.
pub(super) struct Output(io::StdoutLock<'static>);

impl Output {
    pub(super) fn open() -> Self {
        Self(io::stdout().lock())
    }

    /// A line for people.
    pub(super) fn line(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.0, "{line}")?)
    }

    /// Names and values below each other.
    pub(super) fn fields(&mut self, fields: Vec<(&str, String)>) -> anyhow::Result<()> {
        let mut table = Table::new();
        for (name, value) in fields {
            table.add_row([name.to_owned(), value]);
        }
        self.aligned(table)
    }

    /// Rows under headings.
    pub(super) fn table(&mut self, head: &[&str], rows: Vec<Vec<String>>) -> anyhow::Result<()> {
        let mut table = Table::new();
        table.set_header(head);
        table.add_rows(rows);
        self.aligned(table)
    }

    fn aligned(&mut self, mut table: Table) -> anyhow::Result<()> {
        table.load_style(presets::NOTHING);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        self.line(&table.trim_fmt())
    }

    /// One JSON value.
    pub(super) fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        // First the text, then the writing, whose error then is that of a pipe and not of JSON.
        self.line(&serde_json::to_string(value)?)
    }

    /// A JSON array that is written as it comes, an item a line.
    pub(super) fn array(&mut self) -> JsonArray<'_> {
        JsonArray { output: self, is_begun: false }
    }
}

/// A JSON array while it is written.
pub(super) struct JsonArray<'o> {
    output: &'o mut Output,
    is_begun: bool,
}

impl JsonArray<'_> {
    pub(super) fn item(&mut self, item: &impl Serialize) -> anyhow::Result<()> {
        let lead = if self.is_begun { ",\n" } else { "[" };
        self.is_begun = true;
        Ok(write!(self.output.0, "{lead}{}", serde_json::to_string(item)?)?)
    }

    pub(super) fn end(self) -> anyhow::Result<()> {
        self.output.line(if self.is_begun { "]" } else { "[]" })
    }
}
