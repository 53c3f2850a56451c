//! Forms as browsers send them.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::guest::Visitor;
use super::refused::refused;
use crate::admin::api::path::{Named, PathId};
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;

/// A form of `application/x-www-form-urlencoded`. The router has seen that a page of this site sent it.
pub(in crate::admin) struct Form<T>(pub(super) T);

impl<T, S> FromRequest<S> for Form<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(form)) => Ok(Self(form)),
            Err(error) => Err(refused(None, &Problem::undeserialised(Kind::INVALID_BODY, &error))),
        }
    }
}

/// The id in a path, or the page that says that there is no such thing.
pub(in crate::admin) struct PageId<I>(pub(super) I);

impl<I: Named> FromRequestParts<Arc<AdminState>> for PageId<I> {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Response> {
        let problem = match PathId::from_request_parts(parts, state).await {
            Ok(PathId(id)) => return Ok(Self(id)),
            Err(problem) => problem,
        };
        // Looked up once more, for the navigation of this page alone.
        let visitor = Visitor::from_request_parts(parts, state).await?;
        Err(visitor.refused(&problem))
    }
}

/// What was typed, or nothing where nothing was.
pub(super) fn typed(text: String) -> Option<String> {
    Some(text).filter(|text| !text.trim().is_empty())
}

/// What a page's address says was done just now, by a word of that page.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::admin) struct Done {
    pub(super) done: String,
}

/// What a field says now, if that is something else than it said.
pub(super) fn changed(new: &str, old: &str) -> Option<String> {
    (new.trim() != old.trim()).then(|| new.trim().to_owned())
}

/// The same of a field that may be left empty.
pub(super) fn changed_or_emptied(new: &str, old: &str) -> Option<Option<String>> {
    changed(new, old).map(|text| Some(text).filter(|text| !text.is_empty()))
}

/// A field that is a number.
pub(super) fn whole_number(field: &'static str, text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| {
        Problem::new(Kind::INVALID_BODY, format!("`{text}` is no whole number")).at(field)
    })
}

/// The problem of a form for a link or a domain, for somebody who knows no headers.
pub(super) fn in_plain_words(what: &str, problem: Problem) -> Problem {
    if problem.kind() != Kind::ANOTHER_VERSION {
        return problem;
    }
    let detail = format!(
        "somebody else changed this {what} meanwhile, and nothing was saved: what you typed stands \
         below; open the {what} again in another tab to see what is new"
    );
    Problem::new(Kind::ANOTHER_VERSION, detail)
}
