//! Every table by its columns, for those who carry whole tables: a backup and its restore.
//!
//! A test compares this list with the schema of both databases: a migration that adds a table or a
//! column is not done until it stands here, or among [`KEPT_OUT`] with its reason.

use super::Error;

/// Rows that are read at once.
pub const PAGE_ROWS: usize = 4_000;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `BIGINT`, `INTEGER`.
    Int,
    /// `TEXT`.
    Text,
    /// `BYTEA`, `BLOB`.
    Bytes,
}

/// A column of a [`Shape`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A table's name and columns, of this schema or of an older one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shape {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of a row's fields.
    pub columns: Vec<Column>,
}

/// A table of the present schema, and the statements that carry it.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How many columns, from the first on, are its key.
    pub key: usize,
    /// Its columns, the key first.
    pub columns: &'static [(&'static str, Kind)],
    /// The first page of its rows.
    pub(super) first: &'static str,
    /// The page after the key in `$1`, ….
    pub(super) next: &'static str,
    /// How many rows it has.
    pub(super) count: &'static str,
    /// Empties it.
    pub(super) clear: &'static str,
}

/// Tables that are not carried, and why.
pub const KEPT_OUT: [(&str, &str); 3] = [
    ("sessions", "who has a backup must not be signed in: everybody signs in again"),
    ("visitor_salts", "who has a salt can tell whose hash is whose: they are never backed up"),
    ("leases", "says what a running process does at this moment"),
];

macro_rules! table {
    ($name:ident, $after:literal, [$k0:ident $kind0:ident $(, $k:ident $kind:ident)*],
     $($column:ident $column_kind:ident),* $(,)?) => {
        Table {
            name: stringify!($name),
            key: [stringify!($k0) $(, stringify!($k))*].len(),
            columns: &[
                (stringify!($k0), Kind::$kind0) $(, (stringify!($k), Kind::$kind))*
                $(, (stringify!($column), Kind::$column_kind))*
            ],
            first: concat!(
                "SELECT", " ", stringify!($k0) $(, ", ", stringify!($k))* $(, ", ", stringify!($column))*,
                " FROM ", stringify!($name),
                " ORDER BY ", stringify!($k0) $(, ", ", stringify!($k))*, " LIMIT 4000"
            ),
            next: concat!(
                "SELECT", " ", stringify!($k0) $(, ", ", stringify!($k))* $(, ", ", stringify!($column))*,
                " FROM ", stringify!($name),
                " WHERE (", stringify!($k0) $(, ", ", stringify!($k))*, ") > ", $after,
                " ORDER BY ", stringify!($k0) $(, ", ", stringify!($k))*, " LIMIT 4000"
            ),
            count: concat!("SELECT", " COUNT(*) FROM ", stringify!($name)),
            clear: concat!("DELETE", " FROM ", stringify!($name)),
        }
    };
}

/// All tables that are carried: what others refer to stands before them.
pub static TABLES: [Table; 24] = [
    table!(facts, "($1)", [name Text], value Text),
    table!(workspaces, "($1)", [id Int], name Text, created_at Int),
    table!(users, "($1)", [id Int], email Text, email_folded Text, name Text, state Text,
        password Text, totp_secret Bytes, totp_step Int, created_at Int, updated_at Int,
        version Int),
    table!(recovery_codes, "($1, $2)", [user_id Int, digest Bytes],),
    table!(identities, "($1, $2)", [issuer Text, subject Text], user_id Int, created_at Int),
    table!(memberships, "($1, $2)", [workspace_id Int, user_id Int], role Text, created_at Int),
    table!(invitations, "($1)", [id Int], workspace_id Int, email Text, role Text, digest Bytes,
        invited_by Text, created_at Int, expires_at Int, accepted_at Int),
    table!(domains, "($1)", [id Int], workspace_id Int, host Text, created_at Int, root_url Text,
        not_found_url Text, expired_url Text, status Int, case_rule Text, proven_by Text,
        updated_at Int, version Int),
    table!(domain_claims, "($1, $2)", [workspace_id Int, host Text], id Int, token Text,
        created_at Int, checked_at Int, problem Text),
    table!(api_keys, "($1)", [id Int], workspace_id Int, name Text, prefix Text, digest Bytes,
        scopes Text, created_at Int, expires_at Int, revoked_at Int, created_by Text,
        domains Text, last_used_at Int, replaced_by Int),
    table!(links, "($1, $2)", [domain_id Int, code Text], id Int, workspace_id Int, url Text,
        status Int, state Text, title Text, expires_at Int, created_at Int, updated_at Int,
        version Int, search Text, max_clicks Int, note Text, archived_at Int, not_before Int,
        fallback_url Text, cache_seconds Int, forwards_query Int, password Text,
        created_by Text),
    table!(link_tags, "($1, $2)", [link_id Int, tag Text], workspace_id Int, link_created_at Int),
    table!(changes, "($1, $2)", [at Int, id Int], domain_id Int, codes Text),
    table!(click_totals, "($1)", [subject_id Int], workspace_id Int, people Int, bots Int),
    table!(click_quarters, "($1, $2)", [subject_id Int, quarter Int], workspace_id Int, people Int,
        bots Int),
    table!(click_positions, "($1, $2)", [node_id Int, stream_id Int], position Int, updated_at Int,
        ahead_until Int, ahead_link Int, ahead_sequence Int),
    table!(dimension_hours, "($1, $2, $3, $4)",
        [subject_id Int, dimension Int, hour Int, value Text], workspace_id Int, people Int,
        bots Int),
    table!(dimension_days, "($1, $2, $3, $4)",
        [subject_id Int, dimension Int, day Int, value Text], workspace_id Int, people Int,
        bots Int),
    table!(visits, "($1, $2, $3, $4)", [link_id Int, at Int, stream_id Int, sequence Int],
        workspace_id Int, domain_id Int, is_bot Int, visitor Int, referrer Text, country Text,
        region Text, city Text, browser Text, system Text, device Text, language Text,
        utm_source Text, utm_medium Text, utm_campaign Text, utm_term Text, utm_content Text),
    table!(visitor_sketches, "($1, $2)", [link_id Int, day Int], workspace_id Int, sketch Bytes),
    table!(claimed_clicks, "($1)", [link_id Int], claimed Int),
    table!(click_claims, "($1, $2)", [link_id Int, claim_id Int], at Int),
    table!(audit, "($1, $2, $3)", [workspace_id Int, at Int, id Int], actor_kind Text,
        actor_id Int, actor Text, network Text, action Text, subject_kind Text, subject_id Int,
        subject Text, detail Text),
    table!(idempotency_keys, "($1, $2)", [workspace_id Int, name Text], request_digest Bytes,
        link_id Int, answer Text, created_at Int),
];

/// Every statement that stands here, which no string literal shows whole.
pub fn statements() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|table| [table.first, table.next, table.count, table.clear])
}

/// The shapes of all tables of this schema, in the order of [`TABLES`].
#[must_use]
pub fn shapes() -> Vec<Shape> {
    TABLES.iter().map(Table::shape).collect()
}

/// The shape of the table with this name.
pub(super) fn shape_of(name: &str) -> Option<Shape> {
    TABLES.iter().find(|table| table.name == name).map(Table::shape)
}

impl Table {
    fn shape(&self) -> Shape {
        let column = |&(name, kind): &(&str, Kind)| Column { name: name.to_owned(), kind };
        Shape { name: self.name.to_owned(), columns: self.columns.iter().map(column).collect() }
    }
}

impl Shape {
    /// Whether these are names that may stand in a statement: those of a file come from outside.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when one is none, or there are no columns.
    pub fn check(&self) -> Result<(), Error> {
        let is_name = |name: &str| {
            (1..=63).contains(&name.len())
                && name.bytes().all(|c| c.is_ascii_lowercase() || c == b'_')
        };
        let mut names = self.columns.iter().map(|column| &column.name).chain([&self.name]);
        if self.columns.is_empty() || !names.all(|name| is_name(name)) {
            return Err(Error::Corrupt(format!("`{}` is no table of Carom's", self.name)));
        }
        Ok(())
    }

    /// The names of its columns, as they stand in a statement.
    pub(super) fn column_list(&self) -> String {
        let names: Vec<_> =
            self.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        names.join(", ")
    }
}
