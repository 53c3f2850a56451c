//! What a request's texts become, whatever stands in them.

use carom::clicks::enrich::is_bot;
use carom::clicks::journal::record::{Click, Network, Texts};
use carom::model::click::Audience;
use carom::model::dimension::{Dimension, VALUE_BYTES_MAX};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::fixture::{click, enricher};

#[test]
fn every_text_becomes_the_value_of_its_dimension() {
    let mut enricher = enricher(1);
    let texts = Texts {
        user_agent: b"",
        referrer: b"https://www.example.co.uk/page?secret=1",
        language: b"de-at,de;q=0.8",
        utm_source: b"news+letter",
        utm_medium: b"e%2Dmail",
        utm_campaign: b" spring%0D%0A",
        utm_term: b"%00",
        utm_content: b"",
    };
    let click = Click { texts, ..click() };
    let expected = [
        (Dimension::Referrer, "example.co.uk"),
        (Dimension::Language, "de-AT"),
        (Dimension::UtmSource, "news letter"),
        (Dimension::UtmMedium, "e-mail"),
        (Dimension::UtmCampaign, "spring"),
    ];
    // The second time from memory.
    for _ in 0..2 {
        let enriched = enricher.enrich(&click);
        let known: Vec<(Dimension, &str)> =
            enriched.values.known().map(|(dimension, value)| (dimension, &**value)).collect();
        assert_eq!(known, expected);
    }
}

#[test]
fn no_bytes_make_it_fail_or_a_value_too_long() {
    let enricher = enricher(u32::MAX);
    let bytes = |max: usize| {
        // Bytes alone seldom get past the first check of a text.
        let seed = prop::sample::select(vec![
            "",
            "Mozilla/5.0 (Linux; Android 10; ",
            "https://",
            "https://[",
            "android-app://",
            "de-",
            "en;q=",
            "%C3%",
            "+",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ",
            "https://xn--",
            "*",
            "curl/",
            "https://\u{430}.",
        ]);
        (seed, vec(any::<u8>(), 0..max)).prop_map(|(seed, tail)| [seed.as_bytes(), &tail].concat())
    };
    let texts = vec(bytes(600), 8);
    let enricher = std::cell::RefCell::new(enricher);
    TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })
        .run(&(texts, any::<u16>(), any::<[u8; 6]>()), |(texts, flags, network)| {
            let [user_agent, referrer, language, source, medium, campaign, term, content] =
                &texts[..]
            else {
                unreachable!("eight texts")
            };
            let texts = Texts {
                user_agent,
                referrer,
                language,
                utm_source: source,
                utm_medium: medium,
                utm_campaign: campaign,
                utm_term: term,
                utm_content: content,
            };
            let click = Click { texts, flags, network: Network::V6(network), ..click() };
            let enriched = enricher.borrow_mut().enrich(&click);
            prop_assert!(!is_bot(user_agent) || enriched.audience == Audience::Bots);
            for (dimension, value) in enriched.values.known() {
                prop_assert!(value.len() <= VALUE_BYTES_MAX, "{dimension}: {value:?}");
                prop_assert!(!value.is_empty() && value.trim() == &**value, "{dimension}");
                prop_assert!(!value.contains(char::is_control), "{dimension}: {value:?}");
            }
            Ok(())
        })
        .expect("values of any bytes");
}
