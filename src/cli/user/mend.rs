//! What an operator does for somebody, or to them: another password, no second factor, in or out.

use anyhow::Context;
use serde_json::json;

use super::arguments::{ResetArguments, Who};
use super::{password, pick, print};
use crate::accounts::email::Email;
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::store::users::{self, UserState};

/// `carom user reset-password`
pub(super) async fn reset_password(
    opened: &Opened,
    arguments: &ResetArguments,
    form: Form,
) -> anyhow::Result<()> {
    let user = pick::by_email(opened, &arguments.who.email).await?;
    let email = Email::parse(&user.email)?;
    let chosen = password::choose(&arguments.source, &email).await?;
    let user = users::set_password(&opened.store, user.id, None, chosen.stored)
        .await
        .with_context(|| format!("cannot change the password of {email}"))?;
    let mut said = format!("{email} has another password, and all their sessions have ended");
    if user.state == UserState::Disabled {
        said.push_str(&format!("; they may not sign in: `carom user enable {email}`"));
    }
    print::changed(&user, &said, chosen.made_up.as_deref(), form)
}

/// `carom user disable` and `carom user enable`
pub(super) async fn set_state(
    opened: &Opened,
    who: &Who,
    state: UserState,
    form: Form,
) -> anyhow::Result<()> {
    let user = pick::by_email(opened, &who.email).await?;
    let user = users::set_state(&opened.store, user.id, state)
        .await
        .with_context(|| format!("cannot change the account of {}", user.email))?;
    let email = &user.email;
    let said = match state {
        UserState::Active => format!("{email} may sign in"),
        UserState::Disabled => {
            format!("{email} may not sign in any more, and all their sessions have ended")
        }
    };
    print::changed(&user, &said, None, form)
}

/// `carom user remove-second-factor`
pub(super) async fn remove_second_factor(
    opened: &Opened,
    who: &Who,
    form: Form,
) -> anyhow::Result<()> {
    let user = pick::by_email(opened, &who.email).await?;
    let email = &user.email;
    let had_one = users::remove_totp(&opened.store, user.id)
        .await
        .with_context(|| format!("cannot take the second factor of {email} away"))?;
    let mut output = Output::open();
    if form.is_json {
        return output.json(&json!({ "id": user.id, "email": email, "removed": had_one }));
    }
    output.line(&match had_one {
        true => format!("{email} signs in with the password alone from now on"),
        false => format!("{email} had no second factor"),
    })
}
