//! Whose deeds the log can be kept to.

use crate::accounts::permission::Permission;
use crate::admin::api::keys;
use crate::admin::api::people::members;
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;

/// The id of whoever is neither a person nor a key.
const NONE: &str = "0";

/// Somebody, or some program, by their id.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) words: String,
}

/// People and keys of the workspace that whoever asks may see, and whoever is asked for.
pub(super) async fn choices(
    state: &AdminState,
    guest: &Guest,
    asked: &str,
) -> Result<Vec<Choice>, Problem> {
    let mut choices = Vec::new();
    if guest.may(Permission::PeopleRead) {
        let members = members::all(state, &guest.caller).await?;
        choices.extend(
            members.into_iter().map(|it| Choice { id: it.user_id.to_string(), words: it.email }),
        );
    }
    if guest.may(Permission::KeysRead) {
        let keys = keys::all(state, &guest.caller).await?.into_iter();
        let words = |name: &str, prefix: &str| format!("the key {name} ({prefix}…)");
        let choice = |it: keys::KeyView| Choice {
            id: it.id.to_string(),
            words: words(&it.name, &it.prefix),
        };
        choices.extend(keys.map(choice));
    }
    let words = "the operator, or somebody who had not signed in".to_owned();
    choices.push(Choice { id: NONE.to_owned(), words });
    if !asked.is_empty() && choices.iter().all(|choice| choice.id != asked) {
        let words = "somebody who is here no more".to_owned();
        choices.push(Choice { id: asked.to_owned(), words });
    }
    Ok(choices)
}
