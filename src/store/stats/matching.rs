//! Series, values and visitors of the visits that match a filter.
//!
//! Sums are kept a dimension at a time, so whoever asks for two at once must look at each visit. The
//! statements differ in what they sum and in the key that leads to the visits, and share the rest:
//! macros put them together, and [`STATEMENTS`] names them for the laws about SQL.

use super::filter::{Filter, Scope};
use super::series::{Grid, Point, point};
use super::span::Span;
use super::tagged::Tagged;
use super::values::{TopValues, top};
use crate::model::dimension::Dimension;
use crate::store::{Error, Row, Store, Value};

/// Visits of a scope (`$1`) and a span (`$2`, `$3`) that a filter lets through (`$4` to `$18`).
macro_rules! matching {
    ($scope:expr) => {
        concat!(
            " FROM visits WHERE ",
            $scope,
            " AND at >= $2 AND at < $3
               AND (CAST($4 AS BIGINT) IS NULL OR is_bot = $4)
               AND (CAST($5 AS BIGINT) IS NULL OR domain_id = $5)
               AND (CAST($6 AS TEXT) IS NULL OR COALESCE(referrer, '') = $6)
               AND (CAST($7 AS TEXT) IS NULL OR COALESCE(country, '') = $7)
               AND (CAST($8 AS TEXT) IS NULL OR COALESCE(region, '') = $8)
               AND (CAST($9 AS TEXT) IS NULL OR COALESCE(city, '') = $9)
               AND (CAST($10 AS TEXT) IS NULL OR COALESCE(browser, '') = $10)
               AND (CAST($11 AS TEXT) IS NULL OR COALESCE(system, '') = $11)
               AND (CAST($12 AS TEXT) IS NULL OR COALESCE(device, '') = $12)
               AND (CAST($13 AS TEXT) IS NULL OR COALESCE(language, '') = $13)
               AND (CAST($14 AS TEXT) IS NULL OR COALESCE(utm_source, '') = $14)
               AND (CAST($15 AS TEXT) IS NULL OR COALESCE(utm_medium, '') = $15)
               AND (CAST($16 AS TEXT) IS NULL OR COALESCE(utm_campaign, '') = $16)
               AND (CAST($17 AS TEXT) IS NULL OR COALESCE(utm_term, '') = $17)
               AND (CAST($18 AS TEXT) IS NULL OR COALESCE(utm_content, '') = $18)"
        )
    };
}

/// What a visit has of the dimension whose number is `$19`.
macro_rules! value {
    () => {
        "CASE CAST($19 AS BIGINT) WHEN 1 THEN referrer WHEN 2 THEN country WHEN 3 THEN region
              WHEN 4 THEN city WHEN 5 THEN browser WHEN 6 THEN system WHEN 7 THEN device
              WHEN 8 THEN language WHEN 9 THEN utm_source WHEN 10 THEN utm_medium
              WHEN 11 THEN utm_campaign WHEN 12 THEN utm_term WHEN 13 THEN utm_content END"
    };
}

macro_rules! series {
    ($scope:expr) => {
        concat!(
            "SELECT",
            " MIN(at), CAST(COUNT(*) - SUM(is_bot) AS BIGINT), CAST(SUM(is_bot) AS BIGINT)",
            matching!($scope),
            " GROUP BY (at + $19) / $20"
        )
    };
}

macro_rules! values {
    ($scope:expr) => {
        concat!(
            "SELECT",
            " ",
            value!(),
            ", CAST(COUNT(*) - SUM(is_bot) AS BIGINT), CAST(SUM(is_bot) AS BIGINT),
               CAST(SUM(COUNT(*) - SUM(is_bot)) OVER () AS BIGINT),
               CAST(SUM(SUM(is_bot)) OVER () AS BIGINT)",
            matching!($scope),
            " AND ",
            value!(),
            " IS NOT NULL GROUP BY 1 ORDER BY COUNT(*) DESC, 1 LIMIT $20"
        )
    };
}

/// The most frequent values of one dimension, of the visits that were found.
macro_rules! top_of {
    ($number:literal, $column:literal) => {
        concat!(
            " SELECT dimension, value, people, bots, known_people, known_bots
              FROM (SELECT CAST(",
            $number,
            " AS BIGINT) AS dimension, ",
            $column,
            " AS value, CAST(COUNT(*) - SUM(is_bot) AS BIGINT) AS people,
                     CAST(SUM(is_bot) AS BIGINT) AS bots,
                     CAST(SUM(COUNT(*) - SUM(is_bot)) OVER () AS BIGINT) AS known_people,
                     CAST(SUM(SUM(is_bot)) OVER () AS BIGINT) AS known_bots
              FROM hits WHERE ",
            $column,
            " IS NOT NULL GROUP BY ",
            $column,
            " ORDER BY COUNT(*) DESC, ",
            $column,
            " LIMIT $19) AS top"
        )
    };
}

/// All dimensions by one look at the visits: each look costs far more than what is grouped of it.
macro_rules! every_dimension {
    ($scope:expr) => {
        concat!(
            "WITH",
            " hits AS MATERIALIZED (SELECT is_bot, referrer, country, region, city, browser, system,
                                           device, language, utm_source, utm_medium, utm_campaign,
                                           utm_term, utm_content",
            matching!($scope),
            ")",
            top_of!("1", "referrer"),
            " UNION ALL",
            top_of!("2", "country"),
            " UNION ALL",
            top_of!("3", "region"),
            " UNION ALL",
            top_of!("4", "city"),
            " UNION ALL",
            top_of!("5", "browser"),
            " UNION ALL",
            top_of!("6", "system"),
            " UNION ALL",
            top_of!("7", "device"),
            " UNION ALL",
            top_of!("8", "language"),
            " UNION ALL",
            top_of!("9", "utm_source"),
            " UNION ALL",
            top_of!("10", "utm_medium"),
            " UNION ALL",
            top_of!("11", "utm_campaign"),
            " UNION ALL",
            top_of!("12", "utm_term"),
            " UNION ALL",
            top_of!("13", "utm_content")
        )
    };
}

macro_rules! visitors {
    ($scope:expr) => {
        concat!(
            "SELECT",
            " COUNT(DISTINCT visitor)",
            matching!($scope),
            " AND visitor <> 0 GROUP BY at / 86400000"
        )
    };
}

/// The links that have a tag, `$1` being the workspace, and the tag what comes last.
macro_rules! tagged {
    ($tag:literal) => {
        concat!(
            "link_id IN (SELECT link_id FROM link_tags WHERE workspace_id = $1 AND tag = ",
            $tag,
            ")"
        )
    };
}

const SERIES_OF_LINK: &str = series!("link_id = $1");
const SERIES_OF_WORKSPACE: &str = series!("workspace_id = $1");
const SERIES_OF_TAG: &str = series!(tagged!("$21"));
const VALUES_OF_LINK: &str = values!("link_id = $1");
const VALUES_OF_WORKSPACE: &str = values!("workspace_id = $1");
const VALUES_OF_TAG: &str = values!(tagged!("$21"));
const EVERY_DIMENSION_OF_LINK: &str = every_dimension!("link_id = $1");
const EVERY_DIMENSION_OF_WORKSPACE: &str = every_dimension!("workspace_id = $1");
const EVERY_DIMENSION_OF_TAG: &str = every_dimension!(tagged!("$20"));
const VISITORS_OF_LINK: &str = visitors!("link_id = $1");
const VISITORS_OF_WORKSPACE: &str = visitors!("workspace_id = $1");
const VISITORS_OF_TAG: &str = visitors!(tagged!("$19"));

/// Every statement here, which no string literal shows whole.
// No index: what the sums over all values look through is the inner answer, which a key leads to.
pub const STATEMENTS: [&str; 12] = [
    SERIES_OF_LINK,
    SERIES_OF_WORKSPACE,
    SERIES_OF_TAG,
    VALUES_OF_LINK,
    VALUES_OF_WORKSPACE,
    VALUES_OF_TAG,
    EVERY_DIMENSION_OF_LINK,
    EVERY_DIMENSION_OF_WORKSPACE,
    EVERY_DIMENSION_OF_TAG,
    VISITORS_OF_LINK,
    VISITORS_OF_WORKSPACE,
    VISITORS_OF_TAG,
];

/// Visits of a scope in a span that a filter lets through.
#[derive(Debug, Clone)]
pub struct Matching<'f> {
    /// Whose visits.
    pub scope: &'f Scope,
    /// When they were made.
    pub span: Span,
    /// What they must have.
    pub filter: &'f Filter,
}

impl Matching<'_> {
    /// How many there are in each piece of the span, in no order; empty pieces are left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn series(&self, store: &Store, grid: Grid) -> Result<Vec<Point>, Error> {
        let sql = self.statement([SERIES_OF_LINK, SERIES_OF_WORKSPACE, SERIES_OF_TAG]);
        let grid = [grid.offset_ms.into(), grid.width_ms.into()];
        self.rows(store, sql, grid).await?.iter().map(point).collect()
    }

    /// The `limit` most frequent values of a dimension.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn values(
        &self,
        store: &Store,
        dimension: Dimension,
        limit: u32,
    ) -> Result<TopValues, Error> {
        let sql = self.statement([VALUES_OF_LINK, VALUES_OF_WORKSPACE, VALUES_OF_TAG]);
        let more = [dimension.number().into(), i64::from(limit).into()];
        top(&self.rows(store, sql, more).await?)
    }

    /// The `limit` most frequent values of every dimension, in the order of [`Dimension::ALL`].
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn every_dimension(
        &self,
        store: &Store,
        limit: u32,
    ) -> Result<Vec<(Dimension, TopValues)>, Error> {
        let sql = self.statement([
            EVERY_DIMENSION_OF_LINK,
            EVERY_DIMENSION_OF_WORKSPACE,
            EVERY_DIMENSION_OF_TAG,
        ]);
        let rows = self.rows(store, sql, [i64::from(limit).into()]).await?;
        let mut of_each = vec![Vec::new(); Dimension::ALL.len()];
        for row in &rows {
            let place = usize::try_from(row.int(0)? - 1).ok();
            let own = place.and_then(|place| of_each.get_mut(place));
            let own = own.ok_or_else(|| Error::Corrupt("there is no such dimension".to_owned()))?;
            own.push(Row::new(row.fields()[1..].to_vec()));
        }
        let named = Dimension::ALL.into_iter().zip(of_each);
        named.map(|(dimension, rows)| Ok((dimension, top(&rows)?))).collect()
    }

    /// Visitors that can be told apart, each once a UTC day, the days summed: the key of their hash
    /// changes with the day.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn visitors(&self, store: &Store) -> Result<u64, Error> {
        let sql = self.statement([VISITORS_OF_LINK, VISITORS_OF_WORKSPACE, VISITORS_OF_TAG]);
        self.rows(store, sql, []).await?.iter().map(|row| row.count(0)).sum()
    }

    fn statement(&self, [of_link, of_workspace, of_tag]: [&'static str; 3]) -> &'static str {
        match self.scope {
            Scope::Link(_) => of_link,
            Scope::Workspace(_) => of_workspace,
            Scope::Tag(_) => of_tag,
        }
    }

    async fn rows<const N: usize>(
        &self,
        store: &Store,
        sql: &'static str,
        more: [Value; N],
    ) -> Result<Vec<Row>, Error> {
        let (whose, tag) = match self.scope {
            Scope::Link(link) => (Value::from(*link), None),
            Scope::Workspace(workspace) => (Value::from(*workspace), None),
            Scope::Tag(Tagged { workspace, tag }) => {
                (Value::from(*workspace), Some(tag.as_str().into()))
            }
        };
        let span = [whose, self.span.from.into(), self.span.to.into()];
        let params = span.into_iter().chain(self.filter.params()).chain(more).chain(tag).collect();
        store.query(sql, params).await
    }
}
