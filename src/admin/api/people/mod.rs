//! People over HTTP: signing in, their own account, and who belongs to a workspace.
//!
//! | file | what it holds |
//! |---|---|
//! | `setup` | `POST /api/v1/setup`: the first owner, once |
//! | `session` | `/api/v1/session`: signing in and out |
//! | `oidc` | `/api/v1/session/oidc`: signing in at a provider |
//! | `arrival` | whose account it is that somebody from a provider comes for |
//! | `ways_in` | `/api/v1/sign-in`: how people can sign in |
//! | `begin` | how every session begins, whatever it was proved with |
//! | `me` | `/api/v1/me`: one's own name and password |
//! | `sessions` | `/api/v1/me/sessions`: one's own sessions |
//! | `totp` | `/api/v1/me/totp`: one's own second factor |
//! | `workspaces` | `/api/v1/workspaces`, `/api/v1/workspace` |
//! | `members` | `/api/v1/members`: who belongs to the workspace |
//! | `invitations` | `/api/v1/invitations`: who is invited |
//! | `accept` | invitations looked at and accepted |
//! | `fields` | names, addresses and passwords as people type them |
//! | `view` | people as programs read them |

pub(in crate::admin) mod accept;
mod arrival;
pub(in crate::admin) mod begin;
mod fields;
pub(in crate::admin) mod invitations;
pub(in crate::admin) mod me;
pub(in crate::admin) mod members;
pub(in crate::admin) mod oidc;
pub(in crate::admin) mod session;
pub(in crate::admin) mod sessions;
pub(in crate::admin) mod setup;
pub(in crate::admin) mod totp;
pub(in crate::admin) mod view;
pub(in crate::admin) mod ways_in;
pub(in crate::admin) mod workspaces;
