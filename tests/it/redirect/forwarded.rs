//! Whose word about a client's address is taken: strangers' never, proxies' from the right.

use std::fs;
use std::net::IpAddr;

use serde_json::Value;

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::Connection;
use crate::support::mmdb::{Located, database};
use crate::support::wait::{SOON, eventually};

const STRANGER: &str = "127.0.0.1";

/// Trusted; `10.0.0.0/8` is too, and stands between it and its clients.
const PROXY: &str = "127.0.0.9";

/// Some clients, each in a city of its own.
const CLIENTS: [Located; 3] = [
    Located { address: "192.0.2.0", prefix: 24, country: "AT", region: "7", city: "Innsbruck" },
    Located { address: "198.51.100.0", prefix: 24, country: "JP", region: "", city: "Kyoto" },
    Located { address: "2001:db8:1::", prefix: 48, country: "CA", region: "", city: "Montréal" },
];

const INNSBRUCK: Option<&str> = Some("Innsbruck, AT");
const KYOTO: Option<&str> = Some("Kyoto, JP");
const MONTREAL: Option<&str> = Some("Montréal, CA");

/// A server that trusts a proxy and knows where clients are.
fn server(header: &str) -> (Carom, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let places = directory.path().join("city.mmdb");
    fs::write(&places, database(&CLIENTS)).expect("a database");
    let options = Options::sqlite()
        .set("CAROM_EDGE__TRUSTED_PROXIES", format!("{PROXY}, 10.0.0.0/8"))
        .set("CAROM_EDGE__FORWARDED_HEADER", header)
        .set("CAROM_CLICKS__GEO_DATABASE", places.display());
    (Carom::start(options), directory)
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Follows a link from this peer with these headers.
fn follow(carom: &Carom, link: &Link, peer: &str, headers: &[(&str, &str)]) {
    let mut connection = Connection::open_from(address(peer), carom.edge());
    connection.send("GET", &format!("/{}", link.code), headers, b"");
    let response = connection.read_response();
    assert_eq!(response.status, 302);
    assert_eq!(response.header("location"), Some(link.url.as_str()));
}

/// The visits of a link, once there are so many.
fn visits(carom: &Carom, link: &Link, count: usize) -> Vec<Value> {
    eventually(SOON, "every visit is in the store", || {
        let response = carom.call("GET", &format!("/api/v1/links/{}/visits", link.id), None);
        let visits = response.json()["visits"].as_array().expect("visits").clone();
        (visits.len() == count).then_some(visits)
    })
}

/// Where a click came from that was sent by this peer with these headers.
fn city(carom: &Carom, peer: &str, headers: &[(&str, &str)]) -> Option<String> {
    let link = carom.link_to("https://example.com/");
    follow(carom, &link, peer, headers);
    visits(carom, &link, 1)[0]["city"].as_str().map(str::to_owned)
}

/// How many visitors there were when each of these clients is claimed once by this peer.
fn visitors(carom: &Carom, peer: &str, claims: &[(&str, &str)]) -> usize {
    let link = carom.link_to("https://example.com/");
    for claim in claims {
        follow(carom, &link, peer, &[*claim]);
    }
    let mut visitors: Vec<_> = visits(carom, &link, claims.len())
        .iter()
        .map(|visit| visit["visitor"].as_str().expect("a visitor").to_owned())
        .collect();
    visitors.sort();
    visitors.dedup();
    visitors.len()
}

#[test]
fn what_strangers_say_about_their_address_changes_nothing() {
    let (carom, _places) = server("x-forwarded-for");
    for headers in [
        &[][..],
        &[("X-Forwarded-For", "192.0.2.7")],
        &[("X-Forwarded-For", "192.0.2.7, 127.0.0.9")],
        &[("X-Forwarded-For", "192.0.2.7, 10.0.0.1")],
        &[("Forwarded", "for=192.0.2.7")],
        &[("X-Real-IP", "192.0.2.7"), ("True-Client-IP", "192.0.2.7")],
        &[("CF-Connecting-IP", "192.0.2.7"), ("Client-IP", "192.0.2.7"), ("Via", "1.1 192.0.2.7")],
    ] {
        assert_eq!(city(&carom, STRANGER, headers), None, "{headers:?}");
    }
    let claims = ["192.0.2.7", "198.51.100.7", "203.0.113.7"].map(|it| ("X-Forwarded-For", it));
    assert_eq!(visitors(&carom, STRANGER, &claims), 1, "a stranger cannot be several visitors");
    assert_eq!(visitors(&carom, PROXY, &claims), 3);
}

#[test]
fn a_proxy_is_believed_from_the_right() {
    let (carom, _places) = server("x-forwarded-for");
    for (lines, expected) in [
        (&[][..], None),
        (&["192.0.2.7"], INNSBRUCK),
        (&["198.51.100.9, 192.0.2.7"], INNSBRUCK),
        (&["198.51.100.9, 192.0.2.7, 10.1.2.3"], INNSBRUCK),
        (&["198.51.100.9", "192.0.2.7", "10.1.2.3, 10.1.2.4"], INNSBRUCK),
        (&["192.0.2.7, 198.51.100.9"], KYOTO),
        (&["192.0.2.7, [2001:db8:1::7]:4711, 10.1.2.3"], MONTREAL),
        (&["::ffff:192.0.2.7"], INNSBRUCK),
        (&["192.0.2.7, rubbish"], None),
        (&["192.0.2.7, unknown, 10.1.2.3"], None),
        (&["192.0.2.7, 203.0.113.5"], None),
        (&["192.0.2.7;198.51.100.9"], None),
    ] {
        let headers: Vec<_> = lines.iter().map(|line| ("X-Forwarded-For", *line)).collect();
        assert_eq!(city(&carom, PROXY, &headers).as_deref(), expected, "{lines:?}");
    }
    // The header that this proxy does not write comes from its client.
    let other = [("Forwarded", "for=198.51.100.9"), ("X-Forwarded-For", "192.0.2.7")];
    assert_eq!(city(&carom, PROXY, &other).as_deref(), INNSBRUCK);
    assert_eq!(city(&carom, PROXY, &other[..1]), None);
}

#[test]
fn the_standard_header_is_read_from_the_right_where_it_is_the_one() {
    let (carom, _places) = server("forwarded");
    for (line, expected) in [
        ("for=192.0.2.7", INNSBRUCK),
        ("for=198.51.100.9, for=192.0.2.7;proto=https;by=127.0.0.9", INNSBRUCK),
        ("for=198.51.100.9, for=192.0.2.7, For=\"10.1.2.3:80\"", INNSBRUCK),
        ("for=\"[2001:db8:1::7]:4711\"", MONTREAL),
        ("for=192.0.2.7, for=_hidden", None),
        ("for=192.0.2.7, proto=https", None),
    ] {
        let seen = city(&carom, PROXY, &[("Forwarded", line)]);
        assert_eq!(seen.as_deref(), expected, "{line}");
        assert_eq!(city(&carom, STRANGER, &[("Forwarded", line)]), None, "{line}");
    }
    assert_eq!(city(&carom, PROXY, &[("X-Forwarded-For", "192.0.2.7")]), None);
}

#[test]
fn a_claimed_address_does_not_get_round_the_limit_of_connections() {
    let options = Options::sqlite()
        .set("CAROM_EDGE__TRUSTED_PROXIES", PROXY)
        .set("CAROM_EDGE__CONNECTIONS_PER_ADDRESS_MAX", 3);
    let carom = Carom::start(options);
    let path = format!("/{}", carom.link_to("https://example.com/").code);
    let open = |peer: &str, claimed: usize| {
        let mut connection = Connection::open_from(address(peer), carom.edge());
        let claim = format!("192.0.2.{claimed}");
        let sent = connection.try_send("GET", &path, &[("X-Forwarded-For", &claim)], b"");
        let answer = sent.and_then(|()| connection.try_read_response());
        (connection, answer.is_ok_and(|answer| answer.status == 302))
    };
    let strangers: Vec<_> = (0..6).map(|place| open(STRANGER, place)).collect();
    assert_eq!(strangers.iter().filter(|(_, is_served)| *is_served).count(), 3);
    // A proxy brings everybody's connections.
    let proxied: Vec<_> = (0..6).map(|place| open(PROXY, place)).collect();
    assert!(proxied.iter().all(|(_, is_served)| *is_served));
}
