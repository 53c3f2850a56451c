//! `GET /api/v1/links/{id}/qr`: the QR code of a short URL.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::owned;
use super::path::PathId;
use crate::admin::auth::{LinksRead, May};
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::links::{QrFormat, QrLevel, QrProblem, QrStyle, qr_code};
use crate::model::id::LinkId;
use crate::model::link::Link;

/// Bytes of a digest that tell two codes apart.
const TAG_BYTES: usize = 12;

/// How it is to look.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::admin) struct QrQuery {
    format: Option<String>,
    level: Option<String>,
    size: Option<u32>,
    margin: Option<u32>,
}

impl QrQuery {
    fn style(&self) -> Result<QrStyle, QrProblem> {
        let usual = QrStyle::default();
        Ok(QrStyle {
            format: self.format.as_deref().map(QrFormat::parse).transpose()?.unwrap_or_default(),
            level: self.level.as_deref().map(QrLevel::parse).transpose()?.unwrap_or_default(),
            size: self.size.unwrap_or(usual.size),
            margin: self.margin.unwrap_or(usual.margin),
        })
    }
}

/// A link's short URL as a QR code.
#[utoipa::path(get, path = "/api/v1/links/{id}/qr", tag = "links", operation_id = "draw_qr_code",
    params(("id" = String, Path, description = "The link"), QrQuery), responses(
    (status = 200, content((String = "image/svg+xml"), (Vec<u8> = "image/png"))), (status = 304, description = "Unchanged: see `If-None-Match`")))]
pub(in crate::admin) async fn draw(
    State(state): State<Arc<AdminState>>,
    caller: May<LinksRead>,
    PathId(id): PathId<LinkId>,
    query: Result<Query<QrQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) =
        query.map_err(|error| Problem::undeserialised(Kind::INVALID_QUERY, &error))?;
    let link = owned::find(&state, &caller, id).await?;
    drawn(&state, &link, &asked, &headers)
}

/// The code of a link that its reader may see.
pub(in crate::admin) fn drawn(
    state: &AdminState,
    link: &Link,
    asked: &QrQuery,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let style = asked.style().map_err(refused)?;
    let short_url = state.short_urls.of(&state.domains.table(), link.domain, &link.code);
    let file = qr_code(&short_url, &style).map_err(refused)?;
    let tag = tag_of(&file);
    let is_known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|tags| tags.to_str().is_ok_and(|tags| tags.trim() == "*" || tags.contains(&tag)));
    let tag = [(header::ETAG, HeaderValue::try_from(tag).expect("hex digits in quotes"))];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    let media_type = HeaderValue::from_static(style.format.media_type());
    Ok((tag, [(header::CONTENT_TYPE, media_type)], file).into_response())
}

/// By content: a link that is renamed has another, and one whose target changes has not.
fn tag_of(file: &[u8]) -> String {
    let digest = Sha256::digest(file);
    let hex: String = digest[..TAG_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn refused(problem: QrProblem) -> Problem {
    Problem::new(Kind::INVALID_QUERY, problem.to_string()).at(problem.parameter())
}
