//! Reaching the store at a start: now, in a moment, or while the links of a snapshot answer already.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::task::JoinHandle;

use super::set_up::{self, SetUp};
use crate::accounts::key::ApiKey;
use crate::accounts::permission::SCOPE_ADMIN;
use crate::cache::snapshot::Snapshot;
use crate::config::Role;
use crate::model::id::StoreId;
use crate::store::keys::NewKey;
use crate::store::migrate::MigrateError;
use crate::store::{Error, Gate, Store, facts};
use crate::telemetry::in_full;

/// Where there is a snapshot, the start goes on without a store that takes longer than this. A busy
/// store that is there must have time to answer: going on without it serves links as they were.
const WITH_A_SNAPSHOT: Duration = Duration::from_secs(1);

/// Time between two tries.
const RETRY: Duration = Duration::from_millis(250);

/// What a start knows of its store.
pub(super) struct Opened {
    /// The store; unavailable until it was reached.
    pub(super) store: Store,
    /// Its id.
    pub(super) store_id: StoreId,
    /// What there is to give away.
    pub(super) given: Given,
    /// Links of this store that an earlier process has left.
    pub(super) snapshot: Option<Snapshot>,
    /// A store that has not answered yet.
    pub(super) away: Option<Away>,
}

/// What a start has to give away, once.
pub(super) struct Given {
    /// The first key of a store that was empty.
    pub(super) first_key: Option<ApiKey>,
    /// How somebody gets the first account.
    pub(super) set_up: SetUp,
}

/// A store that is still being reached for.
pub(super) struct Away {
    reaching: JoinHandle<anyhow::Result<Founded>>,
    gate: Gate,
    expected: StoreId,
}

/// A store that was reached: its schema is up to date, and it was founded.
struct Founded {
    id: StoreId,
    first_key: Option<ApiKey>,
}

/// Opens a store. With a snapshot it is not waited for.
///
/// # Errors
/// It does not answer within `patience` and there is no snapshot, or it cannot be used.
pub(super) async fn open(
    store: Store,
    snapshot: Option<Snapshot>,
    patience: Duration,
    role: Role,
) -> anyhow::Result<Opened> {
    let Some(snapshot) = snapshot else {
        let Founded { id, first_key } = reach(store.clone(), Some(patience)).await?;
        let given = Given { first_key, set_up: offered(&store, role).await? };
        return Ok(Opened { store, store_id: id, given, snapshot: None, away: None });
    };
    // A task of its own: it may be in the middle of a migration when it is no longer waited for.
    let mut reaching = tokio::spawn(reach(store.clone(), None));
    if let Ok(reached) = tokio::time::timeout(WITH_A_SNAPSHOT, &mut reaching).await {
        let Founded { id, first_key } = reached??;
        // Another store's links lead elsewhere.
        let snapshot = Some(snapshot).filter(|snapshot| snapshot.store() == id);
        let given = Given { first_key, set_up: offered(&store, role).await? };
        return Ok(Opened { store, store_id: id, given, snapshot, away: None });
    }
    let store_id = snapshot.store();
    let (store, gate) = store.guarded();
    let away = Some(Away { reaching, gate, expected: store_id });
    // Nobody would see what is given away later.
    let given = Given { first_key: None, set_up: SetUp::Over };
    Ok(Opened { store, store_id, given, snapshot: Some(snapshot), away })
}

async fn offered(store: &Store, role: Role) -> anyhow::Result<SetUp> {
    let offer = set_up::offer(store, role).await;
    offer.with_context(|| format!("cannot use {}", store.describe()))
}

/// Waits for a store that is away, and opens it. Returns only if it cannot be used.
pub(super) async fn failure(away: Option<Away>) -> anyhow::Error {
    if let Some(away) = away
        && let Err(error) = away.reached().await
    {
        return error;
    }
    std::future::pending().await
}

impl Away {
    /// Fails if the store cannot be used, or is not the one that the snapshot is of.
    async fn reached(self) -> anyhow::Result<()> {
        let Founded { id, .. } = self.reaching.await??;
        if id != self.expected {
            bail!(
                "the store has the id {id}, and this node has answered from a snapshot of {}: start \
                 again to use this store",
                self.expected
            );
        }
        self.gate.open();
        tracing::warn!("the store was reached: changes that were made meanwhile are read now");
        Ok(())
    }
}

/// Tries until the store answers, or for so long.
async fn reach(store: Store, patience: Option<Duration>) -> anyhow::Result<Founded> {
    let began = Instant::now();
    let mut has_said = false;
    loop {
        let error = match found(&store).await {
            Err(error) if may_pass(&error) => error,
            done => return done.with_context(|| format!("cannot use {}", store.describe())),
        };
        if patience.is_some_and(|patience| began.elapsed() >= patience) {
            return Err(error).with_context(|| format!("cannot use {}", store.describe()));
        }
        if !has_said {
            let why = in_full(error.as_ref());
            tracing::warn!(store = store.describe(), %why, "waiting for the store");
            has_said = true;
        }
        tokio::time::sleep(RETRY).await;
    }
}

fn may_pass(error: &anyhow::Error) -> bool {
    let error = match error.downcast_ref::<MigrateError>() {
        Some(MigrateError::Store(error)) => Some(error),
        Some(MigrateError::Busy) => return true,
        Some(_) => return false,
        None => error.downcast_ref::<Error>(),
    };
    matches!(error, Some(Error::Unavailable(_) | Error::TooLong { .. } | Error::Busy(_)))
}

/// Brings the schema up to date, and gives an empty store what it needs and a first key.
async fn found(store: &Store) -> anyhow::Result<Founded> {
    let migrated = store.migrate().await?;
    let key = ApiKey::random();
    let first = NewKey {
        name: "first key".to_owned(),
        prefix: key.prefix().to_owned(),
        digest: key.digest(),
        scopes: SCOPE_ADMIN.to_owned(),
        domains: None,
        expires_at: None,
    };
    let founding = facts::found(store, Some(first)).await?;
    tracing::info!(store = store.describe(), migrated, "the store is open");
    Ok(Founded { id: founding.store, first_key: founding.is_new.then_some(key) })
}
