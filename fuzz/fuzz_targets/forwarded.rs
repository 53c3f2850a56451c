//! Whatever a client and its proxies write about addresses: somebody is the client, and what stands
//! to the left of the first stranger changes nothing.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use carom::forwarded::TrustedProxies;
use carom::model::network::{ForwardedHeader, Networks};
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use libfuzzer_sys::fuzz_target;

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

fn headers(header: ForwardedHeader, lines: &[&[u8]]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(header.name(), HeaderValue::from_bytes(line).ok()?);
    }
    Some(headers)
}

fuzz_target!(|input: (bool, Vec<&[u8]>)| {
    let (is_standard, lines) = input;
    let header =
        if is_standard { ForwardedHeader::Forwarded } else { ForwardedHeader::XForwardedFor };
    let networks = Networks::parse("10.0.0.0/8, 2001:db8:ffff::/48").expect("networks");
    let proxies = TrustedProxies { networks, header };
    let Some(written) = headers(header, &lines) else { return };
    let found = proxies.client(PROXY, &written);
    assert_eq!(found, found.to_canonical());
    // The proxy adds whom it was asked by, to the last line or in a line of its own.
    let appended: &[u8] = if is_standard { b"for=192.0.2.7" } else { b"192.0.2.7" };
    let whole = [&lines[..], &[appended]].concat();
    let whole = headers(header, &whole).expect("lines that were headers before");
    assert_eq!(proxies.client(PROXY, &whole), CLIENT);
    let Some((last, before)) = lines.split_last() else { return };
    let longer = [last, &b", "[..], appended].concat();
    let longer = headers(header, &[before, &[&longer]].concat()).expect("lines of a header");
    // What is no text tells nothing, and takes the proxy's own words along.
    let expected = if last.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) { CLIENT } else { PROXY };
    assert_eq!(proxies.client(PROXY, &longer), expected);
});
