//! How Carom is started and spoken to on its command line.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::cargo;
use crate::cores::Cores;
use crate::process;
use crate::server::Server;

/// What in our own environment would change what a server does.
const FOREIGN_VARIABLES: [&str; 3] = ["PG", "POSTGRES_", "CAROM_"];

/// A Carom with a store and a data directory of its own.
pub(crate) struct Carom {
    binary: PathBuf,
    store: String,
    data_dir: PathBuf,
}

/// Where a running Carom listens.
pub(crate) struct Addresses {
    /// The port that redirects, as a URL.
    pub(crate) edge: String,
    /// The admin port, as a URL.
    pub(crate) admin: String,
}

impl Carom {
    /// Of the release build; `store` as `--store` takes it: `sqlite` or `postgres://…`.
    pub(crate) fn new(store: &str, data_dir: &Path) -> Result<Self> {
        Ok(Self {
            binary: cargo::release_binary("carom")?,
            store: store.to_owned(),
            data_dir: data_dir.to_owned(),
        })
    }

    /// The same of the debug build, for what is not measured.
    pub(crate) fn of_debug_build(store: &str, data_dir: &Path) -> Result<Self> {
        let (store, data_dir) = (store.to_owned(), data_dir.to_owned());
        Ok(Self { binary: cargo::debug_server()?, store, data_dir })
    }

    /// The file of a SQLite store.
    pub(crate) fn database_file(&self) -> PathBuf {
        self.data_dir.join("carom.db")
    }

    /// Starts the server on free ports. `config` overrides its defaults.
    pub(crate) fn serve(&self, config: Option<&Path>, cores: Cores) -> Result<(Server, Addresses)> {
        let mut command = process::bound_to_us(&self.binary);
        self.complete(&mut command, &["serve"]);
        command.args(["--edge-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        // All of the load comes from one address, and some of it as fast as it can.
        command.env("CAROM_EDGE__MISSES_PER_ADDRESS_PER_SECOND_MAX", "0");
        command.env("CAROM_CACHE__LOADS_PER_SECOND_MAX", "0");
        command.env("CAROM_ADMIN__READS_PER_MINUTE_MAX", "0");
        command.env("CAROM_ADMIN__WRITES_PER_MINUTE_MAX", "0");
        command.env("CAROM_ADMIN__NETWORK_REQUESTS_PER_MINUTE_MAX", "0");
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        let labels = ["redirects", "admin"];
        let (server, [edge, admin]) =
            Server::start("carom", &mut command, cores, &self.data_dir, labels)?;
        Ok((server, Addresses { edge, admin }))
    }

    /// Creates the schema with its default workspace and domain.
    pub(crate) fn migrate(&self) -> Result<()> {
        self.output_of(&["migrate"]).map(drop)
    }

    /// Creates an API key and returns it.
    pub(crate) fn create_key(&self) -> Result<String> {
        let json = self.output_of(&["key", "create", "--name", "loadtest", "--json"])?;
        let answer: serde_json::Value = serde_json::from_str(&json)
            .with_context(|| format!("`carom key create --json` printed no JSON: {json}"))?;
        let key = answer.get("key").and_then(|key| key.as_str());
        Ok(key.context("`carom key create --json` printed no `key`")?.to_owned())
    }

    /// What a command prints that must succeed.
    pub(crate) fn output_of(&self, arguments: &[&str]) -> Result<String> {
        self.output_with(arguments, "")
    }

    /// The same for a command that reads this.
    pub(crate) fn output_with(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(&self.binary);
        self.complete(&mut command, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // Most commands read nothing, and may have ended by now.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "`carom {}` failed ({}): {}",
            arguments.join(" "),
            output.status,
            said.trim()
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    fn complete(&self, command: &mut Command, arguments: &[&str]) {
        command.args(arguments).args(["--store", &self.store]);
        command.arg("--data-dir").arg(&self.data_dir);
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(is_foreign) {
                command.env_remove(&name);
            }
        }
    }
}

fn is_foreign(variable: &str) -> bool {
    variable == "DATABASE_URL"
        || FOREIGN_VARIABLES.iter().any(|prefix| variable.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_name_another_store_do_not_reach_the_server() {
        for name in ["PGHOST", "POSTGRES_DB", "CAROM_STORE", "DATABASE_URL"] {
            assert!(is_foreign(name), "{name}");
        }
        for name in ["PATH", "HOME", "TEST_DATABASE_URL", "RUST_LOG"] {
            assert!(!is_foreign(name), "{name}");
        }
    }
}
