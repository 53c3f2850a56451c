//! What a starting server says on standard output.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use url::Url;

use super::opening::Given;
use super::ports::Addresses;
use super::set_up::{self, SetUp};
use crate::accounts::key::ApiKey;
use crate::accounts::token::Token;
use crate::config::Config;
use crate::node;
use crate::store::Store;

/// The file that a first key goes to when nobody is at the terminal.
const FIRST_KEY_FILE: &str = "first-key";

/// The file that the address of the set-up goes to then.
const SET_UP_FILE: &str = "set-up-address";

/// Says where everything is, and gives away, once, a new store's first key and the address at which
/// the first account is made.
pub(super) fn announce(
    config: &Config,
    addresses: Addresses,
    store: &Store,
    is_away: bool,
    given: &Given,
) -> anyhow::Result<()> {
    let data_dir = &config.data.dir;
    let mut out = std::io::stdout().lock();
    let Addresses { edge, admin } = addresses;
    writeln!(out, "carom {}", env!("CARGO_PKG_VERSION"))?;
    if let Some(edge) = edge {
        writeln!(out, "  redirects  http://{edge}")?;
    }
    let has_api = config.node.role.administers();
    writeln!(out, "  {:<9}  http://{admin}", if has_api { "admin" } else { "health" })?;
    let away = if is_away { " (not reached yet: links of the last snapshot answer)" } else { "" };
    writeln!(out, "  store      {}{away}", store.describe())?;
    let key = given.first_key.as_ref();
    let key = key.map(|key| give_key_away(&mut out, key, data_dir)).transpose()?;
    let admin_url = config.admin.public_url_or(admin);
    let token = match &given.set_up {
        SetUp::Offered(token) => Some(give_set_up_away(&mut out, &admin_url, token, data_dir)?),
        SetUp::Waiting => {
            writeln!(
                out,
                "  set-up     nobody has an account yet, and the set-up address was shown before:"
            )?;
            writeln!(out, "             `carom user setup-link` makes another, and")?;
            writeln!(
                out,
                "             `carom user create --owner --email EMAIL` makes the first account"
            )?;
            None
        }
        SetUp::Over => None,
    };
    let key = key.filter(|_| has_api);
    if let Some(key) = &key {
        show_first_link(&mut out, admin, key)?;
    }
    if let Some(token) = &token {
        show_first_account(&mut out, &admin_url, token)?;
    }
    if key.is_some() || token.is_some() {
        writeln!(out)?;
    }
    Ok(out.flush()?)
}

fn show_first_link(out: &mut impl Write, admin: SocketAddr, key: &str) -> anyhow::Result<()> {
    writeln!(out, "\nMake a link:\n")?;
    writeln!(out, "  curl -H \"Authorization: Bearer {key}\" \\")?;
    writeln!(out, "       -H \"Content-Type: application/json\" \\")?;
    writeln!(out, "       -d '{{\"url\": \"https://example.com/\"}}' http://{admin}/shorten")?;
    Ok(())
}

fn show_first_account(out: &mut impl Write, admin: &Url, token: &str) -> anyhow::Result<()> {
    writeln!(out, "\nMake the first account at the set-up address, or with a program:\n")?;
    writeln!(out, "  curl -H \"Content-Type: application/json\" \\")?;
    writeln!(
        out,
        "       -d \"{{\\\"token\\\": \\\"{token}\\\", \\\"email\\\": \\\"you@example.com\\\", \\"
    )?;
    writeln!(out, "            \\\"name\\\": \\\"You\\\", \\\"password\\\": \\\"…\\\"}}\" \\")?;
    writeln!(out, "       {admin}api/v1/setup")?;
    Ok(())
}

/// Shows the key, or the file it is in, and returns what a shell puts in its place.
fn give_key_away(out: &mut impl Write, key: &ApiKey, data_dir: &Path) -> anyhow::Result<String> {
    if std::io::stdout().is_terminal() {
        writeln!(out, "  first key  {} (shown once)", key.reveal())?;
        return Ok(key.reveal().to_owned());
    }
    let file = kept_apart(data_dir, FIRST_KEY_FILE, key.reveal())?;
    writeln!(
        out,
        "  first key  {file} (for its owner alone to read; delete it once the key is safe)"
    )?;
    Ok(format!("$(cat {file})"))
}

/// The same for the address of the set-up; what is returned stands for its token.
fn give_set_up_away(
    out: &mut impl Write,
    admin: &Url,
    token: &Token,
    data_dir: &Path,
) -> anyhow::Result<String> {
    let url = set_up::url(admin, token);
    if std::io::stdout().is_terminal() {
        writeln!(out, "  set-up     {url} (shown once, works once)")?;
        return Ok(token.reveal().to_owned());
    }
    let file = kept_apart(data_dir, SET_UP_FILE, &url)?;
    writeln!(out, "  set-up     {file} (the address that makes the first account, once)")?;
    Ok(format!("$(sed 's/.*#//' {file})"))
}

/// Writes a secret to a file, so that it does not stand in the log of whoever reads standard output.
/// Returns the file's path as a shell in any directory understands it.
fn kept_apart(data_dir: &Path, name: &str, secret: &str) -> anyhow::Result<String> {
    let file = data_dir.join(name);
    node::write_private(&file, format!("{secret}\n").as_bytes())?;
    Ok(absolute(&file).display().to_string())
}

/// A path as a shell in any directory understands it.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
