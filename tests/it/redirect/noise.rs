//! Nothing in a request changes where its link goes: random queries, headers and cookies by the
//! thousand; a million in a chaos run of a hundred rounds.

use carom::model::random;

use crate::journal::chaos;
use crate::support::carom::{Carom, Options};
use crate::support::http::Connection;

/// Requests of a round of a chaos run.
const REQUESTS_A_ROUND: u64 = 10_000;

/// Requests that are sent before the first answer is read.
const PIPELINED: usize = 50;

/// What a query may carry, and some that it should not and is understood all the same.
const IN_QUERIES: &[u8] = b"abcxyz0189%%%%&&&===/?:@!$'()*+,;-._~[]{}|\\^`";

/// What a header's value may carry.
const IN_VALUES: &[u8] = b"abcxyz0189 \t%&=/?:@!$'()*+,;-._~[]{}|\\^`<>\"\xc3\xa9";

/// Headers that some servers take a target, a host or a method from.
const TEMPTING: &[&str] = &[
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Prefix",
    "X-Forwarded-For",
    "X-Host",
    "X-HTTP-Method-Override",
    "Forwarded",
    "Via",
    "Referer",
    "Origin",
    "Location",
    "Refresh",
    "Cookie",
    "Set-Cookie",
    "User-Agent",
    "Accept-Language",
    "Authorization",
    "Range",
    "If-None-Match",
    "If-Modified-Since",
    "Cache-Control",
    "Sec-Purpose",
    "DNT",
];

/// Names of parameters and cookies that redirectors like to follow.
const NAMES: &[&str] = &["url", "next", "to", "target", "redirect", "return", "utm_source", "q"];

/// Chance that can be had again: SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        // A remainder of so large a number favours nothing that matters here.
        usize::try_from((mixed ^ mixed >> 31) % bound as u64).expect("below a usize")
    }

    fn noise(&mut self, alphabet: &[u8], length_max: usize) -> Vec<u8> {
        (0..self.below(length_max)).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len())]
    }
}

/// A request for this code, with whatever chance adds to it.
fn request(code: &str, dice: &mut Dice) -> Vec<u8> {
    let mut request = format!("GET /{code}").into_bytes();
    match dice.below(3) {
        0 => {}
        1 => request.extend([b"?".to_vec(), dice.noise(IN_QUERIES, 40)].concat()),
        _ => request.extend(format!("?{}=https://evil.example/", dice.pick(NAMES)).bytes()),
    }
    request.extend(b" HTTP/1.1\r\nHost: ");
    request.extend(dice.pick(&["a", "LOCALHOST:7", "127.0.0.1:1", "[::1]", ""]).bytes());
    request.extend(b"\r\n");
    for _ in 0..dice.below(4) {
        let name = match dice.below(4) {
            0 => format!("X-{}", dice.below(1_000_000)),
            _ => dice.pick(TEMPTING).to_owned(),
        };
        let value = match dice.below(3) {
            0 => dice.noise(IN_VALUES, 40),
            1 => b"https://evil.example/".to_vec(),
            _ => format!("{}=https://evil.example/; a=b", dice.pick(NAMES)).into_bytes(),
        };
        request.extend([name.as_bytes(), b": ", &value, b"\r\n"].concat());
    }
    request.extend(b"\r\n");
    request
}

#[test]
fn nothing_in_a_request_changes_where_its_link_goes() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/page?kept=1#there");
    let wanted = chaos::rounds(1, 1) * REQUESTS_A_ROUND;
    let seed = u64::from_le_bytes(random::bytes());
    let mut dice = Dice(seed);
    let mut connection = Connection::open(carom.edge());
    let mut answered = 0;
    while answered < wanted {
        let requests: Vec<_> = (0..PIPELINED).map(|_| request(&link.code, &mut dice)).collect();
        connection.send_raw(&requests.concat());
        for sent in &requests {
            let response = connection.read_response();
            let sent = format!("seed {seed}: {}", String::from_utf8_lossy(sent));
            assert_eq!(response.status, 302, "{sent}");
            assert_eq!(response.headers_named("location"), [link.url.as_str()], "{sent}");
            assert_eq!(response.headers_named("cache-control"), ["private, no-store"], "{sent}");
            assert_eq!((response.headers.len(), response.body.len()), (4, 0), "{sent}");
            answered += 1;
        }
    }
    assert_eq!(carom.clicks(&link).total, answered);
}
