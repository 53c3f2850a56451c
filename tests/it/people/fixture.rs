//! People, and the browsers they sit at.

use std::sync::OnceLock;

use carom::accounts::email::Email;
use carom::accounts::password::Passwords;
use carom::accounts::token::Token;
use carom::hashing::Hashing;
use carom::model::id::WorkspaceId;
use carom::store::users::{self, NewUser};
use carom::store::{facts, setup, workspaces};
use serde_json::{Value, json};

pub(crate) use crate::admin_api::fixture::{in_store, on_postgres, on_sqlite, problem};
use crate::support::carom::Carom;
use crate::support::http::{Response, request};
use crate::support::sql::run_on_store_of;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody's browser: it keeps the cookie that it was given, and says where its requests are from.
pub(crate) struct Browser<'c> {
    pub(crate) carom: &'c Carom,
    pub(crate) cookie: Option<String>,
}

impl<'c> Browser<'c> {
    /// One without a cookie.
    pub(crate) fn new(carom: &'c Carom) -> Self {
        Self { carom, cookie: None }
    }

    /// Sends a request as a page of the same site does.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: Option<Value>) -> Response {
        self.ask_with(method, path, &[("sec-fetch-site", "same-origin")], body)
    }

    /// Sends a request with these headers, and its cookie.
    #[track_caller]
    pub(crate) fn ask_with(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Response {
        let mut all = headers.to_vec();
        let cookie = self.cookie.clone();
        all.extend(cookie.as_deref().map(|cookie| ("cookie", cookie)));
        if body.is_some() {
            all.push(("content-type", "application/json"));
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let response = request(self.carom.admin(), method, path, &all, body.as_bytes());
        if let Some(set) = response.header("set-cookie") {
            let pair = set.split(';').next().expect("a pair").to_owned();
            self.cookie = (!pair.ends_with('=')).then_some(pair);
        }
        response
    }

    /// The body of an answer that must be a success.
    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Value {
        let response = self.ask("GET", path, None);
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.json()
    }

    /// Signs in.
    #[track_caller]
    pub(crate) fn sign_in(&mut self, email: &str, password: &str) -> Response {
        self.ask("POST", "/api/v1/session", Some(json!({ "email": email, "password": password })))
    }

    /// Whether the cookie still opens anything.
    pub(crate) fn is_signed_in(&mut self) -> bool {
        self.ask("GET", "/api/v1/me", None).status == 200
    }

    /// The id of whoever has signed in.
    #[track_caller]
    pub(crate) fn user_id(&mut self) -> String {
        text(&self.get("/api/v1/me")["user"]["id"])
    }
}

/// What the store keeps of [`PASSWORD`].
fn phc() -> String {
    static PHC: OnceLock<String> = OnceLock::new();
    let hashed = || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(Passwords::new(Hashing::start()).hash(PASSWORD.to_owned()))
    };
    PHC.get_or_init(hashed).clone()
}

/// Makes an account in a workspace, or in none.
pub(crate) fn account(carom: &Carom, email: &str, member: Option<(WorkspaceId, &'static str)>) {
    let folded = Email::parse(email).expect("an address").folded().to_owned();
    let (email, name, password) = (email.to_owned(), "Somebody".to_owned(), phc());
    in_store(carom, async |store| {
        let new = NewUser { email, email_folded: folded, name, password, member };
        users::create(store, new).await.expect("an account");
    });
}

/// Makes an account with this role in the default workspace, and signs in.
#[track_caller]
pub(crate) fn member<'c>(carom: &'c Carom, email: &str, role: &'static str) -> Browser<'c> {
    let workspace =
        in_store(carom, async |store| facts::default_workspace(store).await.expect("a workspace"));
    account(carom, email, Some((workspace, role)));
    signed_in(carom, email)
}

/// Makes the owner of another workspace, and signs them in.
#[track_caller]
pub(crate) fn stranger<'c>(carom: &'c Carom, email: &str) -> (WorkspaceId, Browser<'c>) {
    let made = in_store(carom, async |store| {
        workspaces::create(store, "elsewhere".to_owned(), None).await.expect("a workspace")
    });
    account(carom, email, Some((made.id, "owner")));
    (made.id, signed_in(carom, email))
}

/// A browser in which somebody has signed in.
#[track_caller]
pub(crate) fn signed_in<'c>(carom: &'c Carom, email: &str) -> Browser<'c> {
    let mut browser = Browser::new(carom);
    let response = browser.sign_in(email, PASSWORD);
    assert_eq!(response.status, 201, "{}", response.text());
    browser
}

/// Opens the set-up anew, as at the first start of a store, and returns its token.
pub(crate) fn open_set_up(carom: &Carom) -> String {
    run_on_store_of(carom, "DELETE FROM facts WHERE name = 'setup'");
    let token = Token::random();
    let digest = token.digest_text();
    let is_open = in_store(carom, async |store| setup::open(store, digest).await.expect("open"));
    assert!(is_open, "nobody has an account");
    token.reveal().to_owned()
}

/// A text in JSON.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
