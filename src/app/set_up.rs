//! The set-up: how somebody gets the first account of a store, without a key and without a shell.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::accounts::token::Token;
use crate::config::Role;
use crate::store::{Error, Store, setup};

/// What a start found out about the set-up.
pub(super) enum SetUp {
    /// Whoever shows this token makes the first account.
    Offered(Token),
    /// A token was offered before, and nobody has an account yet. Which token it was is not known.
    Waiting,
    /// Somebody has an account, or this process has nothing to do with it.
    Over,
}

/// Offers a token if nobody has an account and none was offered before.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn offer(store: &Store, role: Role) -> Result<SetUp, Error> {
    // Only who can show the address takes the one token there is.
    if !role.administers() {
        return Ok(SetUp::Over);
    }
    let token = Token::random();
    if setup::open(store, token.digest_text()).await? {
        return Ok(SetUp::Offered(token));
    }
    Ok(if setup::is_waiting(store).await? { SetUp::Waiting } else { SetUp::Over })
}

/// The address of the set-up on this admin listener. The token is its fragment, which browsers keep
/// to themselves (RFC 9110 §7.1), so that it stands in no log.
#[must_use]
pub fn url(admin: SocketAddr, token: &Token) -> String {
    format!("http://{}/set-up#{}", reachable(admin), token.reveal())
}

/// An address that leads to this listener from the same machine.
pub(super) fn reachable(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listener.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_a_fragment_and_the_host_one_that_leads_somewhere() {
        let token = Token::random();
        for (listener, host) in [
            ("127.0.0.1:8081", "127.0.0.1:8081"),
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:8081", "[::1]:8081"),
            ("192.0.2.1:8081", "192.0.2.1:8081"),
        ] {
            let url = url(listener.parse().expect("an address"), &token);
            assert_eq!(url, format!("http://{host}/set-up#{}", token.reveal()));
        }
    }
}
