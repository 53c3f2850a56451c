//! `carom user create`

use anyhow::Context;
use clap::{ArgGroup, Args};

use super::arguments::Source;
use super::{password, print};
use crate::accounts::email::Email;
use crate::accounts::name;
use crate::accounts::role::Role;
use crate::cli::acting;
use crate::cli::exit::Conflict;
use crate::cli::opened::Opened;
use crate::cli::output::Form;
use crate::store;
use crate::store::setup;
use crate::store::users::NewUser;

#[derive(Args)]
#[command(group = ArgGroup::new("standing").args(["role", "owner"]))]
pub(super) struct CreateArguments {
    /// The e-mail address to sign in with
    #[arg(long)]
    email: String,
    /// A name [default: the address up to its at sign]
    #[arg(long)]
    name: Option<String>,
    /// The workspace to belong to, by its id or its name [default: the oldest, if a role is given]
    #[arg(long, value_name = "ID|NAME", requires = "standing")]
    workspace: Option<String>,
    /// The role there: viewer, editor, admin or owner
    #[arg(long)]
    role: Option<String>,
    /// The same as --role owner
    #[arg(long)]
    owner: bool,
    #[command(flatten)]
    source: Source,
}

pub(super) async fn run(
    opened: &Opened,
    arguments: CreateArguments,
    form: Form,
) -> anyhow::Result<()> {
    let email = Email::parse(&arguments.email)?;
    let before = email.as_str().split('@').next().unwrap_or_default();
    let name = name::check(arguments.name.as_deref().unwrap_or(before))?.to_owned();
    let role = match &arguments.role {
        Some(word) => Some(Role::parse(word)?),
        None => arguments.owner.then_some(Role::Owner),
    };
    let workspace = match &arguments.workspace {
        Some(words) => acting::find(&opened.store, words).await?.id,
        None => opened.workspace,
    };
    let chosen = password::choose(&arguments.source, &email).await?;
    let new = NewUser {
        email: email.as_str().to_owned(),
        email_folded: email.folded().to_owned(),
        name,
        password: chosen.stored,
        member: role.map(|role| (workspace, role.word())),
    };
    let user = match setup::create(&opened.store, new, opened.workspace).await {
        Err(store::Error::Taken) => {
            return Err(Conflict(format!(
                "somebody has an account with the address {email}: `carom user reset-password` gives \
                 them another password"
            ))
            .into());
        }
        made => made.context("cannot make the account")?,
    };
    print::made(opened, &user, chosen.made_up.as_deref(), form).await
}
