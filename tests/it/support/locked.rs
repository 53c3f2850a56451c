//! A lock on the links of a Postgres store: who looks one up waits, and can be counted.

use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

/// Connections of our own, by which the lookups of others are held up and watched.
pub(crate) struct Locked {
    runtime: Runtime,
    blocker: Client,
    watcher: Client,
}

/// Who waits for a lock on the links.
const WAITING: &str = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'links'::regclass";

impl Locked {
    /// Locks the links of the store at `url`.
    pub(crate) fn links(url: &str) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let client = async || -> Client {
            let (client, connection) =
                tokio_postgres::connect(url, NoTls).await.expect("the server");
            tokio::spawn(connection);
            client
        };
        let (blocker, watcher) = runtime.block_on(async {
            let blocker = client().await;
            let lock = "BEGIN; LOCK TABLE links IN ACCESS EXCLUSIVE MODE";
            blocker.batch_execute(lock).await.expect("the lock");
            (blocker, client().await)
        });
        Self { runtime, blocker, watcher }
    }

    /// The server's processes that wait for it.
    pub(crate) fn waiting(&self) -> Vec<i32> {
        let rows = self.runtime.block_on(self.watcher.query(WAITING, &[])).expect("an answer");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Ends those processes: what they were asked for fails.
    pub(crate) fn kill_waiting(&self) {
        let sql = format!("SELECT pg_terminate_backend(pid) FROM ({WAITING}) AS waiting");
        self.runtime.block_on(self.watcher.batch_execute(&sql)).expect("an answer");
    }

    /// Ends the lock.
    pub(crate) fn release(self) {
        self.runtime.block_on(self.blocker.batch_execute("ROLLBACK")).expect("the end of the lock");
    }
}
