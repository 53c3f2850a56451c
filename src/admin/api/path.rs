//! The `{id}` of a path.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::model::id::{ApiKeyId, DomainId, InvitationId, LinkId, SessionId, UserId, WorkspaceId};

/// An id in a path. A text that is no id names nothing, as an id that is another's.
pub(in crate::admin) struct PathId<I>(pub(in crate::admin) I);

/// An id of something that may not be there, or not be the caller's.
pub(in crate::admin) trait Named: FromStr {
    /// The one problem for all that a caller may not see.
    fn missing() -> Problem;
}

macro_rules! named {
    ($($id:ident: $kind:ident, $detail:literal;)*) => {$(
        impl Named for $id {
            fn missing() -> Problem {
                Problem::new(Kind::$kind, $detail)
            }
        }
    )*};
}

named! {
    LinkId: NO_SUCH_LINK, "there is no such link";
    ApiKeyId: NO_SUCH_KEY, "there is no such key";
    DomainId: NO_SUCH_DOMAIN, "there is no such domain";
    UserId: NO_SUCH_MEMBER, "nobody with this id belongs to the workspace";
    InvitationId: NO_SUCH_INVITATION, "there is no such invitation that still stands";
    SessionId: NO_SUCH_SESSION, "you have no such session";
    WorkspaceId: NO_SUCH_WORKSPACE, "you belong to no such workspace";
}

impl<I: Named> FromRequestParts<Arc<AdminState>> for PathId<I> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        text.and_then(|Path(text)| text.parse().ok()).map(Self).ok_or_else(I::missing)
    }
}
