//! Criterion benches of the two ways. What a whole server costs is measured by `cargo xtask
//! bench-guard`, against the bare servers in `yardstick/`.

use criterion::{criterion_group, criterion_main};

mod enrich;
mod journal;
mod redirect;
mod support;

criterion_group!(
    benches,
    redirect::answers,
    redirect::codes,
    journal::appends,
    journal::replays,
    enrich::enrichment
);
criterion_main!(benches);
