//! Criterion benches of the two ways. What a whole server costs is measured by `cargo xtask
//! bench-guard`, against the bare servers in `yardstick/`.

use criterion::{criterion_group, criterion_main};

mod clicks;
mod enrich;
mod redirect;
mod support;

criterion_group!(benches, redirect::answers, redirect::codes, clicks::clicks, enrich::enrichment);
criterion_main!(benches);
