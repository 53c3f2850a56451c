//! The tables that are filled, and what takes their rows.

use anyhow::Result;

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<'f> {
    Null,
    Int(i64),
    Text(&'f str),
    Bytes(&'f [u8]),
}

/// A table that is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Users,
    Memberships,
    Domains,
    ApiKeys,
    Audit,
    Links,
    LinkTags,
    ClickTotals,
    ClickQuarters,
    DimensionHours,
    DimensionDays,
    Visits,
    VisitorSketches,
}

impl Table {
    pub(crate) const ALL: [Self; 13] = [
        Self::Users,
        Self::Memberships,
        Self::Domains,
        Self::ApiKeys,
        Self::Audit,
        Self::Links,
        Self::LinkTags,
        Self::ClickTotals,
        Self::ClickQuarters,
        Self::DimensionHours,
        Self::DimensionDays,
        Self::Visits,
        Self::VisitorSketches,
    ];

    /// Its name, and the columns that a row here has, in their order.
    pub(crate) const fn shape(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Users => (
                "users",
                &[
                    "id",
                    "email",
                    "email_folded",
                    "name",
                    "state",
                    "totp_step",
                    "created_at",
                    "updated_at",
                    "version",
                ],
            ),
            Self::Memberships => {
                ("memberships", &["workspace_id", "user_id", "role", "created_at"])
            }
            Self::Domains => (
                "domains",
                &[
                    "id",
                    "workspace_id",
                    "host",
                    "created_at",
                    "root_url",
                    "proven_by",
                    "updated_at",
                ],
            ),
            Self::ApiKeys => (
                "api_keys",
                &[
                    "id",
                    "workspace_id",
                    "name",
                    "prefix",
                    "digest",
                    "scopes",
                    "created_at",
                    "expires_at",
                    "created_by",
                    "last_used_at",
                ],
            ),
            Self::Audit => (
                "audit",
                &[
                    "workspace_id",
                    "at",
                    "id",
                    "actor_kind",
                    "actor_id",
                    "actor",
                    "network",
                    "action",
                    "subject_kind",
                    "subject_id",
                    "subject",
                    "detail",
                ],
            ),
            Self::Links => (
                "links",
                &[
                    "domain_id",
                    "code",
                    "id",
                    "workspace_id",
                    "url",
                    "status",
                    "state",
                    "title",
                    "note",
                    "expires_at",
                    "created_at",
                    "updated_at",
                    "version",
                    "search",
                    "created_by",
                ],
            ),
            Self::LinkTags => ("link_tags", &["link_id", "tag", "workspace_id", "link_created_at"]),
            Self::ClickTotals => {
                ("click_totals", &["subject_id", "workspace_id", "people", "bots"])
            }
            Self::ClickQuarters => {
                ("click_quarters", &["subject_id", "quarter", "workspace_id", "people", "bots"])
            }
            Self::DimensionHours => (
                "dimension_hours",
                &["subject_id", "dimension", "hour", "value", "workspace_id", "people", "bots"],
            ),
            Self::DimensionDays => (
                "dimension_days",
                &["subject_id", "dimension", "day", "value", "workspace_id", "people", "bots"],
            ),
            Self::Visits => (
                "visits",
                &[
                    "link_id",
                    "at",
                    "stream_id",
                    "sequence",
                    "workspace_id",
                    "domain_id",
                    "is_bot",
                    "visitor",
                    "referrer",
                    "country",
                    "region",
                    "city",
                    "browser",
                    "system",
                    "device",
                    "language",
                    "utm_source",
                    "utm_medium",
                    "utm_campaign",
                    "utm_term",
                    "utm_content",
                ],
            ),
            Self::VisitorSketches => {
                ("visitor_sketches", &["link_id", "day", "workspace_id", "sketch"])
            }
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        self.shape().0
    }

    pub(crate) const fn columns(self) -> &'static [&'static str] {
        self.shape().1
    }
}

/// What a migrated store has before it is filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground {
    pub(crate) workspace: i64,
    pub(crate) default_domain: i64,
}

/// Takes rows. Those of a table come in the order of its key.
pub(crate) trait Sink {
    /// Adds a row; `fields` are those of [`Table::columns`].
    fn add(&mut self, table: Table, fields: &[Field<'_>]) -> Result<()>;
}

/// Where that is, in every store.
pub(crate) const GROUND: &str = "SELECT id, workspace_id FROM domains WHERE host = ''";

/// Whether somebody has used the store.
pub(crate) const LINKS_THERE: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM links LIMIT 1) AS one";

/// Gives the workspace the company's name.
pub(crate) const RENAME: &str = "UPDATE workspaces SET name = 'Alpenglow Coffee'";
