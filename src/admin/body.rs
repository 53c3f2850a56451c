//! JSON bodies. What is none is answered with a problem that says what is wrong and where.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use super::problem::{Kind, Problem};

/// A body of `application/json` or another `application/…+json`.
pub(super) struct JsonBody<T> {
    /// What it says.
    pub(super) value: T,
    /// The bytes that said it.
    pub(super) bytes: Bytes,
}

impl<T, S> FromRequest<S> for JsonBody<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "send the body as JSON, with `Content-Type: application/json`";
            return Err(Problem::new(Kind::NOT_DECLARED_JSON, detail));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                let detail = "the body is larger than the server's `admin.body_bytes_max`";
                Problem::new(Kind::BODY_TOO_LARGE, detail)
            } else {
                Problem::undeserialised(Kind::INCOMPLETE_BODY, &rejection)
            }
        })?;
        if is_array(&bytes) {
            let detail = "send one JSON object: an array has no names for its members";
            return Err(Problem::new(Kind::INVALID_BODY, detail));
        }
        let Json(value) = Json::from_bytes(&bytes).map_err(|rejection| {
            let kind = match rejection {
                JsonRejection::JsonDataError(_) => Kind::INVALID_BODY,
                _ => Kind::NOT_JSON,
            };
            Problem::undeserialised(kind, &rejection)
        })?;
        Ok(Self { value, bytes })
    }
}

/// Serde would take the members of an array for those of an object, in their order.
fn is_array(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"[")
}

/// Whether the media type is JSON or built on it (RFC 6839 §3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = declared.and_then(|declared| declared.split(';').next()).unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    media_type
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        url: String,
    }

    async fn refused(media_type: &str, body: &'static str) -> String {
        let request = Request::builder().header(header::CONTENT_TYPE, media_type);
        let request = request.body(Body::from(body)).expect("a request");
        match JsonBody::<Shape>::from_request(request, &()).await {
            Ok(body) => body.value.url,
            Err(problem) => format!("{problem:?}"),
        }
    }

    #[tokio::test]
    async fn a_body_says_what_is_wrong_and_where() {
        let json = "application/json; charset=utf-8";
        assert_eq!(refused(json, r#"{"url":"x"}"#).await, "x");
        assert_eq!(refused("application/merge-patch+json", r#"{"url":"x"}"#).await, "x");
        for (media_type, body, words) in [
            ("text/plain", r#"{"url":"x"}"#, ["unsupported-media-type", "application/json"]),
            (json, "{", ["not-json", "line 1 column 1"]),
            (json, r#"{"url":"x"} {"#, ["not-json", "line 1 column 13"]),
            (json, r#"{"url":5}"#, ["invalid-body", "url: invalid type: integer `5`"]),
            (json, r#"{"url":"x","ulr":""}"#, ["invalid-body", "unknown field `ulr`"]),
            (json, "{}", ["invalid-body", "missing field `url`"]),
            (json, " [\"x\"]", ["invalid-body", "one JSON object"]),
        ] {
            let said = refused(media_type, body).await;
            assert!(words.iter().all(|word| said.contains(word)), "{body}: {said}");
        }
    }
}
