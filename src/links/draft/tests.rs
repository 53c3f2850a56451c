//! What a draft and an edit mean, and what is wrong with them.

use url::Url;

use super::*;
use crate::links::fixture::{domains_under, id_of};

const NOW: Millis = Millis::from_epoch(1_800_000_000_000);

fn with_rules<T>(test: impl FnOnce(&Rules<'_>) -> T) -> T {
    let short_urls = ShortUrls::new(Url::parse("https://s.example/").expect("a URL"));
    let domains = domains_under(&["go.example"], short_urls.bases());
    let table = domains.table();
    test(&Rules {
        workspace: table.default_domain().workspace,
        short_urls: &short_urls,
        domains: &table,
        code_length: 9,
        now: NOW,
    })
}

fn draft(json: &str) -> LinkDraft {
    serde_json::from_str(json).expect("a draft")
}

fn edit(json: &str) -> LinkEdit {
    serde_json::from_str(json).expect("an edit")
}

#[test]
fn a_bare_target_makes_a_302_with_a_random_code_on_the_default_domain() {
    with_rules(|rules| {
        let link = draft(r#"{"url":"https://example.com"}"#).check(rules).expect("a link");
        assert!(matches!(link.code, CodeChoice::Random { length: 9 }));
        assert_eq!(link.domain, rules.domains.default_domain().id);
        assert_eq!(link.url, "https://example.com/");
        assert_eq!(link.status, RedirectStatus::Found);
        assert_eq!((link.title, link.expires_at, link.max_clicks), (None, None, None));
        assert_eq!((link.conduct, link.note, link.tags), Default::default());
    });
}

#[test]
fn every_field_of_a_draft_arrives() {
    with_rules(|rules| {
        let link = draft(
            r#"{"url":"https://example.com/a","code":"a","domain":"go.example","status":301,
                "title":"A page","expires_at":"2030-01-01T00:00:00Z","max_clicks":50,
                    "not_before":"2029-01-01T00:00:00Z","fallback_url":"https://f.example",
                    "cache_seconds":60,"forwards_query":true,"password":"open","note":"n",
                    "tags":["B","a"]}"#,
        )
        .check(rules)
        .expect("a link");
        assert!(matches!(&link.code, CodeChoice::Chosen(code) if code.as_str() == "a"));
        assert_eq!(link.domain, id_of(rules.domains, "go.example"));
        assert_eq!(link.status, RedirectStatus::MovedPermanently);
        assert_eq!(link.title.as_deref(), Some("A page"));
        assert_eq!(
            link.expires_at.map(|at| at.to_string()).as_deref(),
            Some("2030-01-01T00:00:00.000Z")
        );
        assert_eq!(link.max_clicks, MaxClicks::try_from(50).ok());
        assert_eq!(link.conduct.not_before, Some(Millis::from_epoch(1_861_920_000_000)));
        assert_eq!(link.conduct.fallback_url.as_deref(), Some("https://f.example/"));
        assert_eq!(link.conduct.cache_seconds, CacheSeconds::try_from(60).ok());
        assert!(link.conduct.forwards_query);
        let hash = link.conduct.password.expect("a hash");
        assert!(hash.is_of(&Password::parse("open").expect("a password")));
        assert_eq!(link.note.as_deref(), Some("n"));
        assert_eq!(link.tags, Tags::parse(&["a", "b"]).expect("tags"));
    });
}

#[test]
fn each_problem_names_its_field_and_its_kind() {
    let long = format!(r#"{{"url":"https://e.example","title":"{}"}}"#, "x".repeat(513));
    with_rules(|rules| {
        for (json, field, slug) in [
            (r#"{"url":"ftp://e.example"}"#, "url", "invalid-target"),
            (r#"{"url":"https://go.example/x"}"#, "url", "invalid-target"),
            (r#"{"url":"https://s.example/x"}"#, "url", "invalid-target"),
            (r#"{"url":"https://e.example","code":"a/b"}"#, "code", "invalid-code"),
            (r#"{"url":"https://e.example","code":""}"#, "code", "invalid-code"),
            (r#"{"url":"https://e.example","domain":"x.example"}"#, "domain", "unknown-domain"),
            (r#"{"url":"https://e.example","status":303}"#, "status", "invalid-status"),
            (r#"{"url":"https://e.example","title":"a\u0000b"}"#, "title", "invalid-title"),
            (long.as_str(), "title", "invalid-title"),
            (r#"{"url":"https://e.example","note":"a\u0007"}"#, "note", "invalid-note"),
            (r#"{"url":"https://e.example","tags":["a,b"]}"#, "tags", "invalid-tags"),
            (r#"{"url":"https://e.example","password":""}"#, "password", "invalid-password"),
            (
                r#"{"url":"https://e.example","fallback_url":"javascript:x"}"#,
                "fallback_url",
                "invalid-target",
            ),
            (
                r#"{"url":"https://e.example","fallback_url":"https://go.example/"}"#,
                "fallback_url",
                "invalid-target",
            ),
            (
                r#"{"url":"https://e.example","cache_seconds":86401}"#,
                "cache_seconds",
                "invalid-cache-seconds",
            ),
            (r#"{"url":"https://e.example","not_before":"soon"}"#, "not_before", "invalid-time"),
            (
                r#"{"url":"https://e.example","not_before":"2030-01-02T00:00:00Z",
                    "expires_at":"2030-01-01T00:00:00Z"}"#,
                "not_before",
                "invalid-time",
            ),
            (r#"{"url":"https://e.example","max_clicks":0}"#, "max_clicks", "invalid-max-clicks"),
            (r#"{"url":"https://e.example","expires_at":"soon"}"#, "expires_at", "invalid-time"),
            (
                r#"{"url":"https://e.example","expires_at":"2020-01-01T00:00:00Z"}"#,
                "expires_at",
                "invalid-time",
            ),
        ] {
            let problem = draft(json).check(rules).expect_err(json);
            assert_eq!((problem.field(), problem.slug()), (field, slug), "{json}");
        }
    });
}

#[test]
fn what_an_edit_leaves_out_stays_and_null_removes() {
    with_rules(|rules| {
        let nothing = edit("{}").check(rules).expect("an edit");
        assert!(nothing.title.is_none() && nothing.expires_at.is_none());
        assert!(nothing.max_clicks.is_none());
        let removed = edit(r#"{"title":null,"expires_at":null,"max_clicks":null}"#)
            .check(rules)
            .expect("an edit");
        assert_eq!((removed.title, removed.expires_at), (Some(None), Some(None)));
        assert_eq!(removed.max_clicks, Some(None));
        let limited = edit(r#"{"max_clicks":7}"#).check(rules).expect("an edit");
        assert_eq!(limited.max_clicks, Some(MaxClicks::try_from(7).ok()));
        let changed = edit(r#"{"url":"https://b.example","code":"b","status":308,"state":"disabled","title":"  "}"#)
            .check(rules)
            .expect("an edit");
        assert_eq!(changed.url.as_deref(), Some("https://b.example/"));
        assert_eq!(changed.code, Code::parse("b").ok());
        assert_eq!(changed.status, Some(RedirectStatus::PermanentRedirect));
        assert_eq!(changed.state, Some(LinkState::Disabled));
        assert_eq!(changed.title, Some(None), "a blank title is none");
        let problem = edit(r#"{"state":"off"}"#).check(rules).expect_err("no state");
        assert_eq!((problem.field(), problem.slug()), ("state", "invalid-state"));
    });
}

#[test]
fn what_cannot_be_removed_and_what_does_not_exist_is_refused() {
    for json in [r#"{"url":null}"#, r#"{"code":null}"#, r#"{"state":null}"#, r#"{"domain":"x"}"#] {
        assert!(serde_json::from_str::<LinkEdit>(json).is_err(), "{json}");
    }
    for json in ["{}", r#"{"url":null}"#, r#"{"url":"https://e.example","colour":1}"#] {
        assert!(serde_json::from_str::<LinkDraft>(json).is_err(), "{json}");
    }
}
