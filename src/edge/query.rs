//! A request's query, added to a target. The only case in which a request changes where a link goes:
//! it adds parameters, and can change neither the host nor the path, nor those that the target has.

use hyper::header::HeaderValue;

/// Bytes of the address that comes of it at most. Beyond them the target goes as it is.
const BYTES_MAX: usize = 8 * 1024;

/// This target with the query behind its own parameters and before its fragment. None when there is
/// nothing to add, and where the query holds what browsers do not send in one.
pub(super) fn added(target: &HeaderValue, query: &str) -> Option<HeaderValue> {
    if query.is_empty() || !query.bytes().all(is_allowed) {
        return None;
    }
    let target = target.to_str().ok()?;
    let (base, fragment) = target.split_at(target.find('#').unwrap_or(target.len()));
    let between = match base.split_once('?') {
        None => "?",
        Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
        Some(_) => "&",
    };
    let whole = [base, between, query, fragment].concat();
    (whole.len() <= BYTES_MAX).then(|| HeaderValue::try_from(whole).ok()).flatten()
}

/// What stands in a query as it is: visible ASCII but for what is always encoded there (WHATWG URL,
/// query percent-encode set).
fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'#' | b'<' | b'>')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn together(target: &str, query: &str) -> Option<String> {
        let target = HeaderValue::try_from(target).expect("a header value");
        let added = added(&target, query)?;
        Some(added.to_str().expect("visible ASCII").to_owned())
    }

    #[test]
    fn a_query_comes_behind_the_targets_own_and_before_its_fragment() {
        for (target, query, whole) in [
            ("https://e.example/", "a=1", "https://e.example/?a=1"),
            ("https://e.example/?x=0", "a=1&b", "https://e.example/?x=0&a=1&b"),
            ("https://e.example/?", "a=1", "https://e.example/?a=1"),
            ("https://e.example/?x&", "a=1", "https://e.example/?x&a=1"),
            ("https://e.example/p#f?x", "a=1", "https://e.example/p?a=1#f?x"),
            ("https://e.example/?x=0#f", "a=%23|'?", "https://e.example/?x=0&a=%23|'?#f"),
        ] {
            assert_eq!(together(target, query).as_deref(), Some(whole));
        }
    }

    #[test]
    fn what_no_browser_sends_is_not_added_and_neither_is_too_much() {
        for query in ["", "a b", "a\r\nset-cookie: x", "a\"", "<script>", "a#b", "\u{7f}", "ü"] {
            assert_eq!(together("https://e.example/", query), None, "{query:?}");
        }
        let room = BYTES_MAX - "https://e.example/?".len();
        assert!(together("https://e.example/", &"x".repeat(room)).is_some());
        assert_eq!(together("https://e.example/", &"x".repeat(room + 1)), None);
    }

    proptest! {
        #[test]
        fn host_path_and_fragment_stay(query in "[ -~]{0,40}") {
            let target = "https://e.example/p?x=0#f";
            let whole = together(target, &query).unwrap_or_else(|| target.to_owned());
            let (url, was) = (Url::parse(&whole).expect("a URL"), Url::parse(target).expect("a URL"));
            prop_assert_eq!(url.host(), was.host());
            prop_assert_eq!(url.path(), was.path());
            prop_assert_eq!(url.fragment(), was.fragment());
            prop_assert!(url.query().is_some_and(|it| it.starts_with("x=0")));
        }
    }
}
