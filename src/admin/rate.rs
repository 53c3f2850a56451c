//! How much one caller may ask for: so many readings and so many writes a minute for each key or
//! session, and so many requests of any sort for each network, whatever credentials they carry.
//!
//! Answers say what is left (`RateLimit`, `RateLimit-Policy`: draft-ietf-httpapi-ratelimit-headers),
//! and beyond it `429` with `Retry-After`. What is counted is this node's alone.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::{StateInformationMiddleware, StateSnapshot};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use sha2::{Digest, Sha256};

use super::auth::Peer;
use super::pages::refused::Reader;
use super::problem::{Kind, Problem};
use crate::model::network::of_one_customer;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Seconds that a limit is said for.
const WINDOW_S: u32 = 60;

/// How often those who have asked for nothing lately are forgotten.
pub(super) const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Requests a minute; 0 for no limit.
#[derive(Debug, Clone, Copy)]
pub struct RateLimits {
    /// Readings of one key or session.
    pub reads: u32,
    /// Writes of one key or session.
    pub writes: u32,
    /// Requests of one network (an IPv4 address, an IPv6 /64).
    pub network: u32,
}

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// Whoever is counted under one credential, by its digest: this is no place for secrets.
type Credential = [u8; 16];

/// Counts requests.
pub(super) struct Rates {
    reads: Option<Class<Credential>>,
    writes: Option<Class<Credential>>,
    networks: Option<Class<IpAddr>>,
    clock: DefaultClock,
}

/// One sort of request.
struct Class<K: std::hash::Hash + Eq + Clone> {
    name: &'static str,
    limiter: Limiter<K>,
    policy: HeaderValue,
}

/// What is left of a limit, and how long until all of it is there again.
struct Left {
    left: HeaderValue,
    policy: HeaderValue,
}

/// Nothing is left.
struct Exceeded {
    left: Left,
    wait: Duration,
}

impl Rates {
    /// These limits.
    pub(super) fn new(limits: RateLimits) -> Self {
        Self {
            reads: Class::new("read", limits.reads),
            writes: Class::new("write", limits.writes),
            networks: Class::new("network", limits.network),
            clock: DefaultClock::default(),
        }
    }

    /// Forgets who has asked for nothing lately.
    pub(super) fn sweep(&self) {
        for class in [&self.reads, &self.writes].into_iter().flatten() {
            class.limiter.retain_recent();
        }
        if let Some(networks) = &self.networks {
            networks.limiter.retain_recent();
        }
    }

    /// Counts a request. What is said of is the credential's limit, where there is a credential.
    fn count(&self, request: &Request) -> Result<Option<Left>, Exceeded> {
        let peer = request.extensions().get::<Peer>();
        let network = peer.map(|Peer(peer)| of_one_customer(peer.ip()));
        let of_network = match (&self.networks, network) {
            (Some(class), Some(network)) => Some(class.count(&network, &self.clock)?),
            _ => None,
        };
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        let class = if is_read { &self.reads } else { &self.writes };
        match (class, credential(request.headers())) {
            (Some(class), Some(credential)) => class.count(&credential, &self.clock).map(Some),
            _ => Ok(of_network),
        }
    }
}

impl Left {
    fn headers(self) -> [(HeaderName, HeaderValue); 2] {
        [(RATE_LIMIT, self.left), (POLICY, self.policy)]
    }
}

impl<K: std::hash::Hash + Eq + Clone> Class<K> {
    fn new(name: &'static str, a_minute: u32) -> Option<Self> {
        let quota = Quota::per_minute(NonZeroU32::new(a_minute)?);
        let policy = format!("\"{name}\";q={a_minute};w={WINDOW_S}");
        Some(Self {
            name,
            limiter: RateLimiter::dashmap(quota).with_middleware(),
            policy: HeaderValue::try_from(policy).expect("a name and digits"),
        })
    }

    fn count(&self, key: &K, clock: &DefaultClock) -> Result<Left, Exceeded> {
        match self.limiter.check_key(key) {
            Ok(state) => Ok(self.left(&state, Duration::ZERO)),
            Err(not_until) => {
                let wait = not_until.wait_time_from(clock.now());
                let left = format!("\"{}\";r=0;t={}", self.name, seconds(wait));
                Err(Exceeded { left: self.said(&left), wait })
            }
        }
    }

    fn left(&self, state: &StateSnapshot, wait: Duration) -> Left {
        let (quota, left) = (state.quota(), state.remaining_burst_capacity());
        let used = quota.burst_size().get().saturating_sub(left);
        let refilled = quota.replenish_interval().saturating_mul(used) + wait;
        self.said(&format!("\"{}\";r={left};t={}", self.name, seconds(refilled)))
    }

    fn said(&self, left: &str) -> Left {
        let left = HeaderValue::try_from(left).expect("a name and digits");
        Left { left, policy: self.policy.clone() }
    }
}

/// Whole seconds, rounded up: whoever waits so long is let in.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// What a request's credentials are, working or not: the network's limit stops who makes them up.
fn credential(headers: &HeaderMap) -> Option<Credential> {
    let sent = headers.get(header::AUTHORIZATION).or_else(|| headers.get(header::COOKIE))?;
    let mut credential = Credential::default();
    credential.copy_from_slice(&Sha256::digest(sent.as_bytes())[..16]);
    Some(credential)
}

/// Lets a request pass, or says when the next one may.
pub(super) async fn limited(
    State(rates): State<Arc<Rates>>,
    request: Request,
    next: Next,
) -> Response {
    let reader = Reader::of(request.headers());
    match rates.count(&request) {
        Ok(left) => {
            let mut response = next.run(request).await;
            response.headers_mut().extend(left.into_iter().flat_map(Left::headers));
            response
        }
        Err(Exceeded { left, wait }) => {
            let wait = seconds(wait).max(1);
            let detail = format!("this is more than the server takes from you: wait {wait} s");
            let problem = Problem::new(Kind::TOO_MANY_REQUESTS, detail).wait(wait);
            let mut response = reader.told(problem);
            response.headers_mut().extend(left.headers());
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(method: Method, peer: &str, key: Option<&str>) -> Request {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        let peer = Peer(peer.parse().expect("an address"));
        request.extensions_mut().insert(peer);
        if let Some(key) = key {
            let key = HeaderValue::from_str(key).expect("a value");
            request.headers_mut().insert(header::AUTHORIZATION, key);
        }
        request
    }

    #[test]
    fn each_key_has_its_own_limits_and_a_network_one_for_all() {
        let rates = Rates::new(RateLimits { reads: 3, writes: 1, network: 6 });
        let passes = |method: Method, peer, key| rates.count(&request(method, peer, key)).is_ok();
        let (here, there) = ("203.0.113.7:1000", "203.0.113.8:1000");
        for _ in 0..3 {
            assert!(passes(Method::GET, here, Some("a")));
        }
        assert!(!passes(Method::GET, here, Some("a")), "its readings");
        assert!(passes(Method::POST, here, Some("a")), "its writes are apart");
        assert!(passes(Method::GET, here, Some("b")), "another key");
        assert!(!passes(Method::GET, here, Some("c")), "the network has had its six");
        assert!(passes(Method::GET, there, Some("c")), "another network");
        rates.sweep();
        assert!(!passes(Method::GET, here, Some("d")), "nobody is forgotten too early");
    }

    #[test]
    fn a_network_is_a_slash_64_of_ipv6() {
        let rates = Rates::new(RateLimits { reads: 0, writes: 0, network: 1 });
        let passes = |peer| rates.count(&request(Method::GET, peer, None)).is_ok();
        assert!(passes("[2001:db8::1]:1"));
        assert!(!passes("[2001:db8::ffff]:1"), "the same /64");
        assert!(passes("[2001:db8:0:1::1]:1"), "the next one");
        assert!(passes("203.0.113.7:1") && !passes("[::ffff:203.0.113.7]:2"));
    }

    #[test]
    fn what_is_left_is_said() {
        let rates = Rates::new(RateLimits { reads: 60, writes: 0, network: 0 });
        let left = rates.count(&request(Method::GET, "203.0.113.7:1", Some("a")));
        let headers = left.ok().flatten().expect("a limit").headers();
        assert_eq!(headers[0].1, "\"read\";r=59;t=1");
        assert_eq!(headers[1].1, "\"read\";q=60;w=60");
        let none = Rates::new(RateLimits { reads: 0, writes: 0, network: 0 });
        assert!(
            none.count(&request(Method::GET, "203.0.113.7:1", None)).is_ok_and(|it| it.is_none())
        );
    }
}
