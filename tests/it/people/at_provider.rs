//! Signing in at a provider, through the front door: a browser is led there and back.

use std::collections::BTreeMap;

use carom::store::users::{self, UserState};
use serde_json::{Value, json};
use url::Url;

use super::fixture::{Browser, account, in_store, member, open_set_up, problem};
use crate::admin_api::fixture::patient;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Response, request};
use crate::support::issuer::{CLIENT_ID, CLIENT_SECRET, Issuer, Misbehaviour, person};
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually};

const BEGIN: &str = "/api/v1/session/oidc";
const BACK: &str = "/api/v1/session/oidc/callback";

const LINKS: (&str, &str) = ("CAROM_OIDC__LINK_BY_EMAIL", "true");
const CREATES: (&str, &str) = ("CAROM_OIDC__CREATE_USERS", "true");

fn options_with(options: Options, issuer: &Issuer, settings: &[(&'static str, &str)]) -> Options {
    let options = patient(options)
        .set("CAROM_OIDC__ISSUER", &issuer.url)
        .set("CAROM_OIDC__CLIENT_ID", CLIENT_ID)
        .set("CAROM_OIDC__CLIENT_SECRET", CLIENT_SECRET)
        .set("CAROM_OIDC__NAME", "Example");
    settings.iter().fold(options, |options, (name, value)| options.set(name, value))
}

fn server(issuer: &Issuer, settings: &[(&'static str, &str)]) -> Carom {
    Carom::start(options_with(Options::sqlite(), issuer, settings))
}

/// A browser that keeps all its cookies, as it is led about.
struct Visitor<'c> {
    carom: &'c Carom,
    cookies: BTreeMap<String, String>,
}

impl<'c> Visitor<'c> {
    fn new(carom: &'c Carom) -> Self {
        Self { carom, cookies: BTreeMap::new() }
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Response {
        let pairs: Vec<_> = self.cookies.iter().map(|(name, it)| format!("{name}={it}")).collect();
        let cookies = pairs.join("; ");
        let mut headers = vec![("sec-fetch-site", "same-origin"), ("cookie", &cookies)];
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        let response = request(self.carom.admin(), method, path, &headers, body.as_bytes());
        for set in response.headers_named("set-cookie") {
            let pair = set.split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a name and a value");
            match value {
                "" => drop(self.cookies.remove(name)),
                value => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        response
    }

    fn get(&mut self, path: &str) -> Response {
        self.ask("GET", path, "")
    }

    /// Begins a sign-in, and says where the browser is led.
    #[track_caller]
    fn begin(&mut self, path: &str) -> Url {
        let response = self.get(path);
        assert_eq!(response.status, 303, "{}", response.text());
        Url::parse(response.header("location").expect("a place")).expect("a URL")
    }

    /// Goes to the provider, and says where that leads back to: a path of the server.
    #[track_caller]
    fn go_and_come(&mut self, issuer: &Issuer, path: &str) -> String {
        let back = issuer.sign_in(&self.begin(path));
        assert_eq!(back.path(), BACK);
        back[url::Position::BeforePath..].to_owned()
    }

    /// The whole way.
    #[track_caller]
    fn sign_in(&mut self, issuer: &Issuer) -> Response {
        let back = self.go_and_come(issuer, BEGIN);
        self.get(&back)
    }

    /// Who has signed in.
    fn me(&mut self) -> Option<Value> {
        let response = self.get("/api/v1/me");
        (response.status == 200).then(|| response.json())
    }

    #[track_caller]
    fn is_in_as(&mut self, email: &str) {
        let me = self.me().expect("somebody has signed in");
        assert_eq!(me["user"]["email"], email, "{me}");
    }
}

#[track_caller]
fn led_to(response: &Response, place: &str) {
    assert_eq!(response.status, 303, "{}", response.text());
    assert_eq!(response.header("location"), Some(place));
}

/// What the audit log has, newest first: actions with their details.
fn deeds(carom: &Carom, action: &str) -> Vec<Value> {
    let bearer = format!("Bearer {}", carom.key());
    let path = format!("/api/v1/audit?action={action}");
    let answer = request(carom.admin(), "GET", &path, &[("authorization", &bearer)], b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["entries"].as_array().expect("a list").clone()
}

#[test]
fn an_account_is_linked_by_its_verified_address_and_known_by_its_identity_from_then_on() {
    let database = fresh_database();
    for options in [Options::sqlite(), Options::postgres(&database.url)] {
        let issuer = Issuer::start();
        let carom = Carom::start(options_with(options, &issuer, &[LINKS]));
        member(&carom, "Ada@Example.com", "owner");
        let mut visitor = Visitor::new(&carom);

        led_to(&visitor.sign_in(&issuer), "/");

        visitor.is_in_as("Ada@Example.com");
        assert_eq!(visitor.cookies.keys().collect::<Vec<_>>(), ["carom"], "the other is gone");
        let added = deeds(&carom, "user.identity_added");
        assert_eq!(added[0]["detail"]["issuer"], issuer.url.as_str(), "{added:?}");
        assert_eq!(added[0]["actor"]["name"], "Ada@Example.com", "{added:?}");
        let signed_in = &deeds(&carom, "user.signed_in")[0];
        assert_eq!(signed_in["detail"]["second_factor"], "the provider's", "{signed_in}");

        issuer.says(person("1", "lovelace@example.com", false));
        let mut again = Visitor::new(&carom);
        led_to(&again.sign_in(&issuer), "/");
        again.is_in_as("Ada@Example.com");
        assert_eq!(deeds(&carom, "user.identity_added").len(), 1);

        issuer.says(person("2", "lovelace@example.com", true));
        problem(&Visitor::new(&carom).sign_in(&issuer), 403, "sign-in-refused");
    }
}

#[test]
fn an_account_is_not_taken_over_by_its_address() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[CREATES]);
    member(&carom, "ada@example.com", "owner");
    let mut visitor = Visitor::new(&carom);

    let refused = visitor.sign_in(&issuer);

    let told = problem(&refused, 403, "sign-in-refused");
    assert!(told["detail"].as_str().is_some_and(|it| it.contains("password")), "{told}");
    assert_eq!(visitor.me(), None);
    assert_eq!(deeds(&carom, "user.identity_added"), Vec::<Value>::new());
}

#[test]
fn an_address_that_nobody_vouches_for_opens_and_makes_nothing() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[LINKS, CREATES]);
    member(&carom, "ada@example.com", "owner");
    for said in [
        person("1", "ada@example.com", false),
        person("2", "new@example.com", false),
        json!({ "sub": "3" }),
    ] {
        issuer.says(said);
        let mut visitor = Visitor::new(&carom);
        problem(&visitor.sign_in(&issuer), 403, "sign-in-refused");
        assert_eq!(visitor.me(), None);
    }
    let all = in_store(&carom, async |store| users::list(store).await.expect("a list"));
    assert_eq!(all.len(), 1, "{all:?}");
}

#[test]
fn somebody_new_gets_an_account_only_where_that_is_allowed() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[LINKS]);
    member(&carom, "owner@example.com", "owner");
    problem(&Visitor::new(&carom).sign_in(&issuer), 403, "sign-in-refused");
    drop(carom);

    let carom = server(&issuer, &[CREATES]);
    let mut owner = member(&carom, "owner@example.com", "owner");
    let mut visitor = Visitor::new(&carom);
    led_to(&visitor.sign_in(&issuer), "/");
    visitor.is_in_as("ada@example.com");
    let me = visitor.me().expect("somebody");
    assert_eq!((&me["user"]["name"], &me["workspaces"]), (&json!("Ada L."), &json!([])));
    let links = visitor.get("/api/v1/links");
    assert_ne!(links.status, 200, "there is no workspace to see: {}", links.text());
    for password in ["", "password", "null"] {
        let mut browser = Browser::new(&carom);
        problem(&browser.sign_in("ada@example.com", password), 401, "wrong-credentials");
    }

    let draft = json!({ "email": "Ada@example.com", "role": "editor" });
    let invited = owner.ask("POST", "/api/v1/invitations", Some(draft)).json();
    let link = invited["link"].as_str().expect("a link").to_owned();
    let token = link.split_once('#').expect("a token").1;
    let body = json!({ "token": token }).to_string();
    let accepted = visitor.ask("POST", "/api/v1/invitations/accept", &body);
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    assert_eq!(visitor.get("/api/v1/links").status, 200);
}

#[test]
fn the_first_owner_comes_by_the_set_up_and_not_from_the_provider() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[LINKS, CREATES]);
    open_set_up(&carom);
    problem(&Visitor::new(&carom).sign_in(&issuer), 403, "sign-in-refused");
    let ways = Visitor::new(&carom).get("/api/v1/sign-in").json();
    assert_eq!(ways, json!({ "password": true, "oidc": { "name": "Example" }, "setup": true }));

    account(&carom, "owner@example.com", None);
    let ways = Visitor::new(&carom).get("/api/v1/sign-in").json();
    assert_eq!(ways["setup"], false);
    led_to(&Visitor::new(&carom).sign_in(&issuer), "/");
}

#[test]
fn somebody_else_s_sign_in_is_nobody_s_in_this_browser() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[LINKS]);
    member(&carom, "ada@example.com", "owner");
    member(&carom, "eve@example.com", "viewer");
    let mut victim = Visitor::new(&carom);
    let mine = victim.go_and_come(&issuer, BEGIN);

    // The attacker's code and state, in the victim's browser.
    issuer.says(person("666", "eve@example.com", true));
    let theirs = Visitor::new(&carom).go_and_come(&issuer, BEGIN);
    problem(&victim.get(&theirs), 400, "sign-in-lost");
    assert_eq!(victim.me(), None);

    // The attacker's code with the victim's own state: the verifier does not fit.
    let of = |path: &str, name: &str| {
        let url = Url::parse(&format!("http://host{path}")).expect("a URL");
        let mut pairs = url.query_pairs();
        pairs.find(|(it, _)| it == name).expect("a value").1.into_owned()
    };
    let mut other = Visitor::new(&carom);
    let others = other.go_and_come(&issuer, BEGIN);
    let mixed = format!("{BACK}?code={}&state={}", of(&theirs, "code"), of(&others, "state"));
    problem(&other.get(&mixed), 400, "sign-in-lost");
    assert_eq!(other.me(), None);

    // None of it has disturbed the victim's own sign-in.
    led_to(&victim.get(&mine), "/");
    victim.is_in_as("ada@example.com");
}

#[test]
fn a_way_back_works_once_and_in_its_own_browser() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[LINKS]);
    member(&carom, "ada@example.com", "owner");
    let mut visitor = Visitor::new(&carom);
    let back = visitor.go_and_come(&issuer, BEGIN);
    let cookies = visitor.cookies.clone();

    // Without its cookie it is nobody's, and stays good.
    let mut bare = Visitor::new(&carom);
    problem(&bare.get(&back), 400, "sign-in-lost");
    for bad in [BACK.to_owned(), format!("{BACK}?code=x"), format!("{BACK}?code=x&state=y")] {
        problem(&visitor.get(&bad), 400, "sign-in-lost");
    }
    led_to(&visitor.get(&back), "/");

    // With the cookie too it was used.
    let mut replayed = Visitor { carom: &carom, cookies };
    problem(&replayed.get(&back), 400, "sign-in-lost");
    assert_eq!(replayed.me(), None);
    visitor.is_in_as("ada@example.com");
}

#[test]
fn who_is_disabled_does_not_get_in() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[LINKS, CREATES]);
    member(&carom, "ada@example.com", "owner");
    let set = |state| {
        in_store(&carom, async |store| {
            let found = users::find_by_email(store, "ada@example.com").await.expect("an answer");
            let id = found.expect("an account").user.id;
            users::set_state(store, id, state).await.expect("a user");
        });
    };
    set(UserState::Disabled);
    problem(&Visitor::new(&carom).sign_in(&issuer), 403, "account-disabled");
    assert_eq!(deeds(&carom, "user.identity_added"), Vec::<Value>::new());

    set(UserState::Active);
    let mut visitor = Visitor::new(&carom);
    led_to(&visitor.sign_in(&issuer), "/");
    set(UserState::Disabled);
    assert_eq!(visitor.me(), None, "the session has ended");
    problem(&Visitor::new(&carom).sign_in(&issuer), 403, "account-disabled");
}

#[test]
fn a_lie_of_the_provider_signs_nobody_in_and_its_word_is_told() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[LINKS, CREATES]);
    member(&carom, "ada@example.com", "owner");
    for (does, status, slug) in [
        (Misbehaviour::WrongNonce, 502, "provider-failed"),
        (Misbehaviour::ForeignKey, 502, "provider-failed"),
        (Misbehaviour::Unsigned, 502, "provider-failed"),
        (Misbehaviour::NoIdToken, 502, "provider-failed"),
        (Misbehaviour::TokensFail, 503, "provider-unavailable"),
    ] {
        issuer.does(does);
        let mut visitor = Visitor::new(&carom);
        let refused = visitor.sign_in(&issuer);
        problem(&refused, status, slug);
        assert!(!visitor.cookies.contains_key("carom"), "{does:?}");
        assert_eq!(visitor.me(), None, "{does:?}");
    }
    issuer.does(Misbehaviour::None);
    let mut visitor = Visitor::new(&carom);
    let begun = visitor.begin(BEGIN);
    let state = begun.query_pairs().find(|(name, _)| name == "state").expect("a state").1;
    let refused = visitor.get(&format!("{BACK}?error=access_denied&state={state}"));
    let told = problem(&refused, 403, "sign-in-refused");
    assert!(told["detail"].as_str().is_some_and(|it| it.contains("`access_denied`")), "{told}");
    for secret in [CLIENT_SECRET, "a%3Asecret", "a:secret"] {
        assert!(!carom.log().contains(secret), "{}", carom.log());
    }
}

#[test]
fn a_provider_that_is_down_keeps_nothing_from_starting_and_is_asked_again() {
    let issuer = Issuer::start();
    issuer.does(Misbehaviour::DiscoveryFails);
    let carom = server(&issuer, &[LINKS]);
    let mut owner = member(&carom, "ada@example.com", "owner");
    assert!(owner.is_signed_in(), "passwords work");

    let refused = Visitor::new(&carom).get(BEGIN);
    problem(&refused, 503, "provider-unavailable");
    assert!(refused.header("retry-after").is_some());

    issuer.does(Misbehaviour::None);
    eventually(SOON, "the provider is asked again", || {
        Visitor::new(&carom).get(BEGIN).status == 303
    });
    led_to(&Visitor::new(&carom).sign_in(&issuer), "/");
}

#[test]
fn people_return_to_where_they_wanted_to_go_and_nowhere_else() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[LINKS]);
    member(&carom, "ada@example.com", "owner");
    let mut visitor = Visitor::new(&carom);
    let back = visitor.go_and_come(&issuer, &format!("{BEGIN}?return_to=/links%3Fpage=2%23x"));
    led_to(&visitor.get(&back), "/links?page=2#x");
    for bad in ["//evil.example", "https://evil.example", "/%5Cevil.example", "links", ""] {
        let refused = Visitor::new(&carom).get(&format!("{BEGIN}?return_to={bad}"));
        assert_eq!(problem(&refused, 400, "invalid-query")["field"], "return_to", "{bad}");
    }
}

#[test]
fn a_sign_in_begins_a_new_session_and_ends_the_one_before() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[LINKS]);
    member(&carom, "ada@example.com", "owner");
    let mut visitor = Visitor::new(&carom);
    led_to(&visitor.sign_in(&issuer), "/");
    let mut before = Visitor { carom: &carom, cookies: visitor.cookies.clone() };
    led_to(&visitor.sign_in(&issuer), "/");
    assert_ne!(before.cookies, visitor.cookies);
    assert_eq!(before.me(), None);
    visitor.is_in_as("ada@example.com");
}

#[test]
fn only_certain_domains_come_in() {
    let issuer = Issuer::start();
    let domains = ("CAROM_OIDC__EMAIL_DOMAINS", "example.com");
    let carom = server(&issuer, &[CREATES, domains]);
    member(&carom, "owner@example.com", "owner");
    led_to(&Visitor::new(&carom).sign_in(&issuer), "/");
    // Who has left is not let in by an identity either.
    for said in [person("1", "ada@other.example", true), person("1", "ada@example.com", false)] {
        issuer.says(said);
        problem(&Visitor::new(&carom).sign_in(&issuer), 403, "sign-in-refused");
    }
}

#[test]
fn over_tls_the_cookie_is_held_to_the_host_and_the_way_back_is_the_public_one() {
    let issuer = Issuer::start();
    let carom = server(&issuer, &[("CAROM_ADMIN__PUBLIC_URL", "https://admin.example")]);
    let response = Visitor::new(&carom).get(BEGIN);
    assert_eq!(response.status, 303, "{}", response.text());
    let cookie = response.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-carom_oidc="), "{cookie}");
    for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/", "; Max-Age=600"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    let there = Url::parse(response.header("location").expect("a place")).expect("a URL");
    let back = there.query_pairs().find(|(name, _)| name == "redirect_uri").expect("one").1;
    assert_eq!(back, format!("https://admin.example{BACK}"));
}

#[test]
fn without_a_provider_there_is_no_way_to_one() {
    let carom = Carom::start(patient(Options::sqlite()));
    for path in [BEGIN, BACK] {
        problem(&Visitor::new(&carom).get(path), 404, "no-provider");
    }
    let ways = Visitor::new(&carom).get("/api/v1/sign-in").json();
    assert_eq!((&ways["password"], &ways["oidc"]), (&json!(true), &Value::Null));
}
