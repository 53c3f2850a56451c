//! Versions of a link as entity tags (RFC 9110 §8.8.3), and requests that depend on them (§13.1).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The tag of a version, such as `"v3"`.
pub(super) fn etag(version: i64) -> HeaderValue {
    HeaderValue::try_from(tag(version)).expect("a number in quotes is visible ASCII")
}

fn tag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// The tags of a conditional header.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::admin) struct Tags(Vec<String>);

impl Tags {
    /// The tag of this version alone.
    pub(in crate::admin) fn of(version: i64) -> Self {
        Self(vec![tag(version)])
    }

    /// The tags of `If-Match`, or nothing when any version will do.
    pub(super) fn if_match(headers: &HeaderMap) -> Option<Self> {
        Self::listed(headers, header::IF_MATCH).filter(|tags| !tags.has_any())
    }

    /// The tags of `If-None-Match`.
    pub(super) fn if_none_match(headers: &HeaderMap) -> Option<Self> {
        Self::listed(headers, header::IF_NONE_MATCH)
    }

    fn listed(headers: &HeaderMap, name: HeaderName) -> Option<Self> {
        let mut values = headers.get_all(name).iter().peekable();
        values.peek()?;
        let lines = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        // A tag of somebody else may hold a comma and is torn apart here; its parts are not ours
        // either, since ours hold none.
        let torn = |line: std::borrow::Cow<'_, str>| {
            line.split(',').map(|tag| tag.trim().to_owned()).collect::<Vec<_>>()
        };
        Some(Self(lines.flat_map(torn).collect()))
    }

    fn has_any(&self) -> bool {
        self.0.iter().any(|tag| tag == "*")
    }

    /// Strong comparison: a weak tag is equal to none (RFC 9110 §8.8.3.2).
    pub(super) fn hold_strongly(&self, version: i64) -> bool {
        let wanted = tag(version);
        self.has_any() || self.0.contains(&wanted)
    }

    /// Weak comparison.
    pub(super) fn hold_weakly(&self, version: i64) -> bool {
        let wanted = tag(version);
        self.has_any() || self.0.iter().any(|tag| tag.trim_start_matches("W/") == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(lines: &[&'static str]) -> Option<Tags> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::IF_NONE_MATCH, HeaderValue::from_static(line));
        }
        Tags::if_none_match(&headers)
    }

    #[test]
    fn tags_are_found_in_lists_and_on_several_lines() {
        assert_eq!(tags(&[]), None);
        for lines in [&["\"v3\""][..], &["\"x,y\" ,  \"v3\""], &["\"v1\"", "\"v3\""], &["*"]] {
            let tags = tags(lines).expect("tags");
            assert!(tags.hold_strongly(3) && tags.hold_weakly(3), "{lines:?}");
        }
        for lines in [&[""][..], &["v3"], &["\"v33\""], &["\"3\""], &["\"v3"]] {
            let tags = tags(lines).expect("tags");
            assert!(!tags.hold_strongly(3) && !tags.hold_weakly(3), "{lines:?}");
        }
    }

    #[test]
    fn a_weak_tag_is_enough_to_read_and_too_little_to_write() {
        let tags = tags(&["W/\"v3\""]).expect("tags");
        assert!(tags.hold_weakly(3));
        assert!(!tags.hold_strongly(3));
    }
}
