//! What the admin listener promises to programs, proved over sockets on both databases.
//!
//! | file | what it proves |
//! |---|---|
//! | [`making`] | a link is made, redirects, and what is refused is refused with a reason |
//! | [`once`] | one effect for each `Idempotency-Key` |
//! | [`changing`] | reading, changing and deleting a link, also conditionally, at once on this node |
//! | [`lists`] | pages, searches |
//! | [`callers`] | keys: who may do what, and whose links are whose |
//! | [`keys`] | keys are made, confined, rotated and revoked |
//! | [`audit`] | who did what is told |
//! | [`contract`] | the OpenAPI document is what the server does |
//! | [`rates`] | how much one caller may ask for |
//! | [`counting`] | totals to the last redirect |
//! | [`statistics`] | sums over time in any zone, dimensions, filters |
//! | [`visits`] | single clicks, page by page and as a table |
//! | [`surface`] | what holds for every answer; health and metrics |
//! | [`limits`] | what takes too long, is too large or has no store behind it |
//! | [`batch`] | many links by one request |
//! | [`told`] | what few links are told, and QR codes |
//!
//! A promise is a function of a running server; [`on_both`] makes two tests of it, `sqlite::…` and
//! `postgres::…`.

/// Makes two tests of each promise.
macro_rules! on_both {
    ($($promise:ident),* $(,)?) => {
        mod sqlite {
            use $crate::admin_api::fixture::on_sqlite;
            $(#[test]
            fn $promise() {
                on_sqlite(super::$promise);
            })*
        }

        mod postgres {
            use $crate::admin_api::fixture::on_postgres;
            $(#[test]
            fn $promise() {
                on_postgres(super::$promise);
            })*
        }
    };
}

mod audit;
mod batch;
mod callers;
mod changing;
mod contract;
mod counting;
pub(crate) mod fixture;
mod keys;
mod limits;
mod lists;
mod making;
mod once;
mod rates;
mod statistics;
mod surface;
mod told;
mod visits;
