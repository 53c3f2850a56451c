//! Whose account it is that somebody from a provider comes for.

use super::begin::Place;
use crate::admin::api::finish::to_the_end;
use crate::admin::problem::{Kind, Problem};
use crate::admin::session::actor;
use crate::admin::state::AdminState;
use crate::model::actor::{Actor, ActorKind};
use crate::sso::person::Person;
use crate::sso::rules::{Admission, Known, Rules};
use crate::store::Error;
use crate::store::identities::{self, Identity, NewPerson};
use crate::store::users::{self, User, UserState};

/// The account of a person, found, linked or made as the rules allow.
pub(super) async fn arrive(
    state: &AdminState,
    rules: &Rules,
    person: Person,
    place: &Place,
) -> Result<User, Problem> {
    let fault = |error| state.fault(&error);
    let Person { issuer, subject, .. } = &person;
    let identity = Identity { issuer: issuer.clone(), subject: subject.clone() };
    let known = identities::find(&state.store, &identity).await.map_err(fault)?;
    let account = match (&known, &person.email) {
        (None, Some(email)) => {
            let found = users::find_by_email(&state.store, email.folded()).await.map_err(fault)?;
            found.map(|found| found.user)
        }
        _ => None,
    };
    let by = match (&known, &account) {
        (Some(_), _) => Known::Identity,
        (None, Some(_)) => Known::Account,
        (None, None) => Known::Nobody,
    };
    let admission = rules.admit(&person, by);
    let admission =
        admission.map_err(|refusal| Problem::new(Kind::SIGN_IN_REFUSED, refusal.to_string()))?;
    let found = known.or(account);
    if found.as_ref().is_some_and(|user| user.state == UserState::Disabled) {
        let detail = "the account is disabled: an operator enables it with `carom user enable`";
        return Err(Problem::new(Kind::ACCOUNT_DISABLED, detail));
    }
    let arrived = match (admission, found) {
        (Admission::Known, Some(user)) => Ok(user),
        (Admission::Link, Some(user)) => link(state, user, identity, place).await,
        _ => make(state, person, identity, place).await,
    };
    arrived.map_err(|error| match error {
        // Somebody else was a moment earlier: the next try finds what they have left.
        Error::Taken | Error::Stale => {
            let detail = "the account was changed meanwhile: begin again";
            Problem::new(Kind::SIGN_IN_LOST, detail)
        }
        Error::InUse => {
            let detail = "nobody has set this server up yet: its operator has the address for that";
            Problem::new(Kind::SIGN_IN_REFUSED, detail)
        }
        error => state.fault(&error),
    })
}

async fn link(
    state: &AdminState,
    user: User,
    identity: Identity,
    place: &Place,
) -> Result<User, Error> {
    let store = state.store.on_behalf_of(actor(&user, place.from()));
    to_the_end(async move { identities::attach(&store, user, identity).await }).await
}

async fn make(
    state: &AdminState,
    person: Person,
    identity: Identity,
    place: &Place,
) -> Result<User, Error> {
    // The rules make no account without an address.
    let email = person.email.ok_or(Error::Missing)?;
    let (kind, name) = (ActorKind::Nobody, "a sign-in at the provider".to_owned());
    let store = state.store.on_behalf_of(Actor { kind, id: 0, name, from: place.from() });
    let new = NewPerson {
        identity,
        email: email.as_str().to_owned(),
        email_folded: email.folded().to_owned(),
        name: person.name,
    };
    to_the_end(async move { identities::create(&store, new).await }).await
}
