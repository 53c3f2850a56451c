//! The two steps of a sign-in against a provider that behaves, lies, fails or hangs.

use std::time::{Duration, Instant};

use carom::sso::failure::Failure;
use carom::sso::pending::{Pending, ReturnTo};
use carom::sso::person::Person;
use carom::sso::provider::{PATIENCE, Provider, Settings};
use carom::sso::rules::Rules;
use serde_json::json;
use url::Url;

use crate::support::issuer::{CLIENT_ID, CLIENT_SECRET, Issuer, Misbehaviour, person};
use crate::support::wait::{SOON, eventually_async};

/// For what is waited for in vain.
const SHORT: Duration = Duration::from_millis(700);

const KEYS: &str = "/realm/keys";
const DESCRIPTION: &str = "/realm/.well-known/openid-configuration";

fn settings(issuer: &Issuer) -> Settings {
    Settings {
        issuer: issuer.url.clone(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(CLIENT_SECRET.to_owned()),
        name: "Example".to_owned(),
        redirect: Url::parse("http://127.0.0.1:1/back").expect("a URL"),
        rules: Rules::default(),
        patience: PATIENCE,
    }
}

fn provider(issuer: &Issuer) -> Provider {
    Provider::new(settings(issuer))
}

fn impatient(issuer: &Issuer) -> Provider {
    Provider::new(Settings { patience: SHORT, ..settings(issuer) })
}

/// Goes to the provider, and comes back with what is remembered and a code.
async fn come_back(provider: &Provider, issuer: &Issuer) -> Result<(Pending, String), Failure> {
    let begun = provider.begin(ReturnTo::default()).await?;
    let back = issuer.sign_in(&begun.url);
    let code = back.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    Ok((begun.pending, code))
}

async fn sign_in(provider: &Provider, issuer: &Issuer) -> Result<Person, Failure> {
    let (pending, code) = come_back(provider, issuer).await?;
    provider.finish(pending, code).await
}

#[tokio::test]
async fn who_signs_in_is_who_the_provider_says() {
    for issuer in [Issuer::start(), Issuer::start_with_rsa()] {
        let person = sign_in(&provider(&issuer), &issuer).await.expect("a person");

        assert_eq!((person.issuer.as_str(), person.subject.as_str()), (issuer.url.as_str(), "1"));
        assert_eq!(person.email.expect("an address").as_str(), "ada@example.com");
        assert_eq!(person.name, "Ada L.");
    }
}

#[tokio::test]
async fn the_way_there_names_this_server_and_cannot_be_guessed() {
    let issuer = Issuer::start();
    let provider = provider(&issuer);
    let begun = provider.begin(ReturnTo::default()).await.expect("a beginning");
    let again = provider.begin(ReturnTo::default()).await.expect("a beginning");

    let of = |url: &Url, name: &str| {
        let mut found = url.query_pairs().filter(|(it, _)| it == name);
        found.next().unwrap_or_else(|| panic!("{name} in {url}")).1.into_owned()
    };
    assert_eq!(of(&begun.url, "redirect_uri"), "http://127.0.0.1:1/back");
    assert_eq!(of(&begun.url, "scope"), "openid email profile");
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(of(&begun.url, name), of(&again.url, name), "{name}");
    }
    let state = of(&begun.url, "state");
    assert_ne!(begun.cookie.reveal(), state, "who sees the address must not know the cookie");
    let stored = begun.pending.stored();
    assert!(!stored.contains(&state) && !stored.contains(begun.cookie.reveal()), "{stored}");
    assert!(!begun.url.as_str().contains("verifier"), "{}", begun.url);
}

#[tokio::test]
async fn no_lie_signs_anybody_in() {
    let issuer = Issuer::start();
    let provider = provider(&issuer);
    for lie in [
        Misbehaviour::WrongNonce,
        Misbehaviour::NoNonce,
        Misbehaviour::WrongAudience,
        Misbehaviour::MoreAudiences,
        Misbehaviour::WrongParty,
        Misbehaviour::WrongIssuer,
        Misbehaviour::Expired,
        Misbehaviour::Unsigned,
        Misbehaviour::SignedWithSecret,
        Misbehaviour::ForeignKey,
    ] {
        issuer.does(lie);
        let failure = sign_in(&provider, &issuer).await.expect_err("nobody");
        assert!(matches!(failure, Failure::Untrusted(_)), "{lie:?}: {failure:?}");
        issuer.does(Misbehaviour::None);
        sign_in(&provider, &issuer).await.unwrap_or_else(|error| panic!("{lie:?}: {error:?}"));
    }
}

#[tokio::test]
async fn a_token_of_somebody_else_s_sign_in_is_nobody_s_here() {
    let issuer = Issuer::start();
    let provider = provider(&issuer);
    let (mine, _) = come_back(&provider, &issuer).await.expect("a code");
    let (_, theirs) = come_back(&provider, &issuer).await.expect("a code");

    // The verifier does not go with it, and the provider says so.
    let failure = provider.finish(mine, theirs).await.expect_err("nobody");

    assert!(matches!(failure, Failure::Refused(_)), "{failure:?}");
}

#[tokio::test]
async fn a_code_works_once() {
    let issuer = Issuer::start();
    let provider = provider(&issuer);
    let (pending, code) = come_back(&provider, &issuer).await.expect("a code");

    provider.finish(pending.clone(), code.clone()).await.expect("a person");
    let again = provider.finish(pending, code).await.expect_err("it was used");

    assert!(matches!(again, Failure::Refused(_)), "{again:?}");
}

#[tokio::test]
async fn keys_are_asked_for_again_when_an_unknown_one_signs_and_only_then() {
    let issuer = Issuer::start();
    let provider = provider(&issuer);
    for _ in 0..3 {
        sign_in(&provider, &issuer).await.expect("a person");
    }
    assert_eq!((issuer.asked(DESCRIPTION), issuer.asked(KEYS)), (1, 1));

    issuer.rotate();
    for _ in 0..3 {
        sign_in(&provider, &issuer).await.expect("a person");
    }
    assert_eq!((issuer.asked(DESCRIPTION), issuer.asked(KEYS)), (2, 2));
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_again_later_and_not_by_everybody() {
    let issuer = Issuer::start();
    let provider = provider(&issuer);
    issuer.does(Misbehaviour::DiscoveryFails);
    for _ in 0..20 {
        let failure = provider.begin(ReturnTo::default()).await.err().expect("it is down");
        assert!(matches!(failure, Failure::Unreachable(_)), "{failure:?}");
    }
    assert!(issuer.asked(DESCRIPTION) < 20, "{}", issuer.asked(DESCRIPTION));

    issuer.does(Misbehaviour::None);
    eventually_async(SOON, "somebody signs in", async || sign_in(&provider, &issuer).await.is_ok())
        .await;
}

#[tokio::test]
async fn failures_are_told_apart_by_what_is_to_be_done() {
    let issuer = Issuer::start();
    let asked = provider(&issuer);
    sign_in(&asked, &issuer).await.expect("a person");
    for (does, expected) in [
        (Misbehaviour::TokensFail, "unreachable"),
        (Misbehaviour::TokensFlood, "defective"),
        (Misbehaviour::TokensRedirect, "defective"),
        (Misbehaviour::NoIdToken, "defective"),
    ] {
        issuer.does(does);
        let failure = sign_in(&asked, &issuer).await.expect_err("nobody");
        assert_eq!(kind(&failure), expected, "{does:?}: {failure:?}");
    }
    assert_eq!(issuer.asked("/realm/elsewhere"), 0, "no redirect is followed");
    for (does, expected) in [
        (Misbehaviour::DiscoveryOfAnother, "defective"),
        (Misbehaviour::DiscoveryOfRubbish, "defective"),
        (Misbehaviour::DiscoveryFails, "unreachable"),
    ] {
        issuer.does(does);
        let failure = sign_in(&provider(&issuer), &issuer).await.expect_err("nobody");
        assert_eq!(kind(&failure), expected, "{does:?}: {failure:?}");
    }
    issuer.does(Misbehaviour::None);
    let secret = Some("another secret".to_owned());
    let stranger = Provider::new(Settings { client_secret: secret, ..settings(&issuer) });
    let failure = sign_in(&stranger, &issuer).await.expect_err("nobody");
    assert_eq!(kind(&failure), "defective", "{failure:?}");
    let told = format!("{failure:?} {failure} {:?}", settings(&issuer));
    assert!(!told.contains("secret"), "{told}");
}

fn kind(failure: &Failure) -> &'static str {
    match failure {
        Failure::Unreachable(_) => "unreachable",
        Failure::Defective(_) => "defective",
        Failure::Refused(_) => "refused",
        Failure::Untrusted(_) => "untrusted",
    }
}

#[tokio::test]
async fn a_provider_that_hangs_is_left() {
    let issuer = Issuer::start();
    let provider = impatient(&issuer);
    let (pending, code) = come_back(&provider, &issuer).await.expect("a code");
    issuer.does(Misbehaviour::TokensHang);
    let begun = Instant::now();
    let failure = provider.finish(pending, code).await.expect_err("it hangs");
    assert_eq!(kind(&failure), "unreachable", "{failure:?}");

    issuer.does(Misbehaviour::DiscoveryHangs);
    let failure = impatient(&issuer).begin(ReturnTo::default()).await.err().expect("it hangs");
    assert_eq!(kind(&failure), "unreachable", "{failure:?}");
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn nobody_is_there_at_first() {
    let issuer = Issuer::start();
    let nowhere = Settings { issuer: "http://127.0.0.1:1".to_owned(), ..settings(&issuer) };
    let failure = Provider::new(nowhere).begin(ReturnTo::default()).await.err().expect("nobody");
    assert_eq!(kind(&failure), "unreachable", "{failure:?}");
}

#[tokio::test]
async fn an_address_that_nobody_vouches_for_is_none() {
    let issuer = Issuer::start();
    let provider = provider(&issuer);
    issuer.says(person("1", "ada@example.com", false));
    assert_eq!(sign_in(&provider, &issuer).await.expect("a person").email, None);

    issuer.says(json!({ "sub": "1", "email": "ada@example.com" }));
    assert_eq!(sign_in(&provider, &issuer).await.expect("a person").email, None);

    // Some providers say it with a text.
    issuer.says(json!({ "sub": "1", "email": "ada@example.com", "email_verified": "true" }));
    let person = sign_in(&provider, &issuer).await.expect("a person");
    assert!(person.email.is_some(), "{person:?}");
}

#[tokio::test]
async fn what_the_token_does_not_say_is_asked_for_and_must_be_of_the_same_person() {
    let issuer = Issuer::start();
    issuer.says_elsewhere(json!({ "sub": "1" }), person("1", "ada@example.com", true));
    let provider = provider(&issuer);
    let person = sign_in(&provider, &issuer).await.expect("a person");
    assert_eq!(person.email.expect("an address").as_str(), "ada@example.com");
    assert_eq!(person.name, "Ada L.");

    for lie in [Misbehaviour::ElsewhereSomebodyElse, Misbehaviour::WrongAccess] {
        issuer.does(lie);
        let failure = sign_in(&provider, &issuer).await.expect_err("nobody");
        assert_eq!(kind(&failure), "untrusted", "{lie:?}: {failure:?}");
    }
}
