//! The audit log: who did what to what, from where. Each entry stands in the transaction of what it
//! tells; nothing changes or deletes one.

use serde_json::{Map, Value as Json, json};

use super::driver::Tx;
use super::{Error, Row, Store};
use crate::model::actor::{Actor, ActorKind};
use crate::model::id::{AuditId, LinkId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// What was done, to what.
#[derive(Debug, Clone)]
pub struct Deed {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// What was done: `link.created`, `key.revoked`.
    pub action: &'static str,
    /// To what.
    pub subject: Subject,
    /// What else is to be known, and never a secret.
    pub detail: Json,
}

/// What something was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What it is: `link`, `key`, `domain`, `user`, `workspace`, `invitation`, `setup`.
    pub kind: String,
    /// Its id; 0 where it has none.
    pub id: i64,
    /// What it was called then.
    pub name: String,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// When, by the store's clock.
    pub at: Millis,
    /// Who.
    pub actor: Actor,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: Subject,
    /// What else is known: a JSON object.
    pub detail: String,
}

/// Which entries are asked for, newest first.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Of this workspace.
    pub workspace: WorkspaceId,
    /// Only what was done to this.
    pub subject: Option<i64>,
    /// Only what this user or key did.
    pub actor: Option<i64>,
    /// Only what was done so: a whole word (`link.created`), or what stands before its point (`link`).
    pub action: Option<String>,
    /// Not before.
    pub from: Option<Millis>,
    /// Only before this place: the last entry of the page before.
    pub before: Option<(Millis, AuditId)>,
    /// Entries at most.
    pub limit: u32,
}

impl Deed {
    /// A deed of which nothing else is to be known.
    #[must_use]
    pub fn new(workspace: WorkspaceId, action: &'static str, subject: Subject) -> Self {
        Self { workspace, action, subject, detail: json!({}) }
    }

    /// With what else is to be known.
    #[must_use]
    pub fn with(self, detail: Json) -> Self {
        Self { detail, ..self }
    }
}

impl Subject {
    /// Something of this kind.
    #[must_use]
    pub fn new(kind: &str, id: i64, name: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), id, name: name.into() }
    }

    /// A link, by the code it has.
    #[must_use]
    pub fn link(id: LinkId, code: &str) -> Self {
        Self::new("link", id.get(), code)
    }
}

/// What two states of something differ in, field by field: `{"title": {"before": …, "after": …}}`.
#[must_use]
pub fn difference(before: &Json, after: &Json) -> Json {
    let (Json::Object(before), Json::Object(after)) = (before, after) else { return json!({}) };
    let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(*value));
    let fields = changed.map(|(name, value)| {
        let was = before.get(name).cloned().unwrap_or(Json::Null);
        (name.clone(), json!({ "before": was, "after": value }))
    });
    Json::Object(fields.collect::<Map<_, _>>())
}

/// Enters a deed, in the transaction that does it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn enter(tx: &mut dyn Tx, actor: &Actor, deed: &Deed) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO audit (workspace_id, at, id, actor_kind, actor_id, actor, network, action,
                            subject_kind, subject_id, subject, detail)
         VALUES ($1, {now}, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            deed.workspace,
            AuditId::random(),
            actor.kind.word(),
            actor.id,
            actor.name.as_str(),
            actor.from.as_str(),
            deed.action,
            deed.subject.kind.as_str(),
            deed.subject.id,
            deed.subject.name.as_str(),
            deed.detail.to_string()
        ],
    )
    .await?;
    Ok(())
}

/// Entries, newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(store: &Store, filter: &Filter) -> Result<Vec<Entry>, Error> {
    let (at, id) =
        filter.before.unwrap_or((Millis::from_epoch(i64::MAX), AuditId::from_stored(i64::MAX)));
    let action = match &filter.action {
        // Such a word is no pattern.
        Some(word) if !word.bytes().all(|c| c.is_ascii_lowercase() || matches!(c, b'.' | b'_')) => {
            return Ok(Vec::new());
        }
        Some(word) if !word.contains('.') => Some(format!("{word}.%")),
        word => word.clone(),
    };
    let params = params![
        filter.workspace,
        at,
        id,
        filter.from.unwrap_or(Millis::from_epoch(0)),
        action,
        filter.actor,
        i64::from(filter.limit)
    ];
    let rows = match filter.subject {
        // Walks `audit_of_subject` backwards.
        Some(subject) => {
            let params = params.into_iter().chain([subject.into()]).collect();
            store
                .query(
                    "SELECT at, id, actor_kind, actor_id, actor, network, action, subject_kind,
                            subject_id, subject, detail
                     FROM audit
                     WHERE workspace_id = $1 AND subject_id = $8 AND (at, id) < ($2, $3)
                       AND at >= $4
                       AND (CAST($5 AS TEXT) IS NULL OR action LIKE $5)
                       AND (CAST($6 AS BIGINT) IS NULL OR actor_id = $6)
                     ORDER BY at DESC, id DESC LIMIT $7",
                    params,
                )
                .await?
        }
        // Walks the primary key backwards; a rare action or actor reads what lies between.
        None => {
            store
                .query(
                    "SELECT at, id, actor_kind, actor_id, actor, network, action, subject_kind,
                            subject_id, subject, detail
                     FROM audit
                     WHERE workspace_id = $1 AND (at, id) < ($2, $3)
                       AND at >= $4
                       AND (CAST($5 AS TEXT) IS NULL OR action LIKE $5)
                       AND (CAST($6 AS BIGINT) IS NULL OR actor_id = $6)
                     ORDER BY at DESC, id DESC LIMIT $7",
                    params,
                )
                .await?
        }
    };
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Entry, Error> {
    let kind = row.text(2)?;
    let kind = ActorKind::from_word(&kind)
        .ok_or_else(|| Error::Corrupt(format!("an actor's kind is {kind}")))?;
    Ok(Entry {
        at: Millis::from_epoch(row.int(0)?),
        id: AuditId::from_stored(row.int(1)?),
        actor: Actor { kind, id: row.int(3)?, name: row.text(4)?, from: row.text(5)? },
        action: row.text(6)?,
        subject: Subject { kind: row.text(7)?, id: row.int(8)?, name: row.text(9)? },
        detail: row.text(10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_what_changed_and_nothing_else() {
        let before = json!({ "url": "a", "title": null, "status": 302 });
        let after = json!({ "url": "b", "title": null, "status": 302, "note": "n" });
        let expected = json!({
            "url": { "before": "a", "after": "b" },
            "note": { "before": null, "after": "n" },
        });
        assert_eq!(difference(&before, &after), expected);
    }
}
