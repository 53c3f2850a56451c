//! `carom user setup-link`

use anyhow::Context;
use serde_json::json;
use url::Url;

use crate::accounts::token::Token;
use crate::app::set_up;
use crate::cli::exit::Conflict;
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::store;
use crate::store::setup;

pub(super) async fn run(opened: &Opened, admin: &Url, form: Form) -> anyhow::Result<()> {
    let token = Token::random();
    match setup::replace(&opened.store, opened.workspace, token.digest_text()).await {
        Err(store::Error::Taken) => {
            let said = "somebody has an account, so there is no set-up any more: `carom user create \
                        --owner` makes another owner, `carom user reset-password` lets one in again";
            return Err(Conflict(said.to_owned()).into());
        }
        replaced => replaced.context("cannot offer a set-up address")?,
    }
    let url = set_up::url(admin, &token);
    let mut output = Output::open();
    if form.is_json {
        return output.json(&json!({ "url": url, "token": token.reveal() }));
    }
    output.fields(vec![("set-up", url)])?;
    output.line(
        "\nIt makes the first account, once. It is not shown again, and earlier ones open nothing.",
    )
}
