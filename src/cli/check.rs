//! `carom check`: whether what the store has counted adds up.

use clap::Args;
use serde::Serialize;

use super::exit::Drifted;
use super::opened::Opened;
use super::output::{Form, Output};
use crate::model::click::ClickCount;
use crate::model::id::SubjectId;
use crate::model::time::Millis;
use crate::store::domains;
use crate::store::stats::{self, Check, Drift, Kept};

#[derive(Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    form: Form,
    /// Recount clicks: totals from quarter hours and visits, workspaces from their links and domains
    #[arg(long, required = true)]
    clicks: bool,
}

/// A difference as programs read it.
#[derive(Serialize)]
struct DriftView {
    check: &'static str,
    kind: &'static str,
    id: SubjectId,
    stored: CountView,
    recounted: CountView,
}

#[derive(Serialize)]
struct CountView {
    people: u64,
    bots: u64,
}

#[derive(Serialize)]
struct ReportView {
    subjects: u64,
    visits_since: Option<Millis>,
    differences: Vec<DriftView>,
    has_more: bool,
}

/// Recounts and prints what differs, which is also an error.
pub(super) async fn run(
    opened: &Opened,
    arguments: CheckArguments,
    kept: Kept,
) -> anyhow::Result<()> {
    let report = stats::drift(&opened.store, kept.visits_since(opened.now)).await?;
    let domains = domains::all(&opened.store).await?;
    let kind = |drift: &Drift| {
        if domains.iter().any(|domain| SubjectId::from(domain.id) == drift.subject) {
            "domain"
        } else if SubjectId::from(opened.workspace) == drift.subject || is_of_workspaces(drift) {
            "workspace"
        } else {
            "link"
        }
    };
    let views = report.drifts.iter().map(|drift| DriftView {
        check: name(drift.check),
        kind: kind(drift),
        id: drift.subject,
        stored: drift.stored.into(),
        recounted: drift.recounted.into(),
    });
    let view = ReportView {
        subjects: report.subjects,
        visits_since: report.visits_since,
        differences: views.collect(),
        has_more: report.has_more,
    };
    print(&view, arguments.form)?;
    let found = view.differences.len();
    match (found, view.has_more) {
        (0, _) => Ok(()),
        (_, true) => Err(Drifted(format!("more than {found} differences were found")).into()),
        (1, false) => Err(Drifted("1 difference was found".to_owned()).into()),
        (_, false) => Err(Drifted(format!("{found} differences were found")).into()),
    }
}

fn print(view: &ReportView, form: Form) -> anyhow::Result<()> {
    let mut output = Output::open();
    if form.is_json {
        return output.json(view);
    }
    let since = view.visits_since.map_or_else(
        || "there are no visits to compare".to_owned(),
        |since| format!("visits were compared since {since}"),
    );
    output.line(&format!("recounted the clicks of {} subjects; {since}", view.subjects))?;
    if view.differences.is_empty() {
        return output.line("everything adds up");
    }
    let row = |it: &DriftView| {
        let id = it.id.to_string();
        let counts = [&it.stored, &it.recounted].map(|it| format!("{} + {}", it.people, it.bots));
        let [stored, recounted] = counts;
        vec![it.kind.to_owned(), id, it.check.to_owned(), stored, recounted]
    };
    let head = ["KIND", "ID", "AGAINST ITS", "STORED (PEOPLE + BOTS)", "RECOUNTED"];
    output.table(&head, view.differences.iter().map(row).collect())
}

fn is_of_workspaces(drift: &Drift) -> bool {
    matches!(drift.check, Check::Links | Check::Domains)
}

fn name(check: Check) -> &'static str {
    match check {
        Check::Quarters => "quarters",
        Check::Visits => "visits",
        Check::Links => "links",
        Check::Domains => "domains",
    }
}

impl From<ClickCount> for CountView {
    fn from(ClickCount { people, bots }: ClickCount) -> Self {
        Self { people, bots }
    }
}
