//! `carom key`: API keys.

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::exit::{BadValue, NotFound};
use super::opened::Opened;
use super::output::{Form, Output};
use crate::accounts::key::ApiKey;
use crate::accounts::permission::SCOPE_ADMIN;
use crate::links::expiry;
use crate::model::id::ApiKeyId;
use crate::model::time::Millis;
use crate::store::keys::{self, NewKey, StoredKey};

/// Characters that a key's name may have at most.
const NAME_LENGTH_MAX: usize = 128;

#[derive(Args)]
pub(super) struct KeyArguments {
    #[command(flatten)]
    form: Form,
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Make a key and print it, this once
    Create {
        /// A name, to tell keys apart
        #[arg(long)]
        name: String,
        /// When it stops working (RFC 3339)
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
    },
    /// List all keys, oldest first
    List,
    /// End a key at once
    Revoke {
        /// Its id, which `carom key list` shows
        id: String,
    },
}

/// A new key as programs read it, this once.
#[derive(Serialize)]
struct NewKeyView<'k> {
    key: &'k str,
    id: ApiKeyId,
    name: &'k str,
    prefix: &'k str,
}

/// A key as programs read it.
#[derive(Serialize)]
struct KeyView<'k> {
    id: ApiKeyId,
    name: &'k str,
    prefix: &'k str,
    scopes: &'k str,
    created_at: Millis,
    expires_at: Option<Millis>,
    revoked_at: Option<Millis>,
}

pub(super) async fn run(opened: &Opened, arguments: KeyArguments) -> anyhow::Result<()> {
    let KeyArguments { form, command } = arguments;
    match command {
        KeyCommand::Create { name, expires_at } => {
            create(opened, &name, expires_at.as_deref(), form).await
        }
        KeyCommand::List => list(opened, form).await,
        KeyCommand::Revoke { id } => revoke(opened, &id, form).await,
    }
}

async fn create(
    opened: &Opened,
    name: &str,
    expires_at: Option<&str>,
    form: Form,
) -> anyhow::Result<()> {
    let name = checked(name)?;
    let expires_at = expires_at.map(|at| expiry(at, opened.now)).transpose()?;
    let key = ApiKey::random();
    let new = NewKey {
        name: name.to_owned(),
        prefix: key.prefix().to_owned(),
        digest: key.digest(),
        scopes: SCOPE_ADMIN.to_owned(),
        domains: None,
        expires_at,
    };
    let id =
        keys::create(&opened.store, opened.workspace, new).await.context("cannot make the key")?;
    let mut output = Output::open();
    if form.is_json {
        let (key, prefix) = (key.reveal(), key.prefix());
        return output.json(&NewKeyView { key, id, name, prefix });
    }
    output.fields(vec![
        ("key", key.reveal().to_owned()),
        ("id", id.to_string()),
        ("name", name.to_owned()),
        ("expires", time_or(expires_at, "never")),
    ])?;
    output.line("\nKeep the key now: it is not shown again.")
}

async fn list(opened: &Opened, form: Form) -> anyhow::Result<()> {
    let keys = keys::list(&opened.store, opened.workspace).await.context("cannot list the keys")?;
    let mut output = Output::open();
    if form.is_json {
        let views: Vec<_> = keys.iter().map(KeyView::new).collect();
        return output.json(&views);
    }
    let rows = keys.iter().map(|key| {
        vec![
            key.id.to_string(),
            key.name.clone(),
            format!("{}…", key.prefix),
            key.scopes.clone(),
            key.created_at.to_string(),
            time_or(key.expires_at, "never"),
            state(key, opened.now).to_owned(),
        ]
    });
    output.table(&["ID", "NAME", "KEY", "SCOPES", "CREATED", "EXPIRES", "STATE"], rows.collect())
}

async fn revoke(opened: &Opened, id: &str, form: Form) -> anyhow::Result<()> {
    let id: ApiKeyId = id.parse()?;
    let is_revoked = keys::revoke(&opened.store, opened.workspace, id)
        .await
        .with_context(|| format!("cannot revoke the key {id}"))?;
    if !is_revoked {
        return Err(NotFound(format!(
            "no key that still stands has the id {id}: `carom key list` shows all"
        ))
        .into());
    }
    let mut output = Output::open();
    if form.is_json {
        return output.json(&json!({ "id": id, "state": "revoked" }));
    }
    output.line(&format!("revoked the key {id}: servers refuse it from now on"))
}

fn checked(name: &str) -> Result<&str, BadValue> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_LENGTH_MAX || name.chars().any(char::is_control) {
        return Err(BadValue(format!(
            "a key's name has 1 to {NAME_LENGTH_MAX} characters and none that cannot be seen: \
             choose another"
        )));
    }
    Ok(name)
}

impl<'k> KeyView<'k> {
    fn new(key: &'k StoredKey) -> Self {
        let StoredKey { id, workspace: _, name, prefix, scopes, .. } = key;
        let (created_at, expires_at) = (key.created_at, key.expires_at);
        let revoked_at = key.revoked_at;
        Self { id: *id, name, prefix, scopes, created_at, expires_at, revoked_at }
    }
}

fn state(key: &StoredKey, now: Millis) -> &'static str {
    if key.revoked_at.is_some() {
        "revoked"
    } else if key.expires_at.is_some_and(|at| at <= now) {
        "expired"
    } else {
        "working"
    }
}

fn time_or(time: Option<Millis>, otherwise: &str) -> String {
    time.map_or_else(|| otherwise.to_owned(), |at| at.to_string())
}
