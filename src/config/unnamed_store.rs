//! Refuses to fall back to a file where somebody set up a Postgres for Carom.

use std::collections::BTreeMap;

use super::problem::Problems;
use super::{Origin, Settings};

/// libpq's variables that say where a database is and who signs in.
const LIBPQ: [&str; 16] = [
    "PGDATABASE",
    "PGHOST",
    "PGHOSTADDR",
    "PGOPTIONS",
    "PGPASSFILE",
    "PGPASSWORD",
    "PGPORT",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "PGSYSCONFDIR",
    "PGTARGETSESSIONATTRS",
    "PGUSER",
];

/// Silently taking the file instead is how links were lost when a container went.
pub(super) fn refuse(
    settings: &Settings,
    environment: &BTreeMap<String, String>,
    problems: &mut Problems,
) {
    if settings.of("store.location").origin != Origin::Default {
        return;
    }
    let set = environment.iter().filter(|(name, value)| means_postgres(name, value));
    let names: Vec<&str> = set.map(|(name, _)| name.as_str()).collect();
    let Some((first, others)) = names.split_first() else { return };
    let and_others = match others.len() {
        0 => String::new(),
        1 => format!(" (and {})", others[0]),
        more => format!(" (and {more} like it)"),
    };
    problems.add(format!(
        "the environment variable {first}{and_others} speaks of a Postgres, and no layer names the \
         store: name it with `--store postgres://…`, or with `--store sqlite` for the file"
    ));
}

fn means_postgres(name: &str, value: &str) -> bool {
    if value.is_empty() {
        return false;
    }
    LIBPQ.contains(&name)
        || name.starts_with("POSTGRES_")
        || (name == "DATABASE_URL"
            && (value.starts_with("postgres://") || value.starts_with("postgresql://")))
}
