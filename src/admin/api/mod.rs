//! Links, clicks, domains, keys, people and the audit log over HTTP.
//!
//! | file | what it holds |
//! |---|---|
//! | `shorten` | `POST /shorten`, `POST /api/v1/links` |
//! | `idempotency` | one effect for each `Idempotency-Key` |
//! | `batch` | `POST /api/v1/links/batch` |
//! | `domains` | the domains links are on, claimed and proven |
//! | `list` | `GET /api/v1/links`, page by page |
//! | `links` | read, change and delete one link |
//! | `clicks` | `GET /api/v1/links/{id}/clicks` |
//! | `stats` | statistics and visits |
//! | `keys` | API keys |
//! | `audit` | who did what |
//! | `qr` | `GET /api/v1/links/{id}/qr` |
//! | `people` | signing in, one's own account, members, invitations |
//! | `path` | the id in a path |
//! | `owned` | the link of an id, if its caller owns it |
//! | `etag` | versions as entity tags, `If-Match`, `If-None-Match` |
//! | `answer` | answers that hold a link |
//! | `finish` | writes that end although their caller hangs up |

pub(super) mod answer;
pub(super) mod audit;
pub(super) mod batch;
pub(super) mod clicks;
pub(super) mod domains;
pub(super) mod etag;
mod finish;
pub(super) mod idempotency;
pub(super) mod keys;
pub(super) mod links;
pub(super) mod list;
pub(super) mod owned;
pub(super) mod path;
pub(super) mod people;
pub(super) mod qr;
pub(super) mod shorten;
pub(super) mod stats;
