//! Links of a workspace, newest first, page by page.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::admin::auth::{Caller, LinksRead, May};
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::links::LinkView;
use crate::model::id::{DomainId, LinkId};
use crate::model::link::{Link, LinkState};
use crate::model::tag::Tag;
use crate::model::time::Millis;
use crate::store::links::{self, Archived, Cursor, Filter};
use crate::store::{self, claims};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 200;

/// Characters of a search. SQLite refuses patterns beyond 50,000 bytes, and nobody types that many.
const SEARCH_LENGTH_MAX: usize = 512;

/// The query of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::admin) struct ListQuery {
    pub(in crate::admin) limit: Option<u32>,
    pub(in crate::admin) cursor: Option<String>,
    pub(in crate::admin) search: Option<String>,
    pub(in crate::admin) domain: Option<String>,
    pub(in crate::admin) tag: Option<String>,
    pub(in crate::admin) state: Option<String>,
    pub(in crate::admin) archived: Option<String>,
    /// The name of whoever made the links, as they had it then.
    pub(in crate::admin) created_by: Option<String>,
    /// `newest` (the default), or `clicks`: the most followed first, of which there are 1,000.
    pub(in crate::admin) sort: Option<String>,
}

/// One page, and where the next one begins.
#[derive(Serialize, ToSchema)]
#[schema(as = LinkPage)]
pub(in crate::admin) struct Page {
    pub(in crate::admin) links: Vec<LinkView>,
    pub(in crate::admin) next_cursor: Option<String>,
}

/// Links of the workspace, newest first.
#[utoipa::path(get, path = "/api/v1/links", tag = "links", operation_id = "list_links", params(ListQuery),
    responses((status = 200, body = Page)))]
pub(in crate::admin) async fn list(
    State(state): State<Arc<AdminState>>,
    caller: May<LinksRead>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Page>, Problem> {
    let Query(asked) =
        query.map_err(|error| Problem::undeserialised(Kind::INVALID_QUERY, &error))?;
    found(&state, &caller, asked).await.map(Json)
}

/// The links that were asked for, of a caller who may see links.
pub(in crate::admin) async fn found(
    state: &AdminState,
    caller: &Caller,
    asked: ListQuery,
) -> Result<Page, Problem> {
    let limit = checked_limit(asked.limit)?;
    let sort = asked.sort.as_deref().map(Sort::parse).transpose()?.unwrap_or(Sort::Newest);
    let rank = match sort {
        Sort::Newest => 0,
        Sort::Clicks => asked.cursor.as_deref().map(read_rank).transpose()?.unwrap_or(0),
    };
    let filter = Filter {
        workspace: caller.workspace,
        domain: asked_domain(state, caller, asked.domain.as_deref())?,
        search: asked.search.map(checked_search).transpose()?,
        tag: asked.tag.as_deref().map(checked_tag).transpose()?,
        state: asked.state.as_deref().map(checked_state).transpose()?,
        archived: asked.archived.as_deref().map(checked_archived).transpose()?.unwrap_or_default(),
        created_by: asked.created_by.map(checked_search).transpose()?,
        after: match sort {
            Sort::Newest => asked.cursor.as_deref().map(read_cursor).transpose()?,
            Sort::Clicks => None,
        },
        limit,
    };
    if filter.domain.is_some_and(|domain| !caller.reaches(domain)) {
        return Ok(Page { links: Vec::new(), next_cursor: None });
    }
    let found = match sort {
        Sort::Newest => newest(state, filter).await,
        Sort::Clicks => links::most_followed(&state.store, &filter, rank)
            .await
            .map(|ranked| (ranked.links, ranked.next.map(|rank| format!("{rank:x}")))),
    };
    let (found, next_cursor) = found.map_err(|error| state.fault(&error))?;
    let claimed = claims::claimed_of(&state.store, &found).await;
    let claimed = claimed.map_err(|error| state.fault(&error))?;
    let view = |link: &Link| state.view(link, claimed.get(&link.id).copied().unwrap_or(0));
    Ok(Page { links: found.iter().map(view).collect(), next_cursor })
}

/// In what order links are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Newest,
    Clicks,
}

impl Sort {
    fn parse(word: &str) -> Result<Self, Problem> {
        match word {
            "newest" => Ok(Self::Newest),
            "clicks" => Ok(Self::Clicks),
            _ => Err(invalid("sort", "ask for `newest` (the default) or `clicks`".to_owned())),
        }
    }
}

/// A page of the newest links, and the cursor of the next one.
async fn newest(
    state: &AdminState,
    filter: Filter,
) -> Result<(Vec<Link>, Option<String>), store::Error> {
    let shown = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    // One more than is shown tells whether there is a next page.
    let filter = Filter { limit: filter.limit + 1, ..filter };
    let mut found = links::list(&state.store, &filter).await?;
    let has_more = found.len() > shown;
    found.truncate(shown);
    let next_cursor = found.last().filter(|_| has_more).map(cursor);
    Ok((found, next_cursor))
}

fn checked_limit(asked: Option<u32>) -> Result<u32, Problem> {
    let limit = asked.unwrap_or(LIMIT_DEFAULT);
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(invalid("limit", format!("a page has 1 to {LIMIT_MAX} links, and {limit} were asked for")))
}

fn checked_search(search: String) -> Result<String, Problem> {
    // Postgres has no text with U+0000, and no stored text has any control character.
    if search.chars().any(char::is_control) || search.chars().count() > SEARCH_LENGTH_MAX {
        let detail = format!(
            "a search has at most {SEARCH_LENGTH_MAX} characters, none a control character"
        );
        return Err(invalid("search", detail));
    }
    Ok(search)
}

fn checked_tag(text: &str) -> Result<Tag, Problem> {
    Tag::parse(text).map_err(|error| invalid("tag", error.to_string()))
}

fn checked_state(word: &str) -> Result<LinkState, Problem> {
    let detail = "ask for `active` or `disabled`, or leave it out for both";
    LinkState::from_word(word).ok_or_else(|| invalid("state", detail.to_owned()))
}

fn checked_archived(word: &str) -> Result<Archived, Problem> {
    let detail = "ask for `none` (the default), `only` or `all`";
    Archived::from_word(word).ok_or_else(|| invalid("archived", detail.to_owned()))
}

/// The domain whose links are listed: none for all. A caller who is confined to one means that.
fn asked_domain(
    state: &AdminState,
    caller: &Caller,
    name: Option<&str>,
) -> Result<Option<DomainId>, Problem> {
    let table = state.domains.table();
    let asked = name.map(|name| {
        state.short_urls.find_domain(&table, caller.workspace, Some(name)).map(|it| it.id)
    });
    match (asked.transpose()?, caller.domains.as_deref()) {
        (None, None) => Ok(None),
        (None, Some([only])) => Ok(Some(*only)),
        (None, Some(_)) => {
            let detail = "this key is good for several domains: ask for the links of one of them";
            Err(invalid("domain", detail.to_owned()))
        }
        // A domain that the caller may not see has no links for them.
        (Some(domain), _) => Ok(Some(domain)),
    }
}

/// The place after this link. Opaque to clients, so that its form may change.
fn cursor(link: &Link) -> String {
    format!("{:x}-{:x}", link.created_at.get(), link.id.get())
}

fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    let number = |text: &str| i64::from_str_radix(text, 16).ok();
    let read = || {
        let (created_at, id) = text.split_once('-')?;
        let created_at = Millis::from_epoch(number(created_at)?);
        Some(Cursor { created_at, id: LinkId::from_stored(number(id)?) })
    };
    read().ok_or_else(|| {
        invalid("cursor", "take the cursor as `next_cursor` of the page before has it".to_owned())
    })
}

fn read_rank(text: &str) -> Result<u32, Problem> {
    u32::from_str_radix(text, 16).map_err(|_| {
        invalid("cursor", "take the cursor as `next_cursor` of the page before has it".to_owned())
    })
}

fn invalid(parameter: &'static str, detail: String) -> Problem {
    Problem::new(Kind::INVALID_QUERY, detail).at(parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_rubbish_is_refused() {
        let place = read_cursor("18d0c5b2a00-7fffffffffffffff").expect("a cursor");
        assert_eq!(place.created_at.get(), 0x18d_0c5b_2a00);
        assert_eq!(place.id.get(), i64::MAX);
        for bad in ["", "-", "1", "1-", "-1-2", "x-1", "1-8000000000000000", "1-2-3", "1_2"] {
            assert!(read_cursor(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_has_one_to_two_hundred_links() {
        assert!(matches!(checked_limit(None), Ok(LIMIT_DEFAULT)));
        assert!(matches!(checked_limit(Some(LIMIT_MAX)), Ok(LIMIT_MAX)));
        assert!(checked_limit(Some(0)).is_err());
        assert!(checked_limit(Some(LIMIT_MAX + 1)).is_err());
    }
}
