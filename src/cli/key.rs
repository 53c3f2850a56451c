//! `carom key`: API keys.

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::exit::{BadValue, NotFound};
use super::opened::Opened;
use super::output::{Form, Output};
use crate::accounts::key::{self, ApiKey};
use crate::accounts::permission::{Permissions, SCOPE_ADMIN};
use crate::links::expiry;
use crate::model::id::ApiKeyId;
use crate::model::time::Millis;
use crate::store::keys::{self, NewKey, StoredKey};

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
        /// What it may do: links:read, links:write, stats:read, … or admin for everything
        #[arg(long = "scope", value_name = "SCOPE", default_values_t = [SCOPE_ADMIN.to_owned()])]
        scopes: Vec<String>,
        /// A domain it is good for; may be repeated [default: all]
        #[arg(long = "domain", value_name = "DOMAIN")]
        domains: Vec<String>,
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
    scopes: &'k str,
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
    last_used_at: Option<Millis>,
}

pub(super) async fn run(opened: &Opened, arguments: KeyArguments) -> anyhow::Result<()> {
    let KeyArguments { form, command } = arguments;
    match command {
        KeyCommand::Create { name, scopes, domains, expires_at } => {
            let new = checked(opened, &name, &scopes.join(" "), &domains, expires_at.as_deref())?;
            create(opened, new, form).await
        }
        KeyCommand::List => list(opened, form).await,
        KeyCommand::Revoke { id } => revoke(opened, &id, form).await,
    }
}

/// A new key and what the store is to know of it.
struct Made {
    key: ApiKey,
    new: NewKey,
}

fn checked(
    opened: &Opened,
    name: &str,
    scopes: &str,
    domains: &[String],
    expires_at: Option<&str>,
) -> anyhow::Result<Made> {
    let name = key::name(name).map_err(|bad| BadValue(bad.to_string()))?;
    Permissions::of_scopes(scopes).map_err(|bad| BadValue(bad.to_string()))?;
    let table = opened.domains.table();
    let named = |name: &String| {
        opened.short_urls.find_domain(&table, opened.workspace, Some(name)).map(|it| it.id)
    };
    let domains = domains.iter().map(named).collect::<Result<Vec<_>, _>>()?;
    let key = ApiKey::random();
    let new = NewKey {
        name: name.to_owned(),
        prefix: key.prefix().to_owned(),
        digest: key.digest(),
        scopes: scopes.to_owned(),
        domains: (!domains.is_empty()).then_some(domains),
        expires_at: expires_at.map(|at| expiry(at, opened.now)).transpose()?,
    };
    Ok(Made { key, new })
}

async fn create(opened: &Opened, made: Made, form: Form) -> anyhow::Result<()> {
    let Made { key, new } = made;
    let (name, scopes, expires_at) = (new.name.clone(), new.scopes.clone(), new.expires_at);
    let made = keys::create(&opened.store, opened.workspace, new).await;
    let id = made.context("cannot make the key")?;
    let mut output = Output::open();
    if form.is_json {
        let (key, prefix) = (key.reveal(), key.prefix());
        return output.json(&NewKeyView { key, id, name: &name, prefix, scopes: &scopes });
    }
    output.fields(vec![
        ("key", key.reveal().to_owned()),
        ("id", id.to_string()),
        ("name", name),
        ("scopes", scopes),
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
            time_or(key.last_used_at, "never"),
            key.state(opened.now).to_owned(),
        ]
    });
    output.table(
        &["ID", "NAME", "KEY", "SCOPES", "CREATED", "EXPIRES", "USED", "STATE"],
        rows.collect(),
    )
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

impl<'k> KeyView<'k> {
    fn new(key: &'k StoredKey) -> Self {
        let StoredKey { id, workspace: _, name, prefix, scopes, .. } = key;
        let (created_at, expires_at) = (key.created_at, key.expires_at);
        let (revoked_at, last_used_at) = (key.revoked_at, key.last_used_at);
        Self { id: *id, name, prefix, scopes, created_at, expires_at, revoked_at, last_used_at }
    }
}

fn time_or(time: Option<Millis>, otherwise: &str) -> String {
    time.map_or_else(|| otherwise.to_owned(), |at| at.to_string())
}
