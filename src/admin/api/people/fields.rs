//! Names, addresses and passwords as people type them.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::Extensions;

use crate::accounts::attempts::TooOften;
use crate::accounts::email::Email;
use crate::accounts::role::Role;
use crate::accounts::{name, password};
use crate::admin::auth::Peer;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;

pub(super) fn email(text: &str) -> Result<Email, Problem> {
    Email::parse(text).map_err(|bad| invalid("email", bad.to_string()))
}

/// A person's or a workspace's name.
pub(super) fn name(text: &str) -> Result<String, Problem> {
    name::check(text).map(str::to_owned).map_err(|bad| invalid("name", bad.to_string()))
}

pub(super) fn role(text: &str) -> Result<Role, Problem> {
    Role::parse(text).map_err(|bad| invalid("role", bad.to_string()))
}

/// What the store keeps of a password that may be chosen for this address.
pub(super) async fn hashed(
    state: &AdminState,
    password: String,
    email: &Email,
) -> Result<String, Problem> {
    password::check(&password, email).map_err(|bad| invalid("password", bad.to_string()))?;
    Ok(state.sign_in.passwords.hash(password).await)
}

/// The address that tries are counted for.
pub(super) fn network(extensions: &Extensions) -> IpAddr {
    let peer = extensions.get::<Peer>();
    peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |Peer(peer)| peer.ip())
}

pub(super) fn too_often(refused: TooOften) -> Problem {
    Problem::new(Kind::TOO_MANY_ATTEMPTS, refused.to_string()).wait(refused.wait_s)
}

pub(super) fn invalid(field: &'static str, why: String) -> Problem {
    Problem::new(Kind::INVALID_BODY, why).at(field)
}
