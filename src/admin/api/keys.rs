//! API keys over HTTP. A key's text is in one answer alone: the one that made it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::finish::to_the_end;
use super::path::{Named as _, PathId};
use crate::accounts::key::{self, ApiKey};
use crate::accounts::permission::Permissions;
use crate::admin::auth::{Caller, KeysRead, KeysWrite, May};
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::links::expiry;
use crate::model::id::{ApiKeyId, DomainId};
use crate::model::time::Millis;
use crate::store;
use crate::store::keys::{self, NewKey, Rotation, StoredKey};

/// How long a key that was rotated goes on working at most: a month.
const OVERLAP_MAX_S: i64 = 31 * 24 * 3600;

/// The same when nothing is said: a day.
const OVERLAP_S: i64 = 24 * 3600;

/// Domains that a key can be confined to.
const DOMAINS_MAX: usize = 100;

/// A key as it was asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct KeyDraft {
    pub(in crate::admin) name: String,
    pub(in crate::admin) scopes: Vec<String>,
    #[serde(default)]
    pub(in crate::admin) domains: Option<Vec<String>>,
    #[serde(default)]
    pub(in crate::admin) expires_at: Option<String>,
}

/// How a key is to be rotated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct RotationDraft {
    #[serde(default)]
    overlap_s: Option<i64>,
}

/// A key as programs read it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub(in crate::admin) struct KeyView {
    pub(in crate::admin) id: ApiKeyId,
    pub(in crate::admin) name: String,
    pub(in crate::admin) prefix: String,
    pub(in crate::admin) scopes: Vec<String>,
    /// The names of the domains it is good for; `null`: all.
    pub(in crate::admin) domains: Option<Vec<String>>,
    pub(in crate::admin) state: &'static str,
    pub(in crate::admin) created_by: Option<String>,
    pub(in crate::admin) created_at: Millis,
    pub(in crate::admin) expires_at: Option<Millis>,
    pub(in crate::admin) revoked_at: Option<Millis>,
    pub(in crate::admin) last_used_at: Option<Millis>,
    pub(in crate::admin) replaced_by: Option<ApiKeyId>,
    /// The key itself: only where it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) key: Option<String>,
}

/// All keys of a workspace.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct KeyList {
    keys: Vec<KeyView>,
}

/// All keys of the workspace, oldest first, revoked ones too.
#[utoipa::path(get, path = "/api/v1/keys", tag = "keys", operation_id = "list_keys", responses((status = 200, body = KeyList)))]
pub(in crate::admin) async fn list(
    State(state): State<Arc<AdminState>>,
    caller: May<KeysRead>,
) -> Result<Json<KeyList>, Problem> {
    Ok(Json(KeyList { keys: all(&state, &caller).await? }))
}

/// All keys of the workspace of a caller who may see them.
pub(in crate::admin) async fn all(
    state: &AdminState,
    caller: &Caller,
) -> Result<Vec<KeyView>, Problem> {
    let found = keys::list(&state.store, caller.workspace).await;
    let found = found.map_err(|error| state.fault(&error))?;
    Ok(found.into_iter().map(|key| view(state, key)).collect())
}

/// A key, without its text.
#[utoipa::path(get, path = "/api/v1/keys/{id}", tag = "keys", operation_id = "read_key", params(("id" = String, Path, description = "The key")), responses((status = 200, body = KeyView)))]
pub(in crate::admin) async fn read(
    State(state): State<Arc<AdminState>>,
    caller: May<KeysRead>,
    PathId(id): PathId<ApiKeyId>,
) -> Result<Json<KeyView>, Problem> {
    Ok(Json(view(&state, find(&state, &caller, id).await?)))
}

/// Makes a key that may do no more than whoever makes it. The answer alone has its text.
#[utoipa::path(post, path = "/api/v1/keys", tag = "keys", operation_id = "create_key", request_body = KeyDraft, responses((status = 201, body = KeyView)))]
pub(in crate::admin) async fn create(
    State(state): State<Arc<AdminState>>,
    caller: May<KeysWrite>,
    body: JsonBody<KeyDraft>,
) -> Result<Response, Problem> {
    made(&state, &caller, &body.value).await.map(answer)
}

/// Makes a key for a caller who may. The view alone has its text.
pub(in crate::admin) async fn made(
    state: &AdminState,
    caller: &Caller,
    draft: &KeyDraft,
) -> Result<KeyView, Problem> {
    let text = ApiKey::random();
    let new = checked(state, caller, draft, &text)?;
    let (store, workspace) = (caller.store(state), caller.workspace);
    let made = async move { keys::create(&store, workspace, new).await };
    let id = to_the_end(made).await.map_err(|error| state.fault(&error))?;
    Ok(shown_once(state, find(state, caller, id).await?, &text))
}

/// Makes a key that may do the same; the old one works on for `overlap_s` seconds.
#[utoipa::path(post, path = "/api/v1/keys/{id}/rotate", tag = "keys", operation_id = "rotate_key", params(("id" = String, Path, description = "The key")), request_body = RotationDraft, responses((status = 201, body = KeyView), (status = 409, description = "It has ended, or was rotated already")))]
pub(in crate::admin) async fn rotate(
    State(state): State<Arc<AdminState>>,
    caller: May<KeysWrite>,
    PathId(id): PathId<ApiKeyId>,
    body: JsonBody<RotationDraft>,
) -> Result<Response, Problem> {
    let overlap_s = body.value.overlap_s.unwrap_or(OVERLAP_S);
    rotated(&state, &caller, id, overlap_s).await.map(answer)
}

/// Makes a key in the place of another, for a caller who may. The view alone has its text.
pub(in crate::admin) async fn rotated(
    state: &AdminState,
    caller: &Caller,
    id: ApiKeyId,
    overlap_s: i64,
) -> Result<KeyView, Problem> {
    if !(0..=OVERLAP_MAX_S).contains(&overlap_s) {
        let detail = format!("a key works on for 0 to {OVERLAP_MAX_S} seconds");
        return Err(Problem::new(Kind::INVALID_BODY, detail).at("overlap_s"));
    }
    let old = find(state, caller, id).await?;
    may_grant(caller, Permissions::of_stored(&old.scopes), old.domains.as_deref())?;
    let text = ApiKey::random();
    let (prefix, digest) = (text.prefix().to_owned(), text.digest());
    let build = Arc::new(move |old: &StoredKey| NewKey {
        name: old.name.clone(),
        prefix: prefix.clone(),
        digest: digest.clone(),
        scopes: old.scopes.clone(),
        domains: old.domains.clone(),
        expires_at: old.expires_at,
    });
    let (store, workspace) = (caller.store(state), caller.workspace);
    let rotation = Rotation { old: id, overlap_ms: overlap_s * 1000 };
    let made = async move { keys::rotate(&store, workspace, rotation, build).await };
    match to_the_end(made).await {
        Ok(new) => Ok(shown_once(state, new, &text)),
        Err(store::Error::Missing) => {
            let detail = "the key does not work any more, or was rotated already";
            Err(Problem::new(Kind::KEY_ENDED, detail))
        }
        Err(error) => Err(state.fault(&error)),
    }
}

/// Ends a key at once. It stays in the list.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", tag = "keys", operation_id = "revoke_key", params(("id" = String, Path, description = "The key")), responses((status = 204, description = "Ended")))]
pub(in crate::admin) async fn revoke(
    State(state): State<Arc<AdminState>>,
    caller: May<KeysWrite>,
    PathId(id): PathId<ApiKeyId>,
) -> Result<StatusCode, Problem> {
    revoked(&state, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a key for a caller who may.
pub(in crate::admin) async fn revoked(
    state: &AdminState,
    caller: &Caller,
    id: ApiKeyId,
) -> Result<(), Problem> {
    find(state, caller, id).await?;
    let (store, workspace) = (caller.store(state), caller.workspace);
    let revoked = async move { keys::revoke(&store, workspace, id).await };
    to_the_end(revoked).await.map(drop).map_err(|error| state.fault(&error))
}

/// The key, or the one problem for all that a caller may not see.
async fn find(state: &AdminState, caller: &Caller, id: ApiKeyId) -> Result<StoredKey, Problem> {
    keys::get(&state.store, caller.workspace, id).await.map_err(|error| match error {
        store::Error::Missing => ApiKeyId::missing(),
        error => state.fault(&error),
    })
}

fn checked(
    state: &AdminState,
    caller: &Caller,
    draft: &KeyDraft,
    text: &ApiKey,
) -> Result<NewKey, Problem> {
    let invalid = |field, why: String| Problem::new(Kind::INVALID_BODY, why).at(field);
    let name = key::name(&draft.name).map_err(|bad| invalid("name", bad.to_string()))?;
    let scopes = draft.scopes.join(" ");
    let permissions =
        Permissions::of_scopes(&scopes).map_err(|bad| invalid("scopes", bad.to_string()))?;
    if permissions == Permissions::default() {
        let why = "a key needs at least one scope: `links:write`, `stats:read`, …".to_owned();
        return Err(invalid("scopes", why));
    }
    let domains = match &draft.domains {
        // Whoever is confined makes keys that are confined to the same.
        None => caller.domains.as_ref().map(|domains| domains.to_vec()),
        Some(names) if (1..=DOMAINS_MAX).contains(&names.len()) => {
            Some(named(state, caller, names)?)
        }
        Some(_) => {
            let why = format!("name 1 to {DOMAINS_MAX} domains, or leave `domains` out for all");
            return Err(invalid("domains", why));
        }
    };
    may_grant(caller, permissions, domains.as_deref())?;
    let expires_at = draft.expires_at.as_deref().map(|at| expiry(at, Millis::now()));
    Ok(NewKey {
        name: name.to_owned(),
        prefix: text.prefix().to_owned(),
        digest: text.digest(),
        scopes,
        domains,
        expires_at: expires_at.transpose()?,
    })
}

/// The domains of these names.
fn named(state: &AdminState, caller: &Caller, names: &[String]) -> Result<Vec<DomainId>, Problem> {
    let table = state.domains.table();
    let mut ids = Vec::new();
    for name in names {
        let domain = state.short_urls.find_domain(&table, caller.workspace, Some(name))?;
        if !ids.contains(&domain.id) {
            ids.push(domain.id);
        }
    }
    Ok(ids)
}

/// Nobody gives away more than they have.
fn may_grant(
    caller: &Caller,
    permissions: Permissions,
    domains: Option<&[DomainId]>,
) -> Result<(), Problem> {
    let reaches = |domains: &[DomainId]| domains.iter().all(|domain| caller.reaches(*domain));
    let is_within = domains.map_or(caller.domains.is_none(), reaches);
    if caller.permissions.holds(permissions) && is_within {
        return Ok(());
    }
    let detail = "a key may do no more, and on no more domains, than whoever makes it";
    Err(Problem::new(Kind::MISSING_SCOPE, detail))
}

fn shown_once(state: &AdminState, key: StoredKey, text: &ApiKey) -> KeyView {
    KeyView { key: Some(text.reveal().to_owned()), ..view(state, key) }
}

/// A key that was just made, and where to find it.
fn answer(made: KeyView) -> Response {
    let location = [(header::LOCATION, format!("/api/v1/keys/{}", made.id))];
    (StatusCode::CREATED, location, Json(made)).into_response()
}

fn view(state: &AdminState, key: StoredKey) -> KeyView {
    let table = state.domains.table();
    let name = |id: &DomainId| state.short_urls.domain_name(&table, *id);
    let state = key.state(Millis::now());
    KeyView {
        id: key.id,
        name: key.name,
        prefix: key.prefix,
        scopes: key.scopes.split_whitespace().map(str::to_owned).collect(),
        domains: key.domains.map(|domains| domains.iter().map(name).collect()),
        state,
        created_by: key.created_by,
        created_at: key.created_at,
        expires_at: key.expires_at,
        revoked_at: key.revoked_at,
        last_used_at: key.last_used_at,
        replaced_by: key.replaced_by,
        key: None,
    }
}
