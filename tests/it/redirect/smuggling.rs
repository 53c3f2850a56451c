//! No request is read where somebody else reads a body: sent directly, and behind reverse proxies
//! that share their connections to the server among all clients.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::corpus::{CASES, SMUGGLED, SMUGGLED_BYTES, Second};
use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get};
use crate::support::reverse_proxy::{Kind, ReverseProxy};

/// Proxies give a silent client a second; the rest is for a busy machine.
const CLOSING: Duration = Duration::from_secs(30);

/// Requests that a bystander sends at once.
const PIPELINED: usize = 8;

/// A case, with links of its own.
struct Attack {
    second: Second,
    /// The case as it stands in the table.
    case: &'static str,
    bytes: Vec<u8>,
    first: Link,
    hidden: Link,
}

/// What a client was answered.
#[derive(Debug, Default)]
struct Answers {
    /// All of them.
    heads: usize,
    /// How often each target was named.
    targets: BTreeMap<String, u64>,
}

/// A server that gives up on half a request soon.
fn options() -> Options {
    Options::sqlite().set("CAROM_EDGE__HEADER_TIMEOUT_MS", 1_000)
}

fn link(carom: &Carom, code: &str) -> Link {
    carom.create_link(&json!({ "url": format!("https://{code}.example/"), "code": code }))
}

impl Attack {
    fn all(carom: &Carom) -> Vec<Self> {
        let attack = |(place, &(second, case)): (usize, &(Second, &'static str))| {
            let [first, hidden] = ["a", "b"].map(|lead| link(carom, &format!("{lead}{place:03}")));
            let request = case.replace("{S}", SMUGGLED);
            let bytes = request.replace("{A}", &first.code).replace("{B}", &hidden.code);
            Self { second, case, bytes: bytes.into_bytes(), first, hidden }
        };
        CASES.iter().enumerate().map(attack).collect()
    }

    fn run(&self, server: SocketAddr) -> Answers {
        let mut connection = Connection::open(server);
        // It may be refused before all of it was sent.
        let _ = connection.try_send_raw(&self.bytes);
        Answers::read(&connection.read_to_close(CLOSING))
    }

    /// Checks what came of it: nobody else's answer, and no click without an answer.
    fn judge(&self, carom: &Carom, answers: &Answers) {
        let seen = |link: &Link| answers.targets.get(&link.url).copied().unwrap_or(0);
        let foreign =
            answers.targets.keys().find(|it| ![&self.first.url, &self.hidden.url].contains(it));
        assert_eq!(foreign, None, "{:?} was given another's answer", self.case);
        for link in [&self.first, &self.hidden] {
            let clicks = carom.clicks(link).total;
            assert!(clicks <= seen(link), "{:?}: {clicks} clicks, {answers:?}", self.case);
        }
        if self.second == Second::Hidden {
            assert_eq!(carom.clicks(&self.hidden).total, 0, "{:?} smuggled a request", self.case);
        }
    }
}

impl Answers {
    fn read(bytes: &[u8]) -> Self {
        let mut answers = Self::default();
        for line in String::from_utf8_lossy(bytes).lines() {
            // Every page ends with its line, so that each answer begins one.
            answers.heads += usize::from(line.starts_with("HTTP/1."));
            let target = line.split_once(": ").filter(|it| it.0.eq_ignore_ascii_case("location"));
            if let Some((_, target)) = target {
                *answers.targets.entry(target.to_owned()).or_default() += 1;
            }
        }
        answers
    }
}

/// Asks for links of its own, several at a time, and returns how many answers it got: all of them,
/// in their order.
fn bystand(server: SocketAddr, links: &[Link]) -> usize {
    let mut connection = Connection::open(server);
    let request = |link: &Link| format!("GET /{} HTTP/1.1\r\nHost: c\r\n\r\n", link.code);
    connection.send_raw(links.iter().map(request).collect::<String>().as_bytes());
    for link in links {
        let response = connection.read_response();
        assert_eq!(response.status, 302, "{}", response.text());
        assert_eq!(response.header("location"), Some(link.url.as_str()), "an answer was swapped");
    }
    links.len()
}

/// Requests that were answered at the edge, of every sort.
fn answered(carom: &Carom) -> usize {
    let metrics = get(carom.admin(), "/metrics");
    let count = |line: &str| {
        let value = line.strip_prefix("carom_answers_total{")?.rsplit_once(' ')?.1;
        value.parse::<usize>().ok()
    };
    metrics.text().lines().filter_map(count).sum()
}

/// Lets every case happen at once while others go about their business.
fn nothing_is_smuggled(carom: &Carom, server: SocketAddr) {
    let attacks = Attack::all(carom);
    let others: Vec<_> = (0..PIPELINED).map(|place| link(carom, &format!("c{place:03}"))).collect();
    let mut answers = bystand(server, &others);
    thread::scope(|scope| {
        let attackers: Vec<_> =
            attacks.iter().map(|attack| scope.spawn(|| attack.run(server))).collect();
        while attackers.iter().any(|attacker| !attacker.is_finished()) {
            answers += bystand(server, &others);
        }
        for (attack, attacker) in attacks.iter().zip(attackers) {
            let seen = attacker.join().expect("no panic");
            attack.judge(carom, &seen);
            answers += seen.heads;
        }
    });
    // Whatever waited on a shared connection would come now.
    answers += bystand(server, &others);
    let answered = answered(carom);
    assert!(
        (2 * PIPELINED..=answers).contains(&answered),
        "{answered} answered, {answers} arrived"
    );
}

#[test]
fn the_cases_are_what_they_claim_to_be() {
    assert_eq!(SMUGGLED.replace("{B}", "b000").len(), SMUGGLED_BYTES);
    assert!(CASES.len() >= 40);
    assert!(CASES.iter().all(|(_, case)| case.contains("{A}") || !case.starts_with("GET")));
}

#[test]
fn nothing_is_smuggled_into_the_server() {
    // Proxies keep their connections; these clients are to be let go.
    let carom = Carom::start(options().set("CAROM_EDGE__IDLE_TIMEOUT_MS", 1_000));
    nothing_is_smuggled(&carom, carom.edge());
}

#[test]
fn nothing_is_smuggled_through_nginx() {
    let carom = Carom::start(options());
    if let Some(proxy) = ReverseProxy::start(Kind::Nginx, carom.edge()) {
        nothing_is_smuggled(&carom, proxy.address());
    }
}

#[test]
fn nothing_is_smuggled_through_haproxy() {
    let carom = Carom::start(options());
    if let Some(proxy) = ReverseProxy::start(Kind::Haproxy, carom.edge()) {
        nothing_is_smuggled(&carom, proxy.address());
    }
}
