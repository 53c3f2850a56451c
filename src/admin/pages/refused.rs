//! What went wrong, as a page.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Frame, Who, page};
use crate::admin::problem::Problem;

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused<'a> {
    frame: Frame,
    title: &'a str,
    detail: &'a str,
}

/// A problem that is not about what somebody typed into a form.
pub(super) fn refused(who: Option<Who>, problem: &Problem) -> Response {
    let status = problem.status();
    let frame = Frame::new(problem.title(), who);
    page(status, &Refused { frame, title: problem.title(), detail: problem.detail() })
}

/// There is no such page.
pub(in crate::admin) fn nothing_here() -> Response {
    let frame = Frame::new("Nothing here", None);
    let detail = "There is nothing under this address.";
    page(StatusCode::NOT_FOUND, &Refused { frame, title: "Nothing here", detail })
}
