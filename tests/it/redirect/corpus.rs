//! Requests that two programs may read in two ways: what smuggling is made of.
//!
//! `{A}` and `{B}` stand for two codes of the case's own, `{S}` for a whole request for `{B}`, which
//! has [`SMUGGLED_BYTES`] bytes.

/// What is smuggled; a code here has four letters.
pub(super) const SMUGGLED: &str = "GET /{B} HTTP/1.1\r\nHost: b\r\n\r\n";

/// Its length: 31, `1f` in a chunk's head.
pub(super) const SMUGGLED_BYTES: usize = 31;

/// What the request for `{B}` is, by the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Second {
    /// Bytes of a body, or of a request that must be refused whole: nobody may ever answer it.
    Hidden,
    /// A request of the same client, or open to dispute: whoever answers it answers that client.
    Open,
}

use Second::{Hidden, Open};

/// The requests.
#[rustfmt::skip]
pub(super) const CASES: &[(Second, &str)] = &[
    // Lengths of bodies.
    (Hidden, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\n{S}"),
    (Hidden, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\n{S}"),
    (Hidden, "HEAD /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\n{S}"),
    (Hidden, "DELETE /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\n{S}"),
    (Hidden, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\nContent-Length: 31\r\n\r\n{S}"),
    (Hidden, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 31, 31\r\n\r\n{S}"),
    (Hidden, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 00031\r\n\r\n{S}"),
    (Hidden, "GET /{A} HTTP/1.1\r\nHost: a\r\ncontent-length:31\r\n\r\n{S}"),
    (Hidden, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length:\t31\r\n\r\n{S}"),
    (Hidden, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\nExpect: 100-continue\r\n\r\n{S}"),
    (Hidden, "POST /{A} HTTP/1.0\r\nHost: a\r\nContent-Length: 31\r\nConnection: keep-alive\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 31\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\nContent-Length: 0\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 31\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: +31\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: -31\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1f\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 3 1\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 31;\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551647\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length : 31\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent_Length: 31\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length\u{b}: 31\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\n Content-Length: 31\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 31\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nX: y\nContent-Length: 31\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.0\r\nContent-Length: 31\r\n\r\n{S}"),
    // Chunks.
    (Hidden, "POST /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n{S}\r\n0\r\n\r\n"),
    (Hidden, "GET /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n{S}\r\n0\r\n\r\n"),
    (Hidden, "GET /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1F;ext=\"x\"\r\n{S}\r\n0\r\n\r\n"),
    (Hidden, "POST /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0000001f\r\n{S}\r\n0\r\n\r\n"),
    (Hidden, "POST /{A} HTTP/1.1\r\nHost: a\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n1f\r\n{S}\r\n0\r\n\r\n"),
    (Hidden, "POST /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n{S}\r\n0\r\nX: trailer\r\n\r\n"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n 1f\r\n{S}\r\n0\r\n\r\n"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1f\r\n{S}\r\n0\r\n\r\n"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000001f\r\n{S}\r\n0\r\n\r\n"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\n\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;\nxx\r\n1f\r\n{S}\r\n0\r\n\r\n"),
    // Both.
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 36\r\n\r\n0\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\nTransfer-Encoding: identity\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding:\u{b}chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{S}"),
    (Open, "POST /{A} HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\nContent-Length: 31\r\n\r\n{S}"),
    // Lines.
    (Open, "GET /{A} HTTP/1.1\nHost: a\n\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\rHost: a\r\r{S}"),
    (Open, "\r\n\r\nGET /{A} HTTP/1.1\r\nHost: a\r\n\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nX: folded\r\n {S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nX: nul\0l\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\n: no name\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nX\u{fc}: y\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1 \r\nHost: a\r\n\r\n{S}"),
    (Open, "GET  /{A}  HTTP/1.1\r\nHost: a\r\n\r\n{S}"),
    (Open, "GET\t/{A}\tHTTP/1.1\r\nHost: a\r\n\r\n{S}"),
    (Open, " GET /{A} HTTP/1.1\r\nHost: a\r\n\r\n{S}"),
    (Open, "GET /{A}?x y HTTP/1.1\r\nHost: a\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1 GET /{B} HTTP/1.1\r\nHost: a\r\n\r\n"),
    (Open, "GET /{A} HTTP/1.2\r\nHost: a\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/01.1\r\nHost: a\r\n\r\n{S}"),
    (Open, "GET /{A} http/1.1\r\nHost: a\r\n\r\n{S}"),
    // Hosts and forms of the target.
    (Open, "GET http://a/{A} HTTP/1.1\r\nHost: b\r\n\r\n{S}"),
    (Open, "GET http://a@b/{A} HTTP/1.1\r\nHost: a\r\n\r\n{S}"),
    (Open, "GET http:///{A} HTTP/1.1\r\nHost: a\r\n\r\n{S}"),
    (Open, "GET //a/{A} HTTP/1.1\r\nHost: a\r\n\r\n{S}"),
    (Open, "GET /{A}\r\n\tHTTP/1.1\r\nHost: a\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a b\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\n\r\n{S}"),
    (Open, "GET /{A}%20HTTP/1.1%0d%0aHost:%20b%0d%0a%0d%0a HTTP/1.1\r\nHost: a\r\n\r\n{S}"),
    (Open, "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n{S}"),
    // What changes a connection.
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nConnection: close, Host\r\n\r\n{S}"),
    (Open, "GET /{A} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n{S}"),
    (Open, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{S}"),
];
