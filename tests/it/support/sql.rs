//! Statements of the tests' own, past the program.

use std::time::Duration;

use tokio_postgres::NoTls;

use super::carom::Carom;

/// Longer than any transaction of the program's.
const LOCK_MAX: Duration = Duration::from_secs(20);

/// Runs statements on a Postgres, from anywhere, also from inside a runtime.
pub(crate) fn execute(server: &str, sql: &str) -> Result<(), tokio_postgres::Error> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let (client, connection) = tokio_postgres::connect(server, NoTls).await?;
            tokio::spawn(connection);
            client.batch_execute(sql).await
        })
    };
    std::thread::scope(|scope| scope.spawn(run).join()).expect("no panic")
}

/// Runs statements on the store of a server, whether that runs or not.
///
/// # Panics
/// When one fails.
#[track_caller]
pub(crate) fn run_on_store_of(carom: &Carom, sql: &str) {
    if carom.store().starts_with("postgres") {
        execute(carom.store(), sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    } else {
        let store = rusqlite::Connection::open(carom.data_dir().join("carom.db"));
        let store = store.expect("the store's file");
        store.busy_timeout(LOCK_MAX).expect("a number");
        store.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}
