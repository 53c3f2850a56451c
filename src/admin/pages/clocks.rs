//! By whose clocks somebody reads: the script tells the server their time zone by a cookie.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use percent_encoding::percent_decode_str;

use crate::clicks::stats::Zone;

const COOKIE: &str = "carom_tz";

/// A reader's time zone; UTC until it is known.
pub(in crate::admin) struct Clocks(pub(super) Zone);

impl<S: Send + Sync> FromRequestParts<S> for Clocks {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        let named = jar.get(COOKIE).and_then(|cookie| {
            let name = percent_decode_str(cookie.value()).decode_utf8().ok()?;
            Zone::named(&name).ok()
        });
        Ok(Self(named.unwrap_or(Zone::UTC)))
    }
}
