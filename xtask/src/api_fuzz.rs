//! `cargo xtask api-fuzz`: schemathesis against the document that a running server serves, as
//! everybody who may call it: nobody, each role, and a key.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::cargo;
use crate::carom::Carom;
use crate::cluster::{Cluster, Durability};
use crate::cores::Cores;
use crate::process;

/// From PyPI, into `target/`.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

const INSTALL_MAX: Duration = Duration::from_secs(10 * 60);
const RUN_MAX: Duration = Duration::from_secs(30 * 60);
const PATIENCE: Duration = Duration::from_secs(30);

const PASSWORD: &str = "a password for fuzzing";

/// Whether what fits the schema is taken is left out: rules such as "no more than your own role", or
/// "one @", are told in words and stand in no schema.
const LEFT_OUT: &str = "positive_data_acceptance";

/// It would end the session that the rest is asked with.
const ENDS_THE_SESSION: &str = "sign_out";

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
    schemathesis(program, admin, options, "nobody", &[])?;
    for role in ROLES {
        let email = format!("{role}@fuzz.example");
        let create =
            ["user", "create", "--email", &email, "--workspace", "default", "--role", role];
        carom.output_with(&[&create[..], &["--password-stdin"]].concat(), PASSWORD)?;
        let cookie = format!("Cookie: {}", sign_in(admin, &email)?);
        schemathesis(program, admin, options, role, &[&cookie, "Sec-Fetch-Site: same-origin"])?;
    }
    let key = format!("Authorization: Bearer {}", carom.create_key()?);
    schemathesis(program, admin, options, "a key with every scope", &[&key])
}

fn schemathesis(
    program: &Path,
    admin: &str,
    options: &Options,
    caller: &str,
    headers: &[&str],
) -> Result<()> {
    println!("\n==> as {caller}");
    let mut command = Command::new(program);
    command.arg("run").arg(format!("{admin}/openapi.json"));
    command.args(["--phases", "examples,coverage,fuzzing", "--warnings", "off"]);
    command.args(["--continue-on-failure", "--exclude-checks", LEFT_OUT]);
    command.args(["--exclude-operation-id", ENDS_THE_SESSION]);
    command.arg("--max-examples").arg(options.examples.to_string());
    command.arg("--seed").arg(options.seed.to_string());
    for header in headers {
        command.args(["--header", header]);
    }
    // It keeps a database of examples where it runs.
    command.current_dir(program.parent().context("a program in a directory")?);
    process::attempt(&mut command, RUN_MAX).with_context(|| format!("as {caller}"))
}

/// Signs in and returns the cookie.
fn sign_in(admin: &str, email: &str) -> Result<String> {
    let host = admin.strip_prefix("http://").context("an address of our own")?;
    let body = serde_json::json!({ "email": email, "password": PASSWORD }).to_string();
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "POST /api/v1/session HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let cookie = answer.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next())?
    });
    Ok(cookie.with_context(|| format!("{email} cannot sign in: {answer}"))?.to_owned())
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
