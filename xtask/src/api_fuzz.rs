//! `cargo xtask api-fuzz`: schemathesis against the document that a running server serves, as
//! everybody who may call it: nobody, each role, and a key.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::cargo;
use crate::carom::Carom;
use crate::cluster::{Cluster, Durability};
use crate::cores::Cores;
use crate::http::{self, Client};
use crate::process;

/// From PyPI, into `target/`.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

const INSTALL_MAX: Duration = Duration::from_secs(10 * 60);
const RUN_MAX: Duration = Duration::from_secs(30 * 60);

const PASSWORD: &str = "a password for fuzzing";

/// Whether what fits the schema is taken is left out: rules such as "no more than your own role", or
/// "one @", are told in words and stand in no schema.
const LEFT_OUT: &str = "positive_data_acceptance";

/// A batch answers for each item by itself: one that breaks the schema has its problem within a 200.
const OF_BATCHES: &str = "[[operations]]\ninclude-operation-id = \"batch_links\"\n\
                          checks.negative_data_rejection.enabled = false\n";

/// Afterwards a person could do no more: they would have signed out, or left the workspace. The key
/// comes last, and asks for these too.
const END_IT: [&str; 3] = ["sign_out", "end_session", "remove_member"];

/// Who calls, beside the key.
const ROLES: [&str; 4] = ["viewer", "editor", "admin", "owner"];

/// `cargo xtask api-fuzz`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Requests of each sort for each operation
    #[arg(long, default_value_t = 30)]
    examples: u32,
    /// The seed of what is made up
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Use Postgres instead of SQLite
    #[arg(long)]
    postgres: bool,
    /// Use the release build as it is
    #[arg(long)]
    no_build: bool,
}

/// Runs schemathesis as one caller after the other, until one finds something.
pub(crate) fn run(options: &Options) -> Result<()> {
    let program = installed()?;
    if !options.no_build {
        cargo::build_release()?;
    }
    let data = TempDir::with_prefix("carom-api-fuzz-")?;
    let cluster = options.postgres.then(|| Cluster::start(Durability::Unsynced)).transpose()?;
    let store = cluster.as_ref().map_or_else(|| "sqlite".to_owned(), Cluster::url);
    let carom = Carom::new(&store, data.path())?;
    let (server, addresses) = carom.serve(None, Cores::of_this_machine())?;
    let admin = addresses.admin;
    let outcome = each_caller(&program, &carom, &admin, options);
    server.stop()?;
    outcome
}

fn each_caller(program: &Path, carom: &Carom, admin: &str, options: &Options) -> Result<()> {
    // All of them first: afterwards there are workspaces of every name.
    let key = format!("[auth.openapi.key]\nbearer = \"{}\"\n", carom.create_key()?);
    let mut sessions = Vec::new();
    for role in ROLES {
        let email = format!("{role}@fuzz.example");
        let create =
            ["user", "create", "--email", &email, "--workspace", "default", "--role", role];
        carom.output_with(&[&create[..], &["--password-stdin"]].concat(), PASSWORD)?;
        let token = sign_in(admin, &email)?;
        sessions.push((role, format!("[auth.openapi.session]\napi_key = \"{token}\"\n")));
    }
    schemathesis(program, admin, options, "nobody", "")?;
    for (role, session) in &sessions {
        schemathesis(program, admin, options, role, session)?;
    }
    schemathesis(program, admin, options, "a key with every scope", &key)
}

fn schemathesis(
    program: &Path,
    admin: &str,
    options: &Options,
    caller: &str,
    credentials: &str,
) -> Result<()> {
    println!("\n==> as {caller}");
    let home = program.parent().context("a program in a directory")?;
    // It reads its settings, and keeps a database of examples, where it runs.
    fs::write(home.join("schemathesis.toml"), format!("{credentials}{OF_BATCHES}"))?;
    let mut command = Command::new(program);
    command.current_dir(home).arg("run").arg(format!("{admin}/openapi.json"));
    command.args(["--phases", "examples,coverage,fuzzing", "--warnings", "off"]);
    command.args(["--continue-on-failure", "--exclude-checks", LEFT_OUT]);
    // As a browser's requests say; it changes nothing for a key.
    command.args(["--header", "Sec-Fetch-Site: same-origin"]);
    if ROLES.contains(&caller) {
        command.args(END_IT.iter().flat_map(|operation| ["--exclude-operation-id", operation]));
    }
    command.arg("--max-examples").arg(options.examples.to_string());
    command.arg("--seed").arg(options.seed.to_string());
    process::attempt(&mut command, RUN_MAX).with_context(|| format!("as {caller}"))
}

/// Signs in and returns the session's token.
fn sign_in(admin: &str, email: &str) -> Result<String> {
    let body = serde_json::json!({ "email": email, "password": PASSWORD }).to_string();
    let mut client = Client::connect(http::address(admin)?)?;
    client.send("POST", "/api/v1/session", &[], &body)?;
    let answer = client.read()?;
    let cookie = answer.header("set-cookie").and_then(|value| value.split(';').next());
    let token = cookie.and_then(|cookie| cookie.strip_prefix("carom="));
    Ok(token.with_context(|| format!("{email} cannot sign in: {answer:?}"))?.to_owned())
}

/// Schemathesis in an environment of its own under `target/`.
fn installed() -> Result<PathBuf> {
    let home = cargo::root().join("target").join("schemathesis");
    let program = home.join("bin").join("schemathesis");
    if !program.exists() {
        let python = process::find_in_path("python3").context("schemathesis needs python3")?;
        process::run(Command::new(python).args(["-m", "venv"]).arg(&home), INSTALL_MAX)?;
        let mut pip = Command::new(home.join("bin").join("pip"));
        process::run(pip.args(["install", "--quiet", SCHEMATHESIS]), INSTALL_MAX)?;
    }
    ensure!(program.exists(), "pip has installed no {}", program.display());
    Ok(program)
}
