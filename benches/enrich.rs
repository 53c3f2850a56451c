//! What it costs to find out about a click: all of it known, and a user agent that is new.

use std::hint::black_box;
use std::time::Instant;

use carom::clicks::enrich::{EnrichSettings, Enricher, is_bot};
use carom::clicks::journal::record::{Click, Network, Texts};
use carom::model::id::{DomainId, LinkId, WorkspaceId};
use carom::model::time::Millis;
use criterion::Criterion;

const BROWSER: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/140.0.0.0 Mobile Safari/537.36";

fn click(user_agent: &[u8]) -> Click<'_> {
    Click {
        at: Millis::from_epoch(0),
        link: LinkId::from_stored(1),
        workspace: WorkspaceId::from_stored(1),
        domain: DomainId::from_stored(1),
        visitor: 1,
        flags: 0,
        network: Network::V4([192, 0, 2]),
        texts: Texts {
            user_agent,
            referrer: b"https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org",
            language: b"de-AT,de;q=0.9,en;q=0.8",
            utm_source: b"newsletter",
            utm_medium: b"email",
            utm_campaign: b"spring+sale",
            ..Texts::default()
        },
    }
}

pub(crate) fn enrichment(criterion: &mut Criterion) {
    let settings = EnrichSettings { geo_database: None, agents_per_second_max: u32::MAX };
    let mut enricher = Enricher::new(settings);
    enricher.tick(Instant::now());
    criterion.bench_function("clicks/enrich/cached", |b| {
        b.iter(|| enricher.enrich(black_box(&click(BROWSER.as_bytes()))));
    });
    let mut version = 0_u64;
    criterion.bench_function("clicks/enrich/new agent", |b| {
        b.iter(|| {
            version += 1;
            let user_agent = format!("{BROWSER} {version}");
            enricher.enrich(black_box(&click(user_agent.as_bytes())))
        });
    });
    criterion.bench_function("clicks/is_bot", |b| b.iter(|| is_bot(black_box(BROWSER.as_bytes()))));
}
