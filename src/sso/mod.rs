//! Sign-in by OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1).
//!
//! ```text
//!  begin    provider ─► where to send the browser; a cookie; what is remembered meanwhile
//!                            │ the person signs in there, and comes back with a code and our state
//!  finish   pending ─► code ─► ID token ─► person ─► rules: who that is here, or why not
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`provider`] | the two steps, and what is known of the provider |
//! | [`pending`] | a sign-in under way: what is remembered, and where |
//! | [`person`] | who the provider says that somebody is |
//! | [`rules`] | who may sign in so, and as whom |
//! | [`failure`] | why a sign-in came to nothing, by what is to be done about it |
//! | `http` | requests to the provider: few bytes, not long, nowhere else |
//!
//! A provider is asked for the first time when somebody signs in; one that is down harms nobody else.
//! Nothing here knows the store or the admin side's HTTP.

pub mod failure;
mod http;
pub mod pending;
pub mod person;
pub mod provider;
pub mod rules;
