//! The two steps of a sign-in, and what is known of the provider.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims,
    CoreJwsSigningAlgorithm as Alg, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    SignatureVerificationError as Signature, TokenResponse as _,
};
use tokio::sync::Mutex;
use url::Url;

use super::failure::{Failure, Why};
use super::http::Http;
use super::pending::{self, Pending, ReturnTo};
use super::person::{Person, Said};
use super::rules::Rules;
use crate::accounts::token::Token;

/// Time for one step of a sign-in.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of a provider is asked for again after so long.
const KEPT: Duration = Duration::from_secs(3600);

/// A provider that failed is left alone for so long, however many sign in.
const REST: Duration = Duration::from_secs(1);

/// Signatures that only the provider can make: not those that its client's secret makes.
const ALGORITHMS: [Alg; 9] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];

/// Which provider, and who this server is there.
#[derive(Clone)]
pub struct Settings {
    /// Its issuer, letter by letter.
    pub issuer: String,
    /// The id that it knows this server by.
    pub client_id: String,
    /// The secret that goes with it; none for a public client.
    pub client_secret: Option<String>,
    /// What people know it as.
    pub name: String,
    /// Where it leads people back to.
    pub redirect: Url,
    /// Who may sign in there, and as whom here.
    pub rules: Rules,
    /// Time for one step of a sign-in: [`PATIENCE`], or less.
    pub patience: Duration,
}

// By hand: it holds a secret.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({}, {})", self.issuer, self.client_id)
    }
}

/// A provider.
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    memory: Mutex<Memory>,
}

/// What is known of it, and when it failed.
#[derive(Debug, Default)]
struct Memory {
    known: Option<Arc<Known>>,
    failed: Option<(Instant, Failure)>,
}

/// What is known of it.
#[derive(Debug)]
struct Known {
    http: Http,
    client: Client,
    since: Instant,
}

/// With the endpoints that discovery gives: that for the browser always, those for tokens and for what
/// is said of people perhaps.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A sign-in that was begun.
pub struct Begun {
    /// Where the browser goes.
    pub url: Url,
    /// What its cookie holds.
    pub cookie: Token,
    /// The name under which the store remembers it.
    pub digest: Vec<u8>,
    /// What it remembers.
    pub pending: Pending,
}

impl Provider {
    /// Asks nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, memory: Mutex::default() }
    }

    /// What people know it as.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Who may sign in there, and as whom here.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.settings.rules
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// The provider cannot be had.
    pub async fn begin(&self, return_to: ReturnTo) -> Result<Begun, Failure> {
        let known = self.known(None).await?;
        let (cookie, state) = (Token::random(), Token::random());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let sent = state.clone();
        let (url, _, nonce) = known
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(sent.reveal().to_owned()),
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let digest = pending::digest(&cookie, &state);
        let (nonce, verifier) = (nonce.secret().clone(), verifier.into_secret());
        Ok(Begun { url, cookie, digest, pending: Pending { nonce, verifier, return_to } })
    }

    /// Finishes a sign-in with the code that its person has brought back.
    ///
    /// # Errors
    /// The code is not taken, or what the provider says does not hold.
    pub async fn finish(&self, pending: Pending, code: String) -> Result<Person, Failure> {
        let patience = self.settings.patience;
        tokio::time::timeout(patience, self.redeem(pending, code))
            .await
            .unwrap_or_else(|_| Err(self.late()))
    }

    async fn redeem(&self, pending: Pending, code: String) -> Result<Person, Failure> {
        let known = self.known(None).await?;
        let request = known.client.exchange_code(AuthorizationCode::new(code));
        let tokens = request
            .map_err(|error| Failure::Defective(Why::of(&error)))?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier))
            .request_async(&known.http)
            .await
            .map_err(Failure::of_tokens)?;
        let id_token = tokens.id_token();
        let id_token = id_token.ok_or_else(|| Failure::Defective(Why::said("no ID token")))?;
        let nonce = Nonce::new(pending.nonce);
        let (known, claims) = match known.claims(id_token, &nonce) {
            Err(error) if is_about_keys(&error) => {
                let newer = self.known(Some(&known)).await?;
                let claims = newer.claims(id_token, &nonce).cloned();
                (newer, claims)
            }
            claims => (known, claims.cloned()),
        };
        let claims = claims.map_err(|error| Failure::Untrusted(Why::of(&error)))?;
        known.person(&self.settings.issuer, id_token, &claims, tokens.access_token()).await
    }

    /// What is known of the provider: from memory, if that is not `outdated`, or from itself.
    async fn known(&self, outdated: Option<&Arc<Known>>) -> Result<Arc<Known>, Failure> {
        let patience = self.settings.patience;
        let memory = tokio::time::timeout(patience, self.memory.lock()).await;
        let mut memory = memory.map_err(|_| self.late())?;
        if let Some(known) = &memory.known {
            let is_outdated = outdated.is_some_and(|outdated| Arc::ptr_eq(outdated, known));
            if !is_outdated && known.since.elapsed() < KEPT {
                return Ok(Arc::clone(known));
            }
        }
        if let Some((at, failure)) = &memory.failed
            && at.elapsed() < REST
        {
            return Err(failure.clone());
        }
        let learned = tokio::time::timeout(patience, Known::learn(&self.settings)).await;
        match learned.unwrap_or_else(|_| Err(self.late())) {
            Ok(known) => {
                let known = Arc::new(known);
                *memory = Memory { known: Some(Arc::clone(&known)), failed: None };
                Ok(known)
            }
            Err(failure) => {
                memory.failed = Some((Instant::now(), failure.clone()));
                Err(failure)
            }
        }
    }

    fn late(&self) -> Failure {
        Failure::Unreachable(Why::said(format!("no answer within {:?}", self.settings.patience)))
    }
}

impl Known {
    /// Reads the provider's own description of itself, and its keys (OpenID Connect Discovery 1.0 §4).
    async fn learn(settings: &Settings) -> Result<Self, Failure> {
        let defective =
            |error: &(dyn std::error::Error + 'static)| Failure::Defective(Why::of(error));
        let http = Http::new(&settings.issuer, settings.patience).map_err(|it| defective(&it))?;
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|it| defective(&it))?;
        let since = Instant::now();
        let metadata = CoreProviderMetadata::discover_async(issuer, &http).await;
        let metadata = metadata.map_err(Failure::of_discovery)?;
        let page = metadata.authorization_endpoint().url();
        if page.scheme() != "https" && settings.issuer.starts_with("https:") {
            let why = format!("its sign-in page {page} is not https");
            return Err(Failure::Defective(Why::said(why)));
        }
        let auth_type = auth_type(&metadata);
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(settings.client_id.clone()),
            settings.client_secret.clone().map(ClientSecret::new),
        )
        .set_redirect_uri(RedirectUrl::from_url(settings.redirect.clone()))
        .set_auth_type(auth_type);
        Ok(Self { http, client, since })
    }

    /// What an ID token says, if it holds (OpenID Connect Core 1.0 §3.1.3.7).
    fn claims<'t>(
        &self,
        id_token: &'t CoreIdToken,
        nonce: &Nonce,
    ) -> Result<&'t CoreIdTokenClaims, ClaimsVerificationError> {
        let verifier = self.client.id_token_verifier().set_allowed_algs(ALGORITHMS);
        let claims = id_token.claims(&verifier, nonce)?;
        let party = claims.authorized_party();
        if party.is_some_and(|party| party != self.client.client_id()) {
            let why = "the authorized party is another client".to_owned();
            return Err(ClaimsVerificationError::InvalidAudience(why));
        }
        Ok(claims)
    }

    /// Whom the claims speak of. Where they name no address, the provider is asked for what it says of
    /// its people elsewhere (OpenID Connect Core 1.0 §5.3).
    async fn person(
        &self,
        issuer: &str,
        id_token: &CoreIdToken,
        claims: &CoreIdTokenClaims,
        access: &AccessToken,
    ) -> Result<Person, Failure> {
        let subject = claims.subject().as_str();
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str());
        if claims.email().is_some() || self.client.user_info_url().is_none() {
            let email = claims.email().map(|email| email.as_str());
            let is_verified = claims.email_verified() == Some(true);
            return Person::of(issuer, Said { subject, email, is_verified, name });
        }
        self.check_access(id_token, claims, access)
            .map_err(|why| Failure::Untrusted(Why::said(why)))?;
        let request = self.client.user_info(access.clone(), Some(claims.subject().clone()));
        let request = request.map_err(|error| Failure::Defective(Why::of(&error)))?;
        let more: CoreUserInfoClaims =
            request.request_async(&self.http).await.map_err(Failure::of_user_info)?;
        let more_name = more.name().and_then(|name| name.get(None)).map(|name| name.as_str());
        let email = more.email().map(|email| email.as_str());
        let is_verified = more.email_verified() == Some(true);
        Person::of(issuer, Said { subject, email, is_verified, name: name.or(more_name) })
    }

    /// Whether the access token is the one that came with the ID token, if that says so.
    fn check_access(
        &self,
        id_token: &CoreIdToken,
        claims: &CoreIdTokenClaims,
        access: &AccessToken,
    ) -> Result<(), String> {
        let Some(expected) = claims.access_token_hash() else { return Ok(()) };
        let verifier = self.client.id_token_verifier();
        let algorithm = id_token.signing_alg().map_err(|error| error.to_string())?;
        let key = id_token.signing_key(&verifier).map_err(|error| error.to_string())?;
        let hash = AccessTokenHash::from_token(access, algorithm, key);
        let is_same = hash.map_err(|error| error.to_string())? == *expected;
        is_same.then_some(()).ok_or_else(|| "the access token is another's".to_owned())
    }
}

/// How this server shows its secret: in a header, unless the provider takes it in the body alone.
fn auth_type(metadata: &CoreProviderMetadata) -> AuthType {
    let methods = metadata.token_endpoint_auth_methods_supported();
    let takes = |method| methods.is_some_and(|methods| methods.contains(&method));
    let is_body = !takes(CoreClientAuthMethod::ClientSecretBasic)
        && takes(CoreClientAuthMethod::ClientSecretPost);
    if is_body { AuthType::RequestBody } else { AuthType::BasicAuth }
}

/// Whether other keys could make a token hold that does not: the provider may have changed them.
fn is_about_keys(error: &ClaimsVerificationError) -> bool {
    let ClaimsVerificationError::SignatureVerification(error) = error else { return false };
    matches!(
        error,
        Signature::NoMatchingKey | Signature::AmbiguousKeyId(_) | Signature::CryptoError(_)
    )
}
