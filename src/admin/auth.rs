//! Who calls, and whether they may: a bearer key (RFC 6750 §2.1) or a session's cookie, looked up by
//! its digest on every request, so that what was revoked ends at once.
//!
//! A handler says in its arguments what it needs: `May<LinksWrite>`. Nothing else gives a [`Caller`],
//! so a route without a permission is one that looks at nobody's data.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};

use super::problem::{Kind, Problem};
use super::session::Person;
use super::state::AdminState;
use crate::accounts::key::ApiKey;
use crate::accounts::permission::{Permission, Permissions};
use crate::accounts::role::Role;
use crate::model::actor::{Actor, ActorKind};
use crate::model::id::{DomainId, WorkspaceId};
use crate::store::Store;
use crate::store::keys::{self, StoredKey};
use crate::store::memberships::{self, Reach};

/// The header by which a person says which of their workspaces a request is about.
pub(super) const WORKSPACE: &str = "carom-workspace";

/// Where a request came from: every connection of [`super::serve`] has one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Whoever acts in a workspace.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The workspace they act in.
    pub(super) workspace: WorkspaceId,
    /// What they may do there.
    pub(super) permissions: Permissions,
    /// A person's role there.
    pub(super) role: Option<Role>,
    /// The domains they are confined to; none: all of the workspace.
    pub(super) domains: Option<Arc<[DomainId]>>,
    /// Who they are, for the audit log.
    pub(super) actor: Actor,
}

impl Caller {
    /// The store, asked on their behalf.
    pub(super) fn store(&self, state: &AdminState) -> Store {
        state.store.on_behalf_of(self.actor.clone())
    }

    /// Whether they may have to do with this domain and the links on it.
    pub(super) fn reaches(&self, domain: DomainId) -> bool {
        self.domains.as_ref().is_none_or(|domains| domains.contains(&domain))
    }

    /// Nothing, or the problem of whoever may not do this.
    pub(super) fn needs(&self, permission: Permission) -> Result<(), Problem> {
        if self.permissions.has(permission) {
            return Ok(());
        }
        let detail = match self.actor.kind {
            ActorKind::Key => {
                format!("this needs an API key with the scope `{}`", permission.word())
            }
            _ => format!("your role in this workspace does not include `{}`", permission.word()),
        };
        Err(Problem::new(Kind::MISSING_SCOPE, detail))
    }

    /// Nothing, or the problem of whoever is confined to domains and asks for what is of all of them.
    pub(super) fn needs_every_domain(&self) -> Result<(), Problem> {
        if self.domains.is_none() {
            return Ok(());
        }
        let detail = "this key is good for some domains only, and this is about all of them";
        Err(Problem::new(Kind::MISSING_SCOPE, detail))
    }

    /// The roles they may give and take: those that may do no more than they may themselves.
    pub(super) fn reach(&self) -> Reach {
        let within = |role: &Role| self.permissions.holds(role.permissions());
        Role::ALL.into_iter().filter(within).map(Role::word).collect()
    }

    async fn of_key(state: &AdminState, parts: &Parts, text: &str) -> Result<Self, Problem> {
        let digest = ApiKey::parse(text).map_err(|_| unauthorized())?.digest();
        let found = keys::find_working(&state.store, digest).await;
        let key = found.map_err(|error| state.fault(&error))?.ok_or_else(unauthorized)?;
        let permissions = Permissions::of_stored(&key.scopes);
        note_use(state, &key);
        let StoredKey { id, workspace, name, domains, .. } = key;
        let (kind, from) = (ActorKind::Key, from(&parts.extensions));
        let actor = Actor { kind, id: id.get(), name, from };
        if chosen(&parts.headers)?.is_some_and(|chosen| chosen != workspace) {
            return Err(no_such_workspace());
        }
        let domains = domains.map(Arc::from);
        Ok(Self { workspace, permissions, role: None, domains, actor })
    }

    /// A person acts in the workspace that they name, or in the one that they belong to for longest.
    pub(super) async fn of_person(
        state: &AdminState,
        person: &Person,
        chosen: Option<WorkspaceId>,
    ) -> Result<Self, Problem> {
        let found = memberships::find(&state.store, person.user.id, chosen).await;
        let found = found.map_err(|error| state.fault(&error))?;
        let (workspace, role) = found.ok_or_else(no_such_workspace)?;
        // A newer Carom's role gives nothing here.
        let role = Role::parse(&role).ok();
        let permissions = role.map(Role::permissions).unwrap_or_default();
        Ok(Self { workspace, permissions, role, domains: None, actor: person.actor() })
    }
}

/// In the background: nobody waits for it, and a store that is away loses nothing that matters.
fn note_use(state: &AdminState, key: &StoredKey) {
    let now = crate::model::time::Millis::now();
    if key.was_used_lately(now) {
        return;
    }
    let (store, key) = (state.store.clone(), key.clone());
    tokio::spawn(async move {
        if let Err(error) = keys::used(&store, &key).await {
            tracing::debug!(%error, "a key's use was not noted");
        }
    });
}

/// The address of whoever sent this.
pub(super) fn from(extensions: &Extensions) -> String {
    let peer = extensions.get::<Peer>();
    peer.map_or_else(String::new, |Peer(peer)| peer.ip().to_canonical().to_string())
}

/// The workspace that a request names.
fn chosen(headers: &HeaderMap) -> Result<Option<WorkspaceId>, Problem> {
    let Some(value) = headers.get(WORKSPACE) else { return Ok(None) };
    let id = value.to_str().ok().and_then(|text| text.parse().ok());
    id.map(Some).ok_or_else(no_such_workspace)
}

impl FromRequestParts<Arc<AdminState>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Problem> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let key = bearer(&parts.headers).ok_or_else(unauthorized)?;
            return Self::of_key(state, parts, key).await;
        }
        let person = Person::of_cookie(parts, state).await?.ok_or_else(unauthorized)?;
        Self::of_person(state, &person, chosen(&parts.headers)?).await
    }
}

/// A caller who may do this.
#[derive(Debug, Clone)]
pub(super) struct May<P> {
    caller: Caller,
    permission: PhantomData<P>,
}

impl<P> May<P> {
    /// The caller, for what runs on after the request.
    pub(super) fn into_caller(self) -> Caller {
        self.caller
    }
}

impl<P> Deref for May<P> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

/// A permission as a type, for [`May`].
pub(super) trait Needed {
    /// Which.
    const PERMISSION: Permission;
}

macro_rules! needed {
    ($($name:ident)*) => {$(
        #[doc = concat!("[`Permission::", stringify!($name), "`] as a type.")]
        #[derive(Debug, Clone, Copy)]
        pub(super) struct $name;

        impl Needed for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )*};
}

needed! {
    LinksRead LinksWrite StatsRead DomainsRead DomainsWrite KeysRead KeysWrite PeopleRead PeopleWrite
    AuditRead WorkspaceWrite
}

impl<P: Needed> FromRequestParts<Arc<AdminState>> for May<P> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        caller.needs(P::PERMISSION)?;
        Ok(Self { caller, permission: PhantomData })
    }
}

/// The credentials of the only `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, credentials) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credentials.trim())
}

/// One answer for every reason, so that nobody learns which keys once worked.
pub(super) fn unauthorized() -> Problem {
    let detail = "send a working API key as `Authorization: Bearer carom_…`; \
                  `carom key create --name NAME` makes one; people sign in";
    Problem::new(Kind::UNAUTHORIZED, detail)
}

/// One answer for workspaces that are not there and for those of others.
fn no_such_workspace() -> Problem {
    let detail = "you belong to no such workspace: `GET /api/v1/workspaces` lists yours";
    Problem::new(Kind::NO_SUCH_WORKSPACE, detail)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case_and_two_headers_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        for (value, read) in [
            ("Bearer k", Some("k")),
            ("bEARER  k ", Some("k")),
            ("Basic k", None),
            ("Bearer", None),
            ("k", None),
        ] {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            assert_eq!(bearer(&headers), read, "{value}");
        }
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer k"));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer k"));
        assert_eq!(bearer(&headers), None);
    }
}
