//! From a command of `carom user` to what it does.

use std::net::SocketAddr;

use super::arguments::{UserArguments, UserCommand};
use super::{create, mend, print, setup_link};
use crate::cli::opened::Opened;
use crate::store::users::UserState;

/// `admin` is where the admin listener is, by the configuration.
pub(in crate::cli) async fn run(
    opened: &Opened,
    admin: SocketAddr,
    arguments: UserArguments,
) -> anyhow::Result<()> {
    let UserArguments { form, command } = arguments;
    match command {
        UserCommand::Create(arguments) => create::run(opened, arguments, form).await,
        UserCommand::List => print::list(opened, form).await,
        UserCommand::ResetPassword(arguments) => {
            mend::reset_password(opened, &arguments, form).await
        }
        UserCommand::Disable(who) => mend::set_state(opened, &who, UserState::Disabled, form).await,
        UserCommand::Enable(who) => mend::set_state(opened, &who, UserState::Active, form).await,
        UserCommand::RemoveSecondFactor(who) => {
            mend::remove_second_factor(opened, &who, form).await
        }
        UserCommand::SetupLink => setup_link::run(opened, admin, form).await,
    }
}
