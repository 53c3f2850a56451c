//! Whether a name is whose they say it is: a TXT record that only the name's owner can set.
//!
//! The resolver is the system's or a configured one. What it says is not kept: whoever has just set a
//! record must not be told for an hour that there is none.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;

use crate::model::id::DomainId;
use crate::model::random;

/// Time for a lookup, all its tries together.
pub const TIMEOUT: Duration = Duration::from_secs(3);

/// Time for one try, after which the question is sent again.
const TRY_TIMEOUT: Duration = Duration::from_millis(1400);

/// Letters of a token: 160 bits and more.
const TOKEN_LENGTH: usize = 32;
const TOKEN_ALPHABET: &[u8; 34] = b"123456789abcdefghijkmnopqrstuvwxyz";

/// Of the records that were seen, so many are told, and of each so many characters.
const TOLD_MAX: usize = 5;
const TOLD_LENGTH_MAX: usize = 80;

/// Asks a resolver for records.
#[derive(Debug, Clone, Default)]
pub struct Dns {
    /// None: what `/etc/resolv.conf` says at that moment.
    server: Option<SocketAddr>,
    under_way: Arc<Mutex<HashSet<DomainId>>>,
}

/// The right to look a claim's record up, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    claim: DomainId,
    under_way: Arc<Mutex<HashSet<DomainId>>>,
}

/// Why a name is not proven. Each sentence says what was seen and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Unproven {
    /// No such record.
    #[error(
        "there is no TXT record at `{name}`: set it, and try again when the name's servers know it"
    )]
    Absent {
        /// Where it was looked for.
        name: String,
    },
    /// Other records.
    #[error(
        "the TXT records at `{name}` are {seen}, and none is `{wanted}`: set that one beside them"
    )]
    Different {
        /// Where it was looked for.
        name: String,
        /// What is there.
        seen: String,
        /// What should be there.
        wanted: String,
    },
    /// Nobody answered.
    #[error("no resolver answered within {} s when asked for `{name}`: try again", TIMEOUT.as_secs())]
    Silent {
        /// What was asked for.
        name: String,
    },
    /// Somebody answered, but not with what there is.
    #[error("`{name}` could not be looked up ({why}): see to the name's servers, and try again")]
    Failed {
        /// What was asked for.
        name: String,
        /// What the resolver said.
        why: String,
    },
}

/// What the record of a claim with this token must hold.
#[must_use]
pub fn record_value(token: &str) -> String {
    format!("carom-verification={token}")
}

/// Where the record of this host must stand.
#[must_use]
pub fn record_name(host: &str) -> String {
    format!("_carom.{host}")
}

/// A token for a new claim.
#[must_use]
pub fn new_token() -> String {
    random::text(TOKEN_ALPHABET, TOKEN_LENGTH)
}

impl Dns {
    /// Asks this resolver; without one, those that the system asks.
    #[must_use]
    pub fn new(server: Option<SocketAddr>) -> Self {
        Self { server, under_way: Arc::default() }
    }

    /// The right to look up the record of a claim, or nothing while somebody else does.
    #[must_use]
    pub fn turn(&self, claim: DomainId) -> Option<Turn> {
        let mut all = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = all.insert(claim);
        is_first.then(|| Turn { claim, under_way: Arc::clone(&self.under_way) })
    }

    /// Looks whether the record of `host` holds `token`.
    ///
    /// # Errors
    /// It does not, or nobody can tell.
    pub async fn prove(&self, host: &str, token: &str) -> Result<(), Unproven> {
        let (name, wanted) = (record_name(host), record_value(token));
        let texts = match tokio::time::timeout(TIMEOUT, self.texts(&name)).await {
            Ok(Ok(texts)) => texts,
            Ok(Err(NetError::Timeout)) | Err(_) => return Err(Unproven::Silent { name }),
            Ok(Err(error)) if error.is_no_records_found() || error.is_nx_domain() => Vec::new(),
            Ok(Err(error)) => return Err(Unproven::Failed { name, why: error.to_string() }),
        };
        if texts.is_empty() {
            return Err(Unproven::Absent { name });
        }
        if texts.contains(&wanted) {
            return Ok(());
        }
        Err(Unproven::Different { name, seen: told(&texts), wanted })
    }

    async fn texts(&self, name: &str) -> Result<Vec<String>, NetError> {
        // With the last dot: no search list of this machine is tried.
        let found = self.resolver()?.txt_lookup(format!("{name}.")).await?;
        let texts = found.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
            _ => None,
        });
        Ok(texts.collect())
    }

    /// Made anew for each lookup: they are rare, and the system's resolvers may be others by now.
    fn resolver(&self) -> Result<TokioResolver, NetError> {
        let mut builder = match self.server {
            None => TokioResolver::builder_tokio()?,
            Some(server) => {
                let config = ResolverConfig::from_name_servers(vec![name_server(server)]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        let options = builder.options_mut();
        options.timeout = TRY_TIMEOUT;
        options.attempts = 1;
        options.cache_size = 0;
        builder.build()
    }
}

fn name_server(server: SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    let at_port = connections.map(|mut connection| {
        connection.port = server.port();
        connection
    });
    NameServerConfig::new(server.ip(), true, at_port.into())
}

/// Strangers wrote it: nothing in it may be more than a text on one line.
fn told(texts: &[String]) -> String {
    let one = |text: &String| {
        let short: String = text.chars().take(TOLD_LENGTH_MAX).collect();
        let rest = if short.len() < text.len() { "…" } else { "" };
        format!("`{}{rest}`", short.escape_debug())
    };
    let mut told: Vec<_> = texts.iter().take(TOLD_MAX).map(one).collect();
    if texts.len() > TOLD_MAX {
        told.push(format!("{} more", texts.len() - TOLD_MAX));
    }
    told.join(", ")
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut all = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.claim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_looks_a_claim_up() {
        let (dns, claim) = (Dns::new(None), DomainId::random());
        let turn = dns.turn(claim);
        assert!(turn.is_some() && dns.turn(claim).is_none());
        assert!(dns.turn(DomainId::random()).is_some());
        drop(turn);
        assert!(dns.clone().turn(claim).is_some());
    }

    #[test]
    fn what_strangers_wrote_is_told_on_one_short_line() {
        let texts: Vec<_> =
            ["a\nb", &"x".repeat(90), "", "d", "e", "f", "g"].map(String::from).into();
        let expected = format!("`a\\nb`, `{}…`, ``, `d`, `e`, 2 more", "x".repeat(80));
        assert_eq!(told(&texts), expected);
    }
}
