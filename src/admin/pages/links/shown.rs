//! What of the list is looked at, as the page's address has it.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::admin::api::list::ListQuery;
use crate::admin::pages::form::typed;

/// The page itself.
const PAGE: &str = "/links";

/// What is shown, and what was done just now.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::admin) struct Shown {
    /// A search.
    pub(super) q: String,
    pub(super) tag: String,
    pub(super) domain: String,
    /// `on`, `off`, `archived` or `deleted`; empty for all that are not put away.
    pub(super) state: String,
    /// Who made them.
    pub(super) by: String,
    pub(super) sort: String,
    pub(super) cursor: String,
    /// The link that was just made.
    pub(super) made: String,
    /// What was just done to links.
    pub(super) done: String,
    /// To which ones.
    pub(super) ids: String,
    /// Which of them had been switched off before.
    pub(super) off: String,
}

impl Shown {
    /// The query of the API's list.
    pub(super) fn query(&self) -> ListQuery {
        let state = match self.state.as_str() {
            "on" => Some("active"),
            "off" | "deleted" => Some("disabled"),
            _ => None,
        };
        let archived = if self.is_put_away() { Some("only") } else { None };
        ListQuery {
            search: typed(self.q.clone()),
            tag: typed(self.tag.clone()),
            domain: typed(self.domain.clone()),
            state: state.map(str::to_owned),
            archived: archived.map(str::to_owned),
            created_by: typed(self.by.clone()),
            sort: typed(self.sort.clone()),
            cursor: typed(self.cursor.clone()),
            ..ListQuery::default()
        }
    }

    /// Whether these are links that were put out of sight.
    pub(super) fn is_put_away(&self) -> bool {
        matches!(self.state.as_str(), "archived" | "deleted")
    }

    /// Whether these are links that were deleted and can come back.
    pub(super) fn is_deleted(&self) -> bool {
        self.state == "deleted"
    }

    /// Whether it is not all links.
    pub(super) fn is_narrow(&self) -> bool {
        [&self.q, &self.tag, &self.domain, &self.state, &self.by].iter().any(|it| !it.is_empty())
    }

    /// Whether more than a search narrows or orders it.
    pub(super) fn is_filtered(&self) -> bool {
        let said = [&self.tag, &self.domain, &self.state, &self.by, &self.sort];
        said.iter().any(|it| !it.is_empty())
    }

    /// The same list without what was done, from its beginning.
    pub(super) fn plain(&self) -> Self {
        let nothing = String::new;
        Self {
            cursor: nothing(),
            made: nothing(),
            done: nothing(),
            ids: nothing(),
            off: nothing(),
            ..self.clone()
        }
    }

    /// The page of the list that begins there.
    pub(super) fn from(&self, cursor: String) -> Self {
        Self { cursor, ..self.plain() }
    }

    /// Only links with this tag.
    pub(super) fn tagged(&self, tag: impl fmt::Display) -> Self {
        Self { tag: tag.to_string(), ..self.plain() }
    }

    /// Only links of whoever has this name.
    pub(super) fn made_by(&self, by: &str) -> Self {
        Self { by: by.to_owned(), ..self.plain() }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PAGE)?;
        let said = [
            ("q", &self.q),
            ("tag", &self.tag),
            ("domain", &self.domain),
            ("state", &self.state),
            ("by", &self.by),
            ("sort", &self.sort),
            ("cursor", &self.cursor),
            ("made", &self.made),
            ("done", &self.done),
            ("ids", &self.ids),
            ("off", &self.off),
        ];
        let mut mark = '?';
        for (name, value) in said.into_iter().filter(|(_, value)| !value.is_empty()) {
            write!(f, "{mark}{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))?;
            mark = '&';
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_looked_at() {
        let shown =
            Shown { q: "a&b".into(), state: "off".into(), done: "on".into(), ..Shown::default() };
        assert_eq!(shown.to_string(), "/links?q=a%26b&state=off&done=on");
        assert_eq!(shown.tagged("x y").to_string(), "/links?q=a%26b&tag=x%20y&state=off");
        assert_eq!(Shown::default().to_string(), "/links");
        assert_eq!(shown.query().state.as_deref(), Some("disabled"));
    }
}
