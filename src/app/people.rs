//! What people need beyond this process: a provider to sign in at, a server for mails.

use url::Url;

use crate::admin::sign_in::OIDC_CALLBACK;
use crate::config::Config;
use crate::mail::{self, Mailer};
use crate::sso::provider::{PATIENCE, Provider, Settings};
use crate::sso::rules::Rules;

/// The provider that is configured, if one is. It is asked nothing yet.
pub(super) fn provider(config: &Config, public_url: &Url) -> Option<Provider> {
    let oidc = &config.oidc;
    let mut redirect = public_url.clone();
    redirect.set_path(OIDC_CALLBACK);
    let secret = oidc.client_secret.reveal();
    let settings = Settings {
        issuer: oidc.issuer.clone()?,
        client_id: oidc.client_id.clone(),
        client_secret: (!secret.is_empty()).then(|| secret.to_owned()),
        name: oidc.name.clone(),
        redirect,
        rules: Rules {
            link_by_email: oidc.link_by_email,
            create_users: oidc.create_users,
            email_domains: oidc.email_domains.clone(),
        },
        patience: PATIENCE.min(config.admin.request_timeout / 2),
    };
    Some(Provider::new(settings))
}

/// What sends mails, if a server for them is configured.
pub(super) fn mailer(config: &Config) -> Option<Mailer> {
    let (server, from) = (config.mail.server.clone()?, config.mail.from.clone()?);
    // The answer to the request that sends one says what became of it.
    let deadline = mail::DEADLINE.min(config.admin.request_timeout / 2);
    Some(Mailer::new(server, from, deadline))
}
