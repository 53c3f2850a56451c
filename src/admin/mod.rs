//! The admin listener: links, their clicks, health and metrics over HTTP.
//!
//! ```text
//!  serve → router →   auth    → body → api/… → store
//!  bind     routes  key, cookie  JSON  write, then forget in the cache, then answer
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`serve`] | connections, from accepting them to the last answer |
//! | `router` | every route on one page, and what holds for all of them |
//! | [`state`] | what handlers work with |
//! | `auth` | who calls, in which workspace, and whether they may |
//! | `session` | people who have signed in, by their cookie |
//! | [`sign_in`] | passwords, attempts and the cookie |
//! | [`rate`] | how much one caller may ask for |
//! | `body` | JSON bodies, and what is wrong with the others |
//! | `openapi` | the contract as a document |
//! | `problem` | errors as clients see them (RFC 9457) |
//! | `api` | links, clicks, domains, keys, people |
//! | `pages` | the same for people, in a browser |
//! | [`live`] | visits as they happen |
//! | `health` | `/healthz`, `/readyz` |
//! | `metrics` | `/metrics` |
//! | [`table`] | rows as CSV |
//!
//! What a valid link is stands in [`crate::links`], who may act in [`crate::accounts`]. Nothing here
//! knows SQL or the redirect listener.

mod api;
mod auth;
mod body;
mod health;
pub mod live;
mod metrics;
mod openapi;
mod pages;
mod problem;
pub mod rate;
mod router;
pub mod serve;
mod session;
pub mod sign_in;
pub mod state;
pub mod table;
