//! Statistics and visits over HTTP.
//!
//! | file | what it holds |
//! |---|---|
//! | `read` | `GET /api/v1/links/{id}/stats`, `GET /api/v1/stats` |
//! | `query` | parameters by name: each once, none unknown |
//! | `period` | from when to when, by whose clocks |
//! | `asked` | parameters as a question |
//! | `view` | an answer as clients see it |
//! | `visits` | `GET /api/v1/links/{id}/visits`: pages, and where they begin |
//! | `csv` | visits as a table, streamed |
//!
//! What is answered stands in [`crate::clicks::stats`].

mod asked;
mod csv;
mod period;
mod query;
pub(in crate::admin) mod read;
mod view;
pub(in crate::admin) mod visits;
