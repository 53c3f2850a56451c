//! A workspace that is looked at: read once a second, however many look.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast::{self, Receiver, Sender};

use super::beat::{Beat, Followed, Recent, Seen, key};
use super::minutes::{MINUTES_MS, Minutes};
use crate::admin::state::AdminState;
use crate::model::id::{LinkId, WorkspaceId};
use crate::model::time::Millis;
use crate::store::links::{self, Filter};
use crate::store::stats::{Span, most_visited, visits_of_workspace};
use crate::store::{Error, clicks};

/// Between two readings.
const EVERY: Duration = Duration::from_secs(1);

/// Clicks reach the store within about this time; what is counted by the minute is read behind it.
const SETTLED_MS: i64 = 3_000;

/// How far back visits are looked for that came late.
const LATE_MS: i64 = 15_000;

/// Visits that are read at once.
const VISITS_MAX: u32 = 50;

/// Links that are counted of one second, and those that are shown.
const LINKS_MAX: u32 = 200;
const TOP: usize = 10;

/// Short URLs are looked up anew after so many seconds.
const NAMES_KEPT: u32 = 60;

/// Beats that a slow reader may be behind.
const BEHIND_MAX: usize = 8;

/// The workspaces that are looked at.
#[derive(Default)]
pub struct Live {
    watched: Mutex<HashMap<WorkspaceId, Watched>>,
}

/// A workspace that is looked at.
struct Watched {
    sender: Sender<Arc<Beat>>,
    /// What whoever comes now is told first.
    last: Beat,
}

impl Live {
    /// Looks at a workspace: the last visits, with what follows.
    ///
    /// # Errors
    /// The store does not answer.
    pub(in crate::admin) async fn join(
        state: &Arc<AdminState>,
        workspace: WorkspaceId,
    ) -> Result<(Beat, Receiver<Arc<Beat>>), Error> {
        if let Some(joined) = state.live.find(workspace) {
            return Ok(joined);
        }
        let mut watch = Watch::new(workspace);
        let first = watch.beat(state).await?;
        let last = watch.for_newcomers(&first);
        let mut watched = state.live.watched();
        // Somebody else came meanwhile.
        if let Some(joined) = watched.get(&workspace).map(Watched::joined) {
            return Ok(joined);
        }
        let (sender, receiver) = broadcast::channel(BEHIND_MAX);
        watched.insert(workspace, Watched { sender: sender.clone(), last: last.clone() });
        drop(watched);
        tokio::spawn(watch.go_on(Arc::clone(state), sender));
        Ok((last, receiver))
    }

    fn find(&self, workspace: WorkspaceId) -> Option<(Beat, Receiver<Arc<Beat>>)> {
        self.watched().get(&workspace).map(Watched::joined)
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a watch that nobody looks at; says whether it has ended.
    fn leave(&self, workspace: WorkspaceId) -> bool {
        let mut watched = self.watched();
        // Under the lock, in which alone somebody joins.
        let is_over = watched.get(&workspace).is_none_or(|it| it.sender.receiver_count() == 0);
        if is_over {
            watched.remove(&workspace);
        }
        is_over
    }
}

impl Watched {
    fn joined(&self) -> (Beat, Receiver<Arc<Beat>>) {
        (self.last.clone(), self.sender.subscribe())
    }
}

/// What is known of a workspace.
struct Watch {
    workspace: WorkspaceId,
    recent: Recent,
    minutes: Minutes,
    /// Up to when clicks are counted in the minutes.
    counted: Option<Millis>,
    /// All clicks, and when they were read.
    total: Option<(Millis, u64)>,
    names: HashMap<LinkId, Option<String>>,
    names_age: u32,
}

impl Watch {
    fn new(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            recent: Recent::default(),
            minutes: Minutes::default(),
            counted: None,
            total: None,
            names: HashMap::new(),
            names_age: 0,
        }
    }

    /// Tells everybody who looks, once a second, until nobody does or the node is leaving.
    async fn go_on(mut self, state: Arc<AdminState>, sender: Sender<Arc<Beat>>) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if state.health.is_draining() {
                state.live.watched().remove(&self.workspace);
                return;
            }
            if state.live.leave(self.workspace) {
                return;
            }
            match self.beat(&state).await {
                Ok(beat) => {
                    let last = self.for_newcomers(&beat);
                    if let Some(watched) = state.live.watched().get_mut(&self.workspace) {
                        watched.last = last;
                    }
                    drop(sender.send(Arc::new(beat)));
                }
                // Whoever looks sees that nothing comes; it goes on when the store answers.
                Err(error) => tracing::debug!(%error, "nothing was read for those who look on"),
            }
        }
    }

    /// A beat with all visits that are remembered.
    fn for_newcomers(&self, beat: &Beat) -> Beat {
        Beat { visits: self.recent.all(), ..beat.clone() }
    }

    /// Reads what is new.
    async fn beat(&mut self, state: &AdminState) -> Result<Beat, Error> {
        let now = Millis::now();
        let per_second = self.pace(state, now).await?;
        self.count(state, now).await?;
        let visits = self.new_visits(state, now).await?;
        self.recent.add(&visits);
        let top = self.minutes.top(TOP);
        self.learn(state, top.iter().map(|(link, _)| *link)).await?;
        let followed =
            |(link, clicks): (LinkId, u64)| Followed { link, short_url: self.name(link), clicks };
        let top = top.into_iter().map(followed).collect();
        let total = self.total.map_or(0, |(_, total)| total);
        Ok(Beat { at: now, per_second, total, visits, top })
    }

    /// Clicks a second since the last reading.
    async fn pace(&mut self, state: &AdminState, now: Millis) -> Result<u64, Error> {
        let total = clicks::total(&state.store, self.workspace).await?.total();
        let before = self.total.replace((now, total));
        let Some((then, before)) = before else { return Ok(0) };
        let elapsed = u64::try_from(now.get() - then.get()).unwrap_or(0).max(1);
        Ok(total.saturating_sub(before) * 1000 / elapsed)
    }

    /// Counts the clicks of people that have settled since.
    async fn count(&mut self, state: &AdminState, now: Millis) -> Result<(), Error> {
        let to = Millis::from_epoch(now.get() - SETTLED_MS);
        let from = self.counted.unwrap_or(Millis::from_epoch(to.get() - MINUTES_MS));
        if from < to {
            let span = Span { from, to };
            let clicks = most_visited(&state.store, self.workspace, span, LINKS_MAX).await?;
            self.minutes.add(to, clicks);
            self.counted = Some(to);
        }
        Ok(())
    }

    async fn new_visits(
        &mut self,
        state: &AdminState,
        now: Millis,
    ) -> Result<Vec<Arc<Seen>>, Error> {
        let back = if self.recent.all().is_empty() { MINUTES_MS } else { LATE_MS };
        let from = Millis::from_epoch(now.get() - back);
        let span = Span { from, to: Millis::from_epoch(now.get() + LATE_MS) };
        let found =
            visits_of_workspace(&state.store, self.workspace, span, None, VISITS_MAX).await?;
        let new: Vec<_> = found.iter().filter(|visit| !self.recent.has(&key(visit))).collect();
        self.learn(state, new.iter().map(|visit| visit.link)).await?;
        Ok(new.into_iter().map(|visit| Arc::new(Seen::of(visit, self.name(visit.link)))).collect())
    }

    /// Looks up the short URLs of links that are not known.
    async fn learn(
        &mut self,
        state: &AdminState,
        links: impl Iterator<Item = LinkId>,
    ) -> Result<(), Error> {
        self.names_age += 1;
        if self.names_age > NAMES_KEPT {
            self.names.clear();
            self.names_age = 0;
        }
        let mut unknown: Vec<LinkId> = links.filter(|it| !self.names.contains_key(it)).collect();
        unknown.sort_unstable_by_key(|link| link.get());
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(());
        }
        let found = links::among(&state.store, &Filter::every(self.workspace), &unknown).await?;
        let table = state.domains.table();
        for link in found {
            let short_url = state.short_urls.of(&table, link.domain, &link.code);
            self.names.insert(link.id, Some(short_url));
        }
        for link in unknown {
            self.names.entry(link).or_insert(None);
        }
        Ok(())
    }

    fn name(&self, link: LinkId) -> Option<String> {
        self.names.get(&link).cloned().flatten()
    }
}
