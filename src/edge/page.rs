//! The pages of a link itself: the form for its password, and its preview.

use std::fmt::Write;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, RETRY_AFTER};

use super::attempts::RETRY_AFTER_S;
use super::respond::{self, Reply};

/// Nothing is loaded, nothing runs, nobody frames it. No `form-action`: browsers hold the redirect
/// that follows a form against it, and that goes to the link's target.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      frame-ancestors 'none'";

macro_rules! whole_page {
    ($title:literal, $body:expr) => {
        concat!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width\">",
            "<meta name=\"robots\" content=\"noindex\"><title>",
            $title,
            "</title><style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:32em;",
            "margin:20vh auto;padding:0 1em;color-scheme:light dark;overflow-wrap:anywhere}",
            "input,button{font:inherit;padding:.3em .6em}dd{margin:0 0 1em}</style></head><body><h1>",
            $title,
            "</h1>",
            $body,
            "</body></html>\n"
        )
    };
}

macro_rules! form_page {
    ($sentence:literal) => {
        whole_page!(
            "This link asks for a password",
            concat!(
                "<p role=\"status\">",
                $sentence,
                "</p><form method=\"post\"><p><label for=\"password\">Password</label> ",
                "<input type=\"password\" id=\"password\" name=\"password\" required autofocus ",
                "autocomplete=\"off\"> <button>Continue</button></p></form>"
            )
        )
    };
}

const FORM: &str = form_page!("Whoever has sent you the link should have told you.");
const FORM_WRONG: &str = form_page!("That was not the password. Please try again.");
const FORM_LATER: &str =
    form_page!("Too many passwords were tried. Please wait a moment and try again.");

/// The form.
pub(super) fn form() -> Reply {
    page(StatusCode::OK, Bytes::from_static(FORM.as_bytes()))
}

/// The form, after a password that was not the link's.
pub(super) fn form_wrong() -> Reply {
    page(StatusCode::FORBIDDEN, Bytes::from_static(FORM_WRONG.as_bytes()))
}

/// The form, after too many.
pub(super) fn form_later() -> Reply {
    let mut reply = page(StatusCode::TOO_MANY_REQUESTS, Bytes::from_static(FORM_LATER.as_bytes()));
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
    reply
}

/// What is shown of a link instead of following it.
pub(super) struct Preview<'l> {
    /// Where it goes; none where a password protects that.
    pub(super) target: Option<&'l str>,
    /// Its name.
    pub(super) title: Option<&'l str>,
    /// The day on which it was made.
    pub(super) made_on: &'l str,
}

/// The preview of a link.
pub(super) fn preview(shown: &Preview<'_>) -> Reply {
    let mut body = String::from(PREVIEW_HEAD);
    if let Some(title) = shown.title {
        let _ = write!(body, "<dt>Title</dt><dd>{}</dd>", escaped(title));
    }
    match shown.target {
        Some(target) => {
            let target = escaped(target);
            let _ = write!(
                body,
                "<dt>Goes to</dt><dd><a rel=\"nofollow noreferrer\" href=\"{target}\">{target}</a></dd>"
            );
        }
        None => body.push_str("<dt>Goes to</dt><dd>A password protects it.</dd>"),
    }
    let _ = write!(body, "<dt>Made on</dt><dd>{}</dd>", escaped(shown.made_on));
    body.push_str(PREVIEW_FOOT);
    page(StatusCode::OK, body.into())
}

/// What stands before and after what a preview shows.
const PREVIEW: (&str, &str) = {
    let whole = whole_page!("Where this link goes", "<dl></dl>");
    let (head, foot) = whole.split_at(whole.len() - "</dl></body></html>\n".len());
    (head, foot)
};
const PREVIEW_HEAD: &str = PREVIEW.0;
const PREVIEW_FOOT: &str = PREVIEW.1;

/// Text as it stands in HTML, between tags or between double quotes.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

fn page(status: StatusCode, body: Bytes) -> Reply {
    let mut reply = respond::page(status, body);
    let headers = reply.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_in_a_text_is_text() {
        assert_eq!(
            escaped("</title><script>\"a\" & 'b'"),
            "&lt;/title&gt;&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;"
        );
    }

    #[test]
    fn a_preview_is_a_whole_page() {
        assert!(PREVIEW_HEAD.ends_with("<dl>"), "{PREVIEW_HEAD}");
        assert_eq!(PREVIEW_FOOT, "</dl></body></html>\n");
    }
}
