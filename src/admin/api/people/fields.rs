//! Names, addresses and passwords as people type them.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::Extensions;

use crate::accounts::attempts::TooOften;
use crate::accounts::email::Email;
use crate::accounts::password;
use crate::accounts::role::Role;
use crate::admin::auth::Peer;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;

/// Characters of a name at most.
const NAME_LENGTH_MAX: usize = 128;

pub(super) fn email(text: &str) -> Result<Email, Problem> {
    Email::parse(text).map_err(|bad| invalid("email", bad.to_string()))
}

/// A person's or a workspace's name.
pub(super) fn name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    let length = name.chars().count();
    if (1..=NAME_LENGTH_MAX).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    let why = format!("a name has 1 to {NAME_LENGTH_MAX} characters and none that cannot be seen");
    Err(invalid("name", why))
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
