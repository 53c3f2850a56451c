//! From a command of `carom user` to what it does.

use url::Url;

use super::arguments::{UserArguments, UserCommand};
use super::{create, mend, print, setup_link};
use crate::cli::opened::Opened;
use crate::store::users::UserState;

/// `admin` is where people reach the admin listener, by the configuration.
pub(in crate::cli) async fn run(
    opened: &Opened,
    admin: &Url,
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
