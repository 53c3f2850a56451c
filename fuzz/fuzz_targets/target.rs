//! Whatever somebody wants to link to: it is refused, or what is stored of it is `http` or `https`,
//! on no host of ours, without credentials, reads as itself, and fits a header as it is.
#![no_main]

use carom::cache::key::LinkKeyRef;
use carom::cache::link::CachedLink;
use carom::clicks::Clicks;
use carom::model::id::{DomainId, LinkId, WorkspaceId};
use carom::model::link::{Conduct, Destination, LinkState, RedirectStatus};
use carom::model::target::{BYTES_MAX, OwnHosts, Target};
use carom::model::time::Millis;
use libfuzzer_sys::fuzz_target;
use url::Url;

const OWN: [&str; 4] =
    ["https://go.example", "http://127.0.0.1:8080", "http://203.0.113.5", "http://[2001:db8::1]"];

fn build(url: &str, own: &OwnHosts) -> Option<CachedLink> {
    let (domain, workspace) = (DomainId::from_stored(1), WorkspaceId::from_stored(1));
    let destination = Destination {
        id: LinkId::from_stored(1),
        workspace,
        url: url.to_owned(),
        status: RedirectStatus::Found,
        state: LinkState::Active,
        expires_at: None,
        max_clicks: None,
        conduct: Conduct::default(),
    };
    let clicks = Clicks::default().of(destination.id, workspace);
    let key = LinkKeyRef { domain, code: "a" }.to_key();
    CachedLink::build(key, &destination, own, clicks, Millis::from_epoch(0)).ok()
}

fuzz_target!(|text: &str| {
    let own = OwnHosts::of(&OWN.map(|base| Url::parse(base).expect("a base")));
    // Planted, it is sent only if it reads as what would have been stored.
    if let Some(planted) = build(text, &own) {
        let parsed = Target::parse(text, &own).expect("what is sent is a target");
        assert_eq!(parsed.as_str(), text);
        assert_eq!(planted.location.as_bytes(), text.as_bytes());
    }
    let Ok(target) = Target::parse(text, &own) else { return };
    let stored = target.as_str();
    assert!(stored.is_ascii() && stored.len() <= BYTES_MAX);
    assert!(!stored.bytes().any(|byte| byte.is_ascii_control() || byte == b' '));
    assert!(stored.starts_with("http://") || stored.starts_with("https://"));
    assert_eq!(Target::parse(stored, &own).as_ref(), Ok(&target), "it reads as itself");
    let url = Url::parse(stored).expect("a URL");
    assert!(url.username().is_empty() && url.password().is_none());
    assert_ne!(url.host_str().map(|host| host.trim_end_matches('.')), Some("go.example"));
    let link = build(stored, &own).expect("what is stored is sent");
    assert_eq!(link.location.as_bytes(), stored.as_bytes());
});
