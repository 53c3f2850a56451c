//! Errors as clients see them: `application/problem+json` (RFC 9457).
//!
//! `type` is stable and names what to do about it; `detail` is for people and may change.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::links::{DomainProblem, LinkProblem};
use crate::model::code::Code;

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Seconds after which a client should try again what the store or the server had no time for.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("1");

/// What sort of problem it is: its status, the last part of its `type`, its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $status:ident, $slug:literal, $title:literal;)*) => {
        impl Kind {
            $(pub(super) const $name: Self =
                Self { status: StatusCode::$status, slug: $slug, title: $title };)*
        }
    };
}

kinds! {
    NOT_JSON = BAD_REQUEST, "not-json", "The body is not JSON";
    INCOMPLETE_BODY = BAD_REQUEST, "incomplete-body", "The body did not arrive whole";
    INVALID_QUERY = BAD_REQUEST, "invalid-query", "The query is not valid";
    INVALID_IDEMPOTENCY_KEY = BAD_REQUEST, "invalid-idempotency-key",
        "The Idempotency-Key is not valid";
    SIGN_IN_LOST = BAD_REQUEST, "sign-in-lost", "There is no such sign-in under way";
    UNAUTHORIZED = UNAUTHORIZED, "unauthorized", "No working credentials";
    WRONG_CREDENTIALS = UNAUTHORIZED, "wrong-credentials",
        "The e-mail address or the password is wrong";
    SECOND_FACTOR_REQUIRED = UNAUTHORIZED, "second-factor-required",
        "A code of the second factor is needed";
    WRONG_CODE = UNAUTHORIZED, "wrong-code", "The code is wrong or was used";
    SIGN_IN_FIRST = UNAUTHORIZED, "sign-in-first", "The address has an account";
    MISSING_SCOPE = FORBIDDEN, "missing-scope", "The caller may not do this";
    BEYOND_ROLE = FORBIDDEN, "beyond-role", "The role is above the caller's own";
    ACCOUNT_DISABLED = FORBIDDEN, "account-disabled", "The account is disabled";
    NOT_INVITED = FORBIDDEN, "not-invited", "Somebody else is invited";
    WRONG_PASSWORD = FORBIDDEN, "wrong-password", "The current password is wrong";
    SIGN_IN_REFUSED = FORBIDDEN, "sign-in-refused", "The sign-in was refused";
    NOT_FOR_KEYS = FORBIDDEN, "not-for-keys", "An API key is no person";
    CROSS_SITE = FORBIDDEN, "cross-site", "The request is not from this site";
    NO_SUCH_PAGE = NOT_FOUND, "no-such-page", "There is nothing here";
    NO_SUCH_KEY = NOT_FOUND, "no-such-key", "There is no such key";
    NO_SUCH_LINK = NOT_FOUND, "no-such-link", "There is no such link";
    NO_SUCH_MEMBER = NOT_FOUND, "no-such-member", "There is no such member";
    NO_SUCH_INVITATION = NOT_FOUND, "no-such-invitation", "There is no such invitation";
    NO_SUCH_SESSION = NOT_FOUND, "no-such-session", "There is no such session";
    NO_SUCH_WORKSPACE = NOT_FOUND, "no-such-workspace", "There is no such workspace";
    NO_PROVIDER = NOT_FOUND, "no-provider", "There is no provider of sign-ins";
    NO_SECOND_FACTOR = NOT_FOUND, "no-second-factor", "There is no second factor";
    SET_UP_CLOSED = NOT_FOUND, "set-up-closed", "There is nothing to set up";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED, "method-not-allowed", "The method does not fit";
    CODE_TAKEN = CONFLICT, "code-taken", "The code is taken";
    ALREADY_MEMBER = CONFLICT, "already-member", "They belong to the workspace already";
    LAST_OWNER = CONFLICT, "last-owner", "The workspace would be without an owner";
    HAS_SECOND_FACTOR = CONFLICT, "has-second-factor", "There is a second factor already";
    KEY_ENDED = CONFLICT, "key-ended", "The key has ended";
    UNNAMED_ALONE = BAD_REQUEST, "idempotency-key-refused",
        "This request takes no Idempotency-Key";
    NO_SUCH_DOMAIN = NOT_FOUND, "no-such-domain", "There is no such domain";
    DOMAIN_TAKEN = CONFLICT, "domain-taken", "The domain is taken";
    IN_USE = CONFLICT, "in-use", "Others depend on it";
    NOT_PROVEN = CONFLICT, "not-proven", "The domain is not proven";
    UNDER_WAY = CONFLICT, "request-under-way", "The first request is still under way";
    CHANGED_MEANWHILE = CONFLICT, "changed-meanwhile", "It was changed meanwhile";
    ANOTHER_VERSION = PRECONDITION_FAILED, "another-version", "It has another version";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large";
    NOT_DECLARED_JSON = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type",
        "The body is not declared as JSON";
    INVALID_BODY = UNPROCESSABLE_ENTITY, "invalid-body", "The body does not have the right shape";
    IDEMPOTENCY_KEY_REUSED = UNPROCESSABLE_ENTITY, "idempotency-key-reused",
        "The Idempotency-Key belongs to another request";
    TOO_MANY_DOMAINS = UNPROCESSABLE_ENTITY, "too-many-domains", "Too many domains wait for a proof";
    TOO_MANY_BUCKETS = UNPROCESSABLE_ENTITY, "too-many-buckets", "The series would be too long";
    TOO_MANY_ITEMS = UNPROCESSABLE_ENTITY, "too-many-items", "The batch has too many items";
    TOO_MANY_VISITS = UNPROCESSABLE_ENTITY, "too-many-visits", "The period has too many clicks";
    TOO_MANY_ATTEMPTS = TOO_MANY_REQUESTS, "too-many-attempts", "Too many attempts";
    TOO_MANY_REQUESTS = TOO_MANY_REQUESTS, "too-many-requests", "Too many requests";
    PROVIDER_FAILED = BAD_GATEWAY, "provider-failed", "The provider of sign-ins failed";
    PROVIDER_UNAVAILABLE = SERVICE_UNAVAILABLE, "provider-unavailable",
        "The provider of sign-ins is unavailable";
    INTERNAL = INTERNAL_SERVER_ERROR, "internal", "The server failed";
    STORE_UNAVAILABLE = SERVICE_UNAVAILABLE, "store-unavailable", "The store is unavailable";
    TOO_MUCH_ASKED = SERVICE_UNAVAILABLE, "too-much-asked", "The question takes too long";
    TIMED_OUT = SERVICE_UNAVAILABLE, "timed-out", "The request took too long";
}

/// An answer that says what went wrong and what to do.
#[derive(Debug)]
pub(super) struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    wait_s: Option<u64>,
}

/// The members of RFC 9457 §3.1, and the field to blame.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Members<'a> {
    /// Stable: what to do about it.
    #[schema(example = "/problems/code-taken")]
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

impl Problem {
    /// A problem, and what a person should know about this one.
    pub(super) fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), field: None, wait_s: None }
    }

    /// What could not be deserialised: the innermost cause says where and why.
    pub(super) fn undeserialised(kind: Kind, rejection: &dyn std::error::Error) -> Self {
        let mut cause = rejection;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Self::new(kind, cause.to_string())
    }

    /// Names the member of the body, the parameter or the header to blame.
    pub(super) fn at(self, field: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// Says how long to wait (`Retry-After`).
    pub(super) fn wait(self, seconds: u64) -> Self {
        Self { wait_s: Some(seconds), ..self }
    }

    /// What sort of problem it is.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// What sort of problem it is, in words.
    pub(super) fn title(&self) -> &'static str {
        self.kind.title
    }

    /// What a person should know about this one.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// The field to blame.
    pub(super) fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The status of its answer.
    pub(super) fn status(&self) -> StatusCode {
        self.kind.status
    }

    /// When to try again (`Retry-After`), where that helps.
    pub(super) fn retry_after(&self) -> Option<HeaderValue> {
        let is_away = self.kind.status == StatusCode::SERVICE_UNAVAILABLE;
        // The same question would take as long in a second.
        let passes = is_away && self.kind != Kind::TOO_MUCH_ASKED;
        self.wait_s.map(HeaderValue::from).or(passes.then_some(RETRY_AFTER_S))
    }

    /// The same of one item of several: `place` names it.
    pub(super) fn within(self, place: &str) -> Self {
        let field = match &self.field {
            Some(field) => format!("{place}.{field}"),
            None => place.to_owned(),
        };
        Self { field: Some(field.into()), ..self }
    }

    /// A rule that a value breaks.
    fn invalid(slug: &'static str, title: &'static str, why: &impl ToString) -> Self {
        let kind = Kind { status: StatusCode::UNPROCESSABLE_ENTITY, slug, title };
        Self::new(kind, why.to_string())
    }

    /// The chosen code belongs to another link.
    pub(super) fn code_taken(code: &Code) -> Self {
        let detail = format!("the code `{code}` is taken on this domain: choose another");
        Self::new(Kind::CODE_TAKEN, detail).at("code")
    }
}

impl From<LinkProblem> for Problem {
    fn from(problem: LinkProblem) -> Self {
        Self::invalid(problem.slug(), "The link is not valid", &problem).at(problem.field())
    }
}

impl From<DomainProblem> for Problem {
    fn from(problem: DomainProblem) -> Self {
        Self::invalid(problem.slug(), "The domain is not valid", &problem).at(problem.field())
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = Members {
            r#type: format!("/problems/{}", self.kind.slug),
            title: self.kind.title,
            status: self.kind.status.as_u16(),
            detail: &self.detail,
            field: self.field.as_deref(),
        };
        members.serialize(serializer)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.kind.status;
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §15.5.2 asks for a challenge.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(when) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, when);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    async fn sent(problem: Problem) -> (StatusCode, Option<HeaderValue>, String) {
        let response = problem.into_response();
        let (status, kind) = (response.status(), response.headers().get(header::CONTENT_TYPE));
        let kind = kind.cloned();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (status, kind, String::from_utf8(body.into()).expect("text"))
    }

    #[tokio::test]
    async fn a_problem_has_the_members_of_rfc_9457_and_a_field_only_where_one_is_to_blame() {
        let taken = Code::parse("a").expect("a code");
        let (status, kind, body) = sent(Problem::code_taken(&taken)).await;
        assert_eq!((status, kind), (StatusCode::CONFLICT, Some(CONTENT_TYPE)));
        assert_eq!(
            body,
            concat!(
                r#"{"type":"/problems/code-taken","title":"The code is taken","status":409,"#,
                r#""detail":"the code `a` is taken on this domain: choose another","field":"code"}"#
            )
        );
        let (_, _, body) = sent(Problem::new(Kind::NO_SUCH_LINK, "none")).await;
        assert!(!body.contains("field"), "{body}");
    }
}
