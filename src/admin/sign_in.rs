//! What signing in needs: how passwords are hashed, how often somebody may try, where people come
//! from, and what the cookie is called.

use axum::http::HeaderValue;
use axum_extra::extract::cookie::{Cookie, SameSite};
use tokio::sync::Mutex;
use url::Url;

use crate::accounts::attempts::Attempts;
use crate::accounts::password::Passwords;
use crate::accounts::token::Token;
use crate::store::pending_sign_ins::KEPT_MS;
use crate::store::sessions::AGE_MAX_MS;

/// Browsers take a cookie of such a name from this host alone, over TLS, for every path (RFC 6265bis
/// §4.1.3.2).
const NAME_OVER_TLS: &str = "__Host-carom";

/// The same where there is no TLS, as on a loopback listener: browsers would refuse the other name.
const NAME: &str = "carom";

/// The same two for a sign-in under way at a provider.
const PENDING_NAME_OVER_TLS: &str = "__Host-carom_oidc";
const PENDING_NAME: &str = "carom_oidc";

/// Where a provider leads people back to.
pub const OIDC_CALLBACK: &str = "/api/v1/session/oidc/callback";

/// What sign-ins share.
pub struct SignIn {
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// The tries of late.
    pub attempts: Attempts,
    /// Held by the one who sets the store up: of many at once, the others find it set up, and no
    /// password of theirs is hashed in vain.
    pub set_up: Mutex<()>,
    /// Where people reach the admin listener.
    pub public_url: Url,
}

impl SignIn {
    /// The name of the cookie that holds a session's token.
    pub(super) fn cookie_name(&self) -> &'static str {
        if self.is_over_tls() { NAME_OVER_TLS } else { NAME }
    }

    /// The `Set-Cookie` that begins a session.
    pub(super) fn cookie(&self, token: &Token) -> HeaderValue {
        self.set_cookie(self.cookie_name(), token.reveal(), AGE_MAX_MS / 1000)
    }

    /// The `Set-Cookie` that takes it away.
    pub(super) fn no_cookie(&self) -> HeaderValue {
        self.set_cookie(self.cookie_name(), "", 0)
    }

    /// The name of the cookie that holds one half of what names a sign-in under way at a provider.
    pub(super) fn pending_cookie_name(&self) -> &'static str {
        if self.is_over_tls() { PENDING_NAME_OVER_TLS } else { PENDING_NAME }
    }

    /// The `Set-Cookie` that begins such a sign-in.
    pub(super) fn pending_cookie(&self, token: &Token) -> HeaderValue {
        self.set_cookie(self.pending_cookie_name(), token.reveal(), KEPT_MS / 1000)
    }

    /// The `Set-Cookie` that takes it away.
    pub(super) fn no_pending_cookie(&self) -> HeaderValue {
        self.set_cookie(self.pending_cookie_name(), "", 0)
    }

    /// The address of a page that people are sent to. What stands in its fragment reaches no log.
    pub(super) fn page(&self, path: &str, fragment: &str) -> String {
        let mut url = self.public_url.clone();
        url.set_path(path);
        url.set_fragment(Some(fragment));
        url.into()
    }

    fn set_cookie(&self, name: &str, value: &str, seconds: i64) -> HeaderValue {
        let cookie = Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.is_over_tls());
        // `max_age` would ask for the crate of its durations by name.
        let text = format!("{}; Max-Age={seconds}", cookie.build());
        HeaderValue::try_from(text).expect("a name and letters")
    }

    fn is_over_tls(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hashing::Hashing;

    fn sign_in(url: &str) -> SignIn {
        let public_url = Url::parse(url).expect("a URL");
        SignIn {
            passwords: Passwords::new(Hashing::start()),
            attempts: Attempts::default(),
            set_up: Mutex::new(()),
            public_url,
        }
    }

    #[test]
    fn the_cookie_is_the_host_s_alone_over_tls_and_plain_without() {
        let token = Token::random();
        let over_tls = sign_in("https://admin.example/").cookie(&token);
        let expected = format!(
            "__Host-carom={}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000",
            token.reveal()
        );
        assert_eq!(over_tls, expected);
        let plain = sign_in("http://127.0.0.1:8081/").cookie(&token);
        let expected =
            format!("carom={}; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000", token.reveal());
        assert_eq!(plain, expected);
        let pending = sign_in("https://admin.example/").pending_cookie(&token);
        let expected = format!(
            "__Host-carom_oidc={}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600",
            token.reveal()
        );
        assert_eq!(pending, expected);
        let none = sign_in("http://127.0.0.1:8081/").no_cookie();
        assert_eq!(none, "carom=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    }

    #[test]
    fn a_page_s_secret_stands_in_its_fragment() {
        let page = sign_in("https://admin.example/").page("/invitation", "secret");
        assert_eq!(page, "https://admin.example/invitation#secret");
    }
}
