//! `[oidc]`: sign-in at a provider (OpenID Connect).

use std::fmt;

use url::Url;

use super::super::reader::Reader;
use super::hosts;
use crate::model::host::is_loopback;

/// `[oidc]`
#[derive(Debug, Clone)]
pub struct OidcConfig {
    /// The provider's issuer, letter by letter as it was written; none: nobody signs in so.
    pub issuer: Option<String>,
    /// The id that the provider knows this server by.
    pub client_id: String,
    /// The secret that goes with it; empty for a public client.
    pub client_secret: Secret,
    /// What people know the provider as.
    pub name: String,
    /// Whether an account is found by its e-mail address.
    pub link_by_email: bool,
    /// Whether those without an account get one.
    pub create_users: bool,
    /// Domains of the addresses that may sign in so, in lower-case ASCII; none for all.
    pub email_domains: Vec<String>,
}

/// A text that is never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

// By hand: it is a secret.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl OidcConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            issuer: reader.text("oidc.issuer", issuer),
            client_id: reader.text("oidc.client_id", |text| Ok(text.trim().to_owned())),
            client_secret: reader.text("oidc.client_secret", |text| Ok(Secret(text.to_owned()))),
            name: reader.text("oidc.name", name),
            link_by_email: reader.switch("oidc.link_by_email"),
            create_users: reader.switch("oidc.create_users"),
            email_domains: reader.text("oidc.email_domains", hosts::list),
        }
    }
}

fn issuer(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |what: &str| {
        Err(format!("{what}: write the provider's issuer, such as https://login.example"))
    };
    let Ok(url) = Url::parse(text) else { return wrong("is no URL") };
    let is_local = url.host().is_some_and(|host| is_loopback(&host));
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_local);
    if !is_safe {
        return wrong("is not https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("carries a user name or a password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("has a query or a fragment");
    }
    Ok(Some(text.to_owned()))
}

fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err("is no name: write what people know the provider as".to_owned());
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::hosts::list as email_domains;
    use super::*;

    #[test]
    fn an_issuer_is_https_or_on_loopback_and_kept_letter_by_letter() {
        for text in [
            "https://login.example",
            "https://login.example/realms/One/",
            "http://127.0.0.1:9000",
            "http://localhost:9000/x",
            "http://[::1]:9000",
        ] {
            assert_eq!(issuer(text), Ok(Some(text.to_owned())));
        }
        assert_eq!(issuer(""), Ok(None));
        for text in [
            "login.example",
            "http://login.example",
            "http://127.0.0.1.example",
            "https://me:secret@login.example",
            "https://login.example?x",
            "https://login.example#x",
            "ftp://127.0.0.1",
        ] {
            assert!(issuer(text).is_err(), "{text}");
        }
    }

    #[test]
    fn email_domains_are_names_with_commas_between_them() {
        let names = vec!["a.example".to_owned(), "xn--mnchen-3ya.example".to_owned()];
        assert_eq!(email_domains("A.example , münchen.example,"), Ok(names));
        assert_eq!(email_domains(""), Ok(Vec::new()));
        assert!(email_domains("@a.example").is_err());
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret("hush".to_owned())), "Secret(…)");
    }
}
