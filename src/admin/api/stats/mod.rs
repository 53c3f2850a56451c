//! Statistics and visits over HTTP.
//!
//! | file | what it holds |
//! |---|---|
//! | `read` | `GET /api/v1/links/{id}/stats`, `GET /api/v1/stats` |
//! | `query` | parameters by name: each once, none unknown |
//! | `period` | from when to when, by whose clocks |
//! | `asked` | parameters as a question |
//! | `view` | an answer as clients see it |
//! | `lately` | the last days of many links |
//! | `visits` | `GET /api/v1/links/{id}/visits`: pages, and where they begin; `GET /api/v1/visits` |
//! | `csv` | visits as a table, streamed |
//!
//! What is answered stands in [`crate::clicks::stats`].

pub(in crate::admin) mod asked;
pub(in crate::admin) mod csv;
pub(in crate::admin) mod lately;
mod period;
pub(in crate::admin) mod query;
pub(in crate::admin) mod read;
pub(in crate::admin) mod view;
pub(in crate::admin) mod visits;
