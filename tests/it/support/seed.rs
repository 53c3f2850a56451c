//! Clicks made up for a store, with all the sums that belong to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use carom::model::click::{Audience, ClickCount};
use carom::model::dimension::Dimension;
use carom::model::id::{DomainId, LinkId, NodeId, StreamId, SubjectId, WorkspaceId};
use carom::model::time::Millis;
use carom::store::clicks::{
    self, Absorbed, Batch, ClickRows, ClickSum, Mark, Step, ValueSum, Visit,
};
use carom::store::{Store, domains, facts};

/// Visits of one batch, so that a batch is none too large.
const BATCH_VISITS: usize = 2_000;

/// Clicks that are to be counted for a workspace and one of its domains.
#[derive(Debug)]
pub(crate) struct Seed {
    workspace: WorkspaceId,
    domain: DomainId,
    stream: StreamId,
    visits: Vec<Visit>,
}

impl Seed {
    /// None yet.
    pub(crate) fn new(workspace: WorkspaceId, domain: DomainId) -> Self {
        Self { workspace, domain, stream: StreamId::random(), visits: Vec::new() }
    }

    /// None yet, on the default domain of a store.
    pub(crate) async fn of(store: &Store) -> Self {
        let workspace = facts::default_workspace(store).await.expect("a workspace");
        let domains = domains::all(store).await.expect("the domains");
        Self::new(workspace, domains[0].id)
    }

    /// One more, made by a person of whom nothing is known.
    pub(crate) fn click(&mut self, link: LinkId, at: Millis) -> &mut Visit {
        self.visits.push(Visit {
            link,
            at,
            stream: self.stream,
            sequence: self.visits.len() as u64,
            workspace: self.workspace,
            domain: self.domain,
            audience: Audience::People,
            visitor: 0,
            values: carom::model::dimension::Values::default(),
        });
        self.visits.last_mut().expect("just pushed")
    }

    /// Has them counted.
    pub(crate) async fn absorb(self, store: &Store) {
        self.absorb_as(store, rows).await;
    }

    /// Has the visits alone kept, without the sums that belong to them.
    pub(crate) async fn absorb_visits(self, store: &Store) {
        let rows = |visits: &[Visit]| ClickRows { visits: visits.to_vec(), ..ClickRows::default() };
        self.absorb_as(store, rows).await;
    }

    async fn absorb_as(mut self, store: &Store, rows: impl Fn(&[Visit]) -> ClickRows) {
        let node = NodeId::random();
        self.visits.sort_by_key(|visit| (visit.link, visit.at, visit.sequence));
        let mut from = 0;
        for visits in self.visits.chunks(BATCH_VISITS) {
            let to = from + visits.len() as u64;
            let step = Step { stream: self.stream, from: Mark::at(from), to: Mark::at(to) };
            let batch = Batch { node, steps: [step].into(), rows: Arc::new(rows(visits)) };
            let absorbed = clicks::absorb(store, batch).await.expect("an answer");
            assert_eq!(absorbed, Absorbed::Now);
            from = to;
        }
    }
}

/// What a click has, as a test says it.
pub(crate) trait Known {
    /// With this value.
    fn with(&mut self, dimension: Dimension, value: &str) -> &mut Self;
    /// By this visitor.
    fn by(&mut self, visitor: u64) -> &mut Self;
    /// By a program.
    fn by_bot(&mut self) -> &mut Self;
}

impl Known for Visit {
    fn with(&mut self, dimension: Dimension, value: &str) -> &mut Self {
        self.values.set(dimension, Some(Arc::from(value)));
        self
    }

    fn by(&mut self, visitor: u64) -> &mut Self {
        self.visitor = visitor;
        self
    }

    fn by_bot(&mut self) -> &mut Self {
        self.audience = Audience::Bots;
        self
    }
}

/// Visits and their sums: by link, domain and workspace.
fn rows(visits: &[Visit]) -> ClickRows {
    let mut sums = BTreeMap::<(SubjectId, Millis), ClickCount>::new();
    let mut values = BTreeMap::<(SubjectId, Dimension, Millis, Arc<str>), ClickCount>::new();
    for visit in visits {
        let count = match visit.audience {
            Audience::People => ClickCount { people: 1, bots: 0 },
            Audience::Bots => ClickCount { people: 0, bots: 1 },
        };
        for subject in [visit.link.into(), visit.domain.into(), visit.workspace.into()] {
            sums.entry((subject, visit.at.quarter())).or_default().add(count);
            for (dimension, value) in visit.values.known() {
                let key = (subject, dimension, visit.at.hour(), Arc::clone(value));
                values.entry(key).or_default().add(count);
            }
        }
    }
    let workspace = visits[0].workspace;
    let sum = |((subject, quarter), count)| ClickSum { subject, workspace, quarter, count };
    let value = |((subject, dimension, hour, value), count)| ValueSum {
        subject,
        workspace,
        dimension,
        hour,
        value,
        count,
    };
    ClickRows {
        sums: sums.into_iter().map(sum).collect(),
        values: values.into_iter().map(value).collect(),
        visits: visits.to_vec(),
    }
}
