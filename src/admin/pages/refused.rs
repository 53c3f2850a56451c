//! What went wrong, as a page.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::frame::{Frame, Who, page};
use crate::accounts::permission::Permission;
use crate::admin::problem::{Kind, Problem};

/// Where to go from here when nothing better is known.
const FIRST_PAGE: (&str, &str) = ("/", "To the first page");

/// Who reads an answer that no page and no route of the API gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::admin) enum Reader {
    /// Somebody at a browser.
    Person,
    /// Whoever did not ask for a page.
    Program,
}

impl Reader {
    /// Who sent these headers.
    pub(in crate::admin) fn of(headers: &HeaderMap) -> Self {
        let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        match accepts.is_some_and(|accepts| accepts.contains("text/html")) {
            true => Self::Person,
            false => Self::Program,
        }
    }

    /// A problem, in the form that they can read. Who they are is not looked up: that may be what took
    /// too long.
    pub(in crate::admin) fn told(self, problem: Problem) -> Response {
        match self {
            Self::Person => refused(None, &problem),
            Self::Program => problem.into_response(),
        }
    }
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused<'a> {
    frame: Frame,
    title: &'a str,
    detail: &'a str,
    /// Where to go from here, and what that is called.
    next: (&'static str, &'static str),
}

/// A problem that is not about what somebody typed into a form.
pub(super) fn refused(who: Option<Who>, problem: &Problem) -> Response {
    let status = problem.status();
    let next = match problem.kind() {
        Kind::MISSING_SCOPE if has(&who, Permission::PeopleRead) => ("/people", "Who that is"),
        Kind::NO_SUCH_WORKSPACE if who.is_some() => ("/workspaces", "Your workspaces"),
        // It asks no store.
        Kind::STORE_UNAVAILABLE => ("/readyz", "What this node knows of its store"),
        _ => FIRST_PAGE,
    };
    let frame = Frame::new(problem.title(), who);
    let (title, detail) = (problem.title(), problem.detail());
    let mut response = page(status, &Refused { frame, title, detail, next });
    if let Some(when) = problem.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, when);
    }
    response
}

/// There is no such page.
pub(in crate::admin) fn nothing_here() -> Response {
    let frame = Frame::new("Nothing here", None);
    let detail = "There is nothing under this address.";
    let next = FIRST_PAGE;
    page(StatusCode::NOT_FOUND, &Refused { frame, title: "Nothing here", detail, next })
}

fn has(who: &Option<Who>, permission: Permission) -> bool {
    who.as_ref().is_some_and(|who| who.permissions.has(permission))
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn who_finds_the_store_away_is_led_to_what_needs_none() {
        for (kind, place) in [(Kind::STORE_UNAVAILABLE, "/readyz"), (Kind::NO_SUCH_KEY, "/")] {
            let response = refused(None, &Problem::new(kind, "no luck"));
            assert_eq!(response.status(), Problem::new(kind, "").status());
            let page = to_bytes(response.into_body(), usize::MAX).await.expect("a page");
            let page = String::from_utf8(page.into()).expect("text");
            assert!(page.contains(&format!("<p><a href=\"{place}\">")), "{page}");
        }
    }
}
