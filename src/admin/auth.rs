//! Who calls: a bearer key (RFC 6750 §2.1), looked up by its digest on every request, so that a
//! revoked key ends at once.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::problem::{Kind, Problem};
use super::state::AdminState;
use crate::accounts::key::{ApiKey, SCOPE_ADMIN};
use crate::model::id::WorkspaceId;
use crate::store::keys;

/// Whoever holds a working key with the scope `admin`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    /// The workspace the key acts in.
    pub(super) workspace: WorkspaceId,
}

impl FromRequestParts<Arc<AdminState>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Problem> {
        let key = bearer(&parts.headers).and_then(|text| ApiKey::parse(text).ok());
        let digest = key.ok_or_else(unauthorized)?.digest();
        let found = keys::find_working(&state.store, digest).await;
        let key = found.map_err(|error| state.fault(&error))?.ok_or_else(unauthorized)?;
        if !key.scopes.split(' ').any(|scope| scope == SCOPE_ADMIN) {
            let detail = "this needs an API key with the scope `admin`";
            return Err(Problem::new(Kind::MISSING_SCOPE, detail));
        }
        Ok(Self { workspace: key.workspace })
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
fn unauthorized() -> Problem {
    let detail = "send a working API key as `Authorization: Bearer carom_…`; \
                  `carom key create --name NAME` makes one";
    Problem::new(Kind::UNAUTHORIZED, detail)
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
