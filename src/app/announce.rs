//! What a starting server says on standard output.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::ports::Addresses;
use crate::accounts::key::ApiKey;
use crate::config::Role;
use crate::node;
use crate::store::Store;

/// The file that a first key goes to when nobody is at the terminal.
const FIRST_KEY_FILE: &str = "first-key";

/// Says where everything is, and gives a new store's first key away, once.
pub(super) fn announce(
    role: Role,
    addresses: Addresses,
    store: &Store,
    is_away: bool,
    data_dir: &Path,
    first_key: Option<&ApiKey>,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let Addresses { edge, admin } = addresses;
    writeln!(out, "carom {}", env!("CARGO_PKG_VERSION"))?;
    if let Some(edge) = edge {
        writeln!(out, "  redirects  http://{edge}")?;
    }
    let has_api = role.administers();
    writeln!(out, "  {:<9}  http://{admin}", if has_api { "admin" } else { "health" })?;
    let away = if is_away { " (not reached yet: links of the last snapshot answer)" } else { "" };
    writeln!(out, "  store      {}{away}", store.describe())?;
    if let Some(key) = first_key {
        let key = give_away(&mut out, key, data_dir)?;
        if !has_api {
            return Ok(out.flush()?);
        }
        writeln!(out, "\nMake a link:\n")?;
        writeln!(out, "  curl -H \"Authorization: Bearer {key}\" \\")?;
        writeln!(out, "       -H \"Content-Type: application/json\" \\")?;
        writeln!(
            out,
            "       -d '{{\"url\": \"https://example.com/\"}}' http://{admin}/shorten\n"
        )?;
    }
    Ok(out.flush()?)
}

/// Shows the key, or the file it is in, and returns what a shell puts in its place.
fn give_away(out: &mut impl Write, key: &ApiKey, data_dir: &Path) -> anyhow::Result<String> {
    if std::io::stdout().is_terminal() {
        writeln!(out, "  first key  {} (shown once)", key.reveal())?;
        return Ok(key.reveal().to_owned());
    }
    let file = data_dir.join(FIRST_KEY_FILE);
    node::write_private(&file, format!("{}\n", key.reveal()).as_bytes())?;
    let file = absolute(&file).display().to_string();
    writeln!(
        out,
        "  first key  {file} (for its owner alone to read; delete it once the key is safe)"
    )?;
    Ok(format!("$(cat {file})"))
}

/// A path as a shell in any directory understands it.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
