//! A working directory, an empty store, and commands that run there.

use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use carom::store::{Limits, Location, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::support;
use crate::support::postgres::{Database, fresh_database};

/// A working directory and an empty store.
pub(super) struct Place {
    pub(super) directory: TempDir,
    database: Option<Database>,
}

impl Place {
    pub(super) fn sqlite() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory"), database: None }
    }

    pub(super) fn postgres() -> Self {
        Self { database: Some(fresh_database()), ..Self::sqlite() }
    }

    /// Runs `carom` with these words.
    #[track_caller]
    pub(super) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("the program runs")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = support::carom();
        command.current_dir(&self.directory);
        if let Some(database) = &self.database {
            command.args(["--store", &database.url]);
        }
        command.args(words);
        command
    }

    /// What a command prints that must succeed.
    #[track_caller]
    pub(super) fn text(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// The same for programs.
    #[track_caller]
    pub(super) fn json(&self, words: &[&str]) -> Value {
        let text = self.text(&[words, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words:?}: {error}: {text}"))
    }

    /// The exit code and the sentence of a command that must fail.
    #[track_caller]
    pub(super) fn failure(&self, words: &[&str]) -> (i32, String) {
        let output = self.run(words);
        assert!(output.stdout.is_empty(), "{words:?} printed {:?}", output.stdout);
        let said = String::from_utf8(output.stderr).expect("text");
        (output.status.code().expect("an exit code"), said.trim_end().to_owned())
    }

    /// Runs `carom` with these words, and with this on its standard input.
    #[track_caller]
    pub(super) fn run_with_input(&self, words: &[&str], input: &str) -> Output {
        self.command(words).write_stdin(input).output().expect("the program runs")
    }

    /// What `--store` says.
    pub(super) fn store(&self) -> String {
        self.database.as_ref().map_or_else(|| "sqlite".to_owned(), |it| it.url.clone())
    }

    /// Works on the store itself.
    pub(super) fn in_store<T>(&self, work: impl AsyncFnOnce(&Store) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let location = Location::parse(&self.store()).expect("a location");
            let limits = Limits {
                redirect_connections: 1,
                admin_connections: 1,
                redirect_wait: Duration::from_secs(10),
                admin_wait: Duration::from_secs(10),
                statement_timeout: Duration::from_secs(10),
            };
            let directory = self.directory.path().join("data");
            let store = Store::open(&location, &directory, limits).expect("the store opens");
            let outcome = work(&store).await;
            store.close().await;
            outcome
        })
    }

    /// Alters the store behind the program's back.
    pub(super) fn alter(&self, sql: &str) {
        match &self.database {
            Some(database) => database.execute(sql),
            None => {
                let file = self.directory.path().join("data/carom.db");
                let store = rusqlite::Connection::open(file).expect("the store's file");
                store.execute(sql, ()).expect("a statement that runs");
            }
        }
    }

    /// Makes links without starting a program for each.
    pub(super) fn fill(&self, links: usize) {
        let file = self.directory.path().join("data/carom.db");
        let store = rusqlite::Connection::open(file).expect("the store's file");
        store
            .execute(
                "WITH RECURSIVE numbers (n) AS
                     (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
                 INSERT INTO links (domain_id, code, id, workspace_id, url, status, state, created_at,
                                    updated_at, version, search)
                 SELECT domains.id, 'c' || n, n, workspace_id, 'https://example.com/', 302, 'active',
                        1000 + n / 3, 1000, 1, 'c' || n
                 FROM domains, numbers",
                [i64::try_from(links).expect("a few")],
            )
            .expect("links");
    }
}
