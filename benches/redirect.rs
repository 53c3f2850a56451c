//! What a request costs between its parsed head and its answer: on a hit, on an unknown code, on a
//! miss; and reading a code out of a path.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use crate::support;
use carom::edge::answer::{Answering, answer};
use carom::edge::connection::Peer;
use carom::edge::route;
use criterion::{BatchSize, Criterion};
use hyper::Request;

/// Where requests come from.
const VISITOR: Peer = Peer { address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)), is_proxy: false };

fn request(path: &str) -> Request<()> {
    Request::builder()
        .uri(path)
        .header("host", "127.0.0.1:8080")
        .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/150.0")
        .header("accept", "*/*")
        .body(())
        .expect("a request")
}

pub(crate) fn answers(criterion: &mut Criterion) {
    let bench = support::bench(64);
    let worker = &bench.worker;
    let answered = |request: &Request<()>| {
        bench.runtime.block_on(answer(worker, request, VISITOR)).expect("it never fails").status()
    };

    let known = request("/link0");
    assert_eq!(answered(&known), 302);
    criterion.bench_function("answer/hit", |b| {
        b.iter(|| {
            let Answering::Ready(reply) = answer(worker, black_box(&known), VISITOR) else {
                panic!("the link is cached");
            };
            reply
        });
    });

    let unknown = request("/nothing-here");
    assert_eq!(answered(&unknown), 404);
    criterion.bench_function("answer/unknown", |b| {
        b.iter(|| {
            let Answering::Ready(reply) = answer(worker, black_box(&unknown), VISITOR) else {
                panic!("the absence is cached");
            };
            reply
        });
    });

    criterion.bench_function("answer/miss", |b| {
        b.iter_batched(
            || bench.cache.forget(bench.domain, "link0"),
            |()| assert_eq!(answered(&known), 302),
            BatchSize::PerIteration,
        );
    });
}

pub(crate) fn codes(criterion: &mut Criterion) {
    criterion.bench_function("code/plain", |b| b.iter(|| route::code(black_box("/aB3xY9k"))));
    criterion.bench_function("code/encoded", |b| b.iter(|| route::code(black_box("/caf%C3%A9"))));
}
