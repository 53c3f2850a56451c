//! Lists of host names: the same rule in `[domains]` and `[oidc]`.

use crate::model::host::host_name;

/// Names with commas between them, as lower-case ASCII.
pub(super) fn list(text: &str) -> Result<Vec<String>, String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let read = |name| host_name(name).map_err(|error| format!("is not a list of names: {error}"));
    names.map(read).collect()
}
