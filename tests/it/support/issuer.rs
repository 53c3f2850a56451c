//! A small OpenID provider on loopback: discovery, keys, a sign-in page that signs in at once, tokens.
//! It can be told to misbehave.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use aws_lc_rs::{hmac, rsa, signature};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use carom::accounts::token::Token;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use super::http::{self, Connection};

/// Who the client is to this provider.
pub(crate) const CLIENT_ID: &str = "carom tests";

/// Its secret, with letters that a header must carry encoded.
pub(crate) const CLIENT_SECRET: &str = "a:secret & more";

/// What the provider does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misbehaviour {
    /// Nothing.
    None,
    /// The ID token repeats another nonce.
    WrongNonce,
    /// It has none.
    NoNonce,
    /// It is for another client.
    WrongAudience,
    /// It is for this client and another one.
    MoreAudiences,
    /// It was asked for by another client.
    WrongParty,
    /// It is another provider's.
    WrongIssuer,
    /// It ended a minute ago.
    Expired,
    /// It is not signed.
    Unsigned,
    /// It is signed with the client's secret.
    SignedWithSecret,
    /// It is signed by somebody else's key, under the name of the provider's.
    ForeignKey,
    /// It belongs to another access token.
    WrongAccess,
    /// There is none.
    NoIdToken,
    /// What is said of the person elsewhere is said of somebody else.
    ElsewhereSomebodyElse,
    /// Tokens are answered with 500.
    TokensFail,
    /// Tokens are not answered at all.
    TokensHang,
    /// The answer with tokens is larger than anybody should read.
    TokensFlood,
    /// The answer with tokens is a redirect.
    TokensRedirect,
    /// The description of the provider is answered with 503.
    DiscoveryFails,
    /// It is not answered at all.
    DiscoveryHangs,
    /// It is another provider's.
    DiscoveryOfAnother,
    /// It is no JSON.
    DiscoveryOfRubbish,
}

/// A running provider.
pub(crate) struct Issuer {
    /// Its issuer, as clients are configured with it.
    pub(crate) url: String,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    is_over: Arc<AtomicBool>,
}

struct State {
    url: String,
    key: Key,
    keys: usize,
    does: Misbehaviour,
    person: Value,
    elsewhere: Option<Value>,
    codes: HashMap<String, Grant>,
    asked: HashMap<String, usize>,
}

/// What a code stands for.
struct Grant {
    nonce: String,
    challenge: String,
    redirect: String,
    person: Value,
}

/// A key with its name.
struct Key {
    name: String,
    pair: Pair,
}

enum Pair {
    Ecdsa(Box<EcdsaKeyPair>),
    Rsa(Box<rsa::KeyPair>),
}

struct Request {
    method: String,
    target: Url,
    headers: HashMap<String, String>,
    body: String,
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Issuer {
    /// A provider that signs with ES256.
    pub(crate) fn start() -> Self {
        Self::with(Pair::ecdsa())
    }

    /// A provider that signs with RS256.
    pub(crate) fn start_with_rsa() -> Self {
        let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("a key");
        Self::with(Pair::Rsa(Box::new(pair)))
    }

    fn with(pair: Pair) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let url = format!("http://{address}/realm");
        let state = State {
            url: url.clone(),
            key: Key { name: "key 1".to_owned(), pair },
            keys: 1,
            does: Misbehaviour::None,
            person: person("1", "ada@example.com", true),
            elsewhere: None,
            codes: HashMap::new(),
            asked: HashMap::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let is_over = Arc::new(AtomicBool::new(false));
        let (shared, over) = (Arc::clone(&state), Arc::clone(&is_over));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), state) = (stream, Arc::clone(&shared)) else { continue };
                // Whoever asked may hang up.
                thread::spawn(move || drop(serve(&stream, &state)));
            }
        });
        Self { url, address, state, is_over }
    }

    /// From now on this is done wrong.
    pub(crate) fn does(&self, misbehaviour: Misbehaviour) {
        self.state().does = misbehaviour;
    }

    /// From now on this is said of whoever signs in.
    pub(crate) fn says(&self, person: Value) {
        self.state().person = person;
    }

    /// From now on this is said in the ID token, and that elsewhere.
    pub(crate) fn says_elsewhere(&self, person: Value, elsewhere: Value) {
        let mut state = self.state();
        (state.person, state.elsewhere) = (person, Some(elsewhere));
    }

    /// From now on another key signs, and is the only one that is known.
    pub(crate) fn rotate(&self) {
        let mut state = self.state();
        state.keys += 1;
        state.key = Key { name: format!("key {}", state.keys), pair: Pair::ecdsa() };
    }

    /// How often this was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.state().asked.get(path).copied().unwrap_or_default()
    }

    /// Signs somebody in as a browser would that was sent to `url`, and says where they are led then.
    #[track_caller]
    pub(crate) fn sign_in(&self, url: &Url) -> Url {
        let path = &url[url::Position::BeforePath..];
        let answer = http::get(self.address, path);
        assert_eq!(answer.status, 302, "{}", answer.text());
        let location = answer.header("location").expect("a place to go");
        Url::parse(location).expect("a URL")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the listener.
        drop(Connection::try_open(self.address));
    }
}

/// What is said of a person.
pub(crate) fn person(subject: &str, email: &str, is_verified: bool) -> Value {
    json!({ "sub": subject, "email": email, "email_verified": is_verified, "name": "Ada L." })
}

fn serve(stream: &TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let request = read(stream)?;
    let answer = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let path = request.target.path().to_owned();
        *state.asked.entry(path).or_default() += 1;
        state.answer(&request)
    };
    let Some(Answer { status, headers, body }) = answer else {
        // Says nothing, until whoever asked gives up.
        return stream.try_clone()?.read_to_end(&mut Vec::new()).map(drop);
    };
    let mut head =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = stream;
    stream.write_all(format!("{head}\r\n{body}").as_bytes())
}

fn read(stream: &TcpStream) -> io::Result<Request> {
    let rubbish = || io::Error::other("not a request");
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let mut words = line.split(' ');
    let method = words.next().ok_or_else(rubbish)?.to_owned();
    let target = format!("http://host{}", words.next().ok_or_else(rubbish)?);
    let target = Url::parse(&target).map_err(io::Error::other)?;
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(Ok(0), |length| length.parse());
    let mut body = vec![0; length.map_err(io::Error::other)?];
    stream.read_exact(&mut body)?;
    let body = String::from_utf8(body).map_err(io::Error::other)?;
    Ok(Request { method, target, headers, body })
}

impl Answer {
    fn json(status: u16, body: &Value) -> Self {
        let kind = ("content-type", "application/json".to_owned());
        Self { status, headers: vec![kind], body: body.to_string() }
    }

    fn bad(why: &str) -> Self {
        Self { status: 400, headers: vec![], body: why.to_owned() }
    }
}

impl State {
    /// The answer; none to say nothing.
    fn answer(&mut self, request: &Request) -> Option<Answer> {
        let answer = match (request.method.as_str(), request.target.path()) {
            ("GET", "/realm/.well-known/openid-configuration") => return self.description(),
            ("GET", "/realm/keys") => Answer::json(200, &json!({ "keys": [self.key.public()] })),
            ("GET", "/realm/sign-in") => self.sign_in(&request.target),
            ("POST", "/realm/tokens") => return self.tokens(request),
            ("GET", "/realm/people") => self.people(request),
            _ => Answer { status: 404, headers: vec![], body: String::new() },
        };
        Some(answer)
    }

    fn description(&self) -> Option<Answer> {
        let url = match self.does {
            Misbehaviour::DiscoveryFails => return Some(Answer::json(503, &json!({}))),
            Misbehaviour::DiscoveryHangs => return None,
            Misbehaviour::DiscoveryOfRubbish => return Some(Answer::json(200, &json!("rubbish"))),
            Misbehaviour::DiscoveryOfAnother => "http://127.0.0.1:1/other",
            _ => &self.url,
        };
        let mut description = json!({
            "issuer": url,
            "authorization_endpoint": format!("{}/sign-in", self.url),
            "token_endpoint": format!("{}/tokens", self.url),
            "jwks_uri": format!("{}/keys", self.url),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.key.algorithm(), "HS256", "none"],
        });
        if self.elsewhere.is_some() {
            description["userinfo_endpoint"] = json!(format!("{}/people", self.url));
        }
        Some(Answer::json(200, &description))
    }

    fn sign_in(&mut self, target: &Url) -> Answer {
        let asked: HashMap<_, _> = target.query_pairs().into_owned().collect();
        let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
        if of("response_type") != "code" || of("client_id") != CLIENT_ID {
            return Answer::bad("not a request for a code of this client");
        }
        if !of("scope").split(' ').any(|scope| scope == "openid") {
            return Answer::bad("not OpenID Connect");
        }
        if of("code_challenge_method") != "S256" || of("code_challenge").len() != 43 {
            return Answer::bad("no PKCE");
        }
        if of("state").len() < 22 || of("nonce").len() < 22 {
            return Answer::bad("the state or the nonce can be guessed");
        }
        let code = Token::random().reveal().to_owned();
        let (nonce, challenge) = (of("nonce"), of("code_challenge"));
        let redirect = of("redirect_uri");
        let Ok(mut back) = Url::parse(&redirect) else { return Answer::bad("nowhere to go") };
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &of("state"));
        let person = self.person.clone();
        self.codes.insert(code, Grant { nonce, challenge, redirect, person });
        Answer { status: 302, headers: vec![("location", back.into())], body: String::new() }
    }

    fn tokens(&mut self, request: &Request) -> Option<Answer> {
        match self.does {
            Misbehaviour::TokensFail => return Some(Answer::json(500, &json!({}))),
            Misbehaviour::TokensHang => return None,
            Misbehaviour::TokensFlood => {
                return Some(Answer::json(200, &json!("x".repeat(2 << 20))));
            }
            Misbehaviour::TokensRedirect => {
                let headers = vec![("location", format!("{}/elsewhere", self.url))];
                return Some(Answer { status: 307, headers, body: String::new() });
            }
            _ => {}
        }
        if !is_client(request) {
            return Some(Answer::json(401, &json!({ "error": "invalid_client" })));
        }
        let sent: HashMap<_, _> = form_urlencoded::parse(request.body.as_bytes()).collect();
        let of = |name: &str| sent.get(name).map_or("", |value| value);
        let grant = self.codes.remove(of("code"));
        let verified = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(of("code_verifier")));
        let is_good = of("grant_type") == "authorization_code"
            && grant.as_ref().is_some_and(|grant| {
                grant.challenge == verified && grant.redirect == of("redirect_uri")
            });
        let (true, Some(grant)) = (is_good, grant) else {
            return Some(Answer::json(400, &json!({ "error": "invalid_grant" })));
        };
        let mut tokens = json!({
            "access_token": "access",
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": self.id_token(&grant),
        });
        if self.does == Misbehaviour::NoIdToken {
            tokens.as_object_mut().expect("an object").remove("id_token");
        }
        Some(Answer::json(200, &tokens))
    }

    fn id_token(&self, grant: &Grant) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let access = if self.does == Misbehaviour::WrongAccess { "other" } else { "access" };
        let mut claims = grant.person.clone();
        claims["iss"] = json!(self.url);
        claims["aud"] = json!(CLIENT_ID);
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + 300);
        claims["nonce"] = json!(grant.nonce);
        claims["at_hash"] = json!(BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(access)[..16]));
        match self.does {
            Misbehaviour::WrongNonce => claims["nonce"] = json!("another nonce of no sign-in"),
            Misbehaviour::NoNonce => drop(claims.as_object_mut().expect("one").remove("nonce")),
            Misbehaviour::WrongAudience => claims["aud"] = json!("another client"),
            Misbehaviour::MoreAudiences => claims["aud"] = json!([CLIENT_ID, "another client"]),
            Misbehaviour::WrongParty => claims["azp"] = json!("another client"),
            Misbehaviour::WrongIssuer => claims["iss"] = json!("http://127.0.0.1:1/other"),
            Misbehaviour::Expired => claims["exp"] = json!(now - 60),
            _ => {}
        }
        self.signed(&claims)
    }

    fn signed(&self, claims: &Value) -> String {
        let algorithm = match self.does {
            Misbehaviour::Unsigned => "none",
            Misbehaviour::SignedWithSecret => "HS256",
            _ => self.key.algorithm(),
        };
        let head = json!({ "alg": algorithm, "kid": self.key.name });
        let encode = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
        let text = [&head, claims].map(|part| encode(part.to_string().as_bytes())).join(".");
        let signature = match self.does {
            Misbehaviour::Unsigned => Vec::new(),
            Misbehaviour::SignedWithSecret => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
                hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
            }
            Misbehaviour::ForeignKey => Pair::ecdsa().sign(text.as_bytes()),
            _ => self.key.pair.sign(text.as_bytes()),
        };
        format!("{text}.{}", encode(&signature))
    }

    fn people(&self, request: &Request) -> Answer {
        let shown = request.headers.get("authorization").map(String::as_str);
        let (Some("Bearer access"), Some(person)) = (shown, &self.elsewhere) else {
            return Answer { status: 401, headers: vec![], body: String::new() };
        };
        let mut person = person.clone();
        if self.does == Misbehaviour::ElsewhereSomebodyElse {
            person["sub"] = json!("somebody else");
        }
        Answer::json(200, &person)
    }
}

/// Whether the client's id and secret are in the header (RFC 6749 §2.3.1).
fn is_client(request: &Request) -> bool {
    let header = request.headers.get("authorization").and_then(|it| it.strip_prefix("Basic "));
    let shown = header.and_then(|shown| BASE64_STANDARD.decode(shown).ok());
    let shown = shown.and_then(|shown| String::from_utf8(shown).ok());
    let Some((id, secret)) = shown.as_deref().and_then(|shown| shown.split_once(':')) else {
        return false;
    };
    let decoded = |text: &str| {
        let pair = format!("x={text}");
        form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    decoded(id).as_deref() == Some(CLIENT_ID) && decoded(secret).as_deref() == Some(CLIENT_SECRET)
}

impl Key {
    fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Ecdsa(_) => "ES256",
            Pair::Rsa(_) => "RS256",
        }
    }

    /// The key as others may see it (RFC 7517).
    fn public(&self) -> Value {
        let encode = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
        let (kid, alg) = (&self.name, self.algorithm());
        match &self.pair {
            Pair::Ecdsa(pair) => {
                // After the first byte, 4, stand both coordinates (SEC 1 §2.3.3).
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                let (x, y) = (encode(x), encode(y));
                json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "alg": alg, "x": x, "y": y })
            }
            Pair::Rsa(pair) => {
                // PKCS #1: a head of nine bytes, the modulus of 2048 bits, a head of two, 65537.
                let public = pair.public_key().as_ref();
                let (n, e) = (encode(&public[9..265]), encode(&public[267..]));
                json!({ "kty": "RSA", "use": "sig", "kid": kid, "alg": alg, "n": n, "e": e })
            }
        }
    }
}

impl Pair {
    fn ecdsa() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self::Ecdsa(Box::new(pair))
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ecdsa(pair) => pair.sign(&random, text).expect("a signature").as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signed = vec![0; pair.public_modulus_len()];
                let encoding = &signature::RSA_PKCS1_SHA256;
                pair.sign(encoding, &random, text, &mut signed).expect("a signature");
                signed
            }
        }
    }
}
