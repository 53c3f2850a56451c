//! One's own second factor.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{Extensions, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::{email, too_often};
use super::me::prove;
use crate::accounts::totp::{RecoveryCode, TotpSecret};
use crate::admin::api::finish::to_the_end;
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::model::time::Millis;
use crate::store::users::{self, NewTotp};
use crate::store::{Error, sessions};

/// A step of the clock that no code has used.
const NO_STEP: i64 = -1;

/// Who asks proves that they know the password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct Proof {
    /// Not needed by who has none.
    #[serde(default)]
    current_password: Option<String>,
}

/// A code that the authenticator shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct CodeDraft {
    code: String,
}

/// A second factor that is not in force yet.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct TotpOffer {
    /// For an authenticator, in base 32.
    pub(in crate::admin) secret: String,
    /// The same as `otpauth://` URL, for a QR code.
    pub(in crate::admin) url: String,
}

/// Codes that stand in for the second factor, each once. Shown this once.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct RecoveryCodes {
    pub(in crate::admin) recovery_codes: Vec<String>,
}

/// What a session remembers of an offer.
#[derive(Serialize, Deserialize)]
struct Offered {
    totp: String,
}

/// Offers a secret. The second factor is in force once a code of it was confirmed.
#[utoipa::path(post, path = "/api/v1/me/totp", tag = "people", operation_id = "begin_second_factor", request_body = Proof,
    responses((status = 200, body = TotpOffer), (status = 403, description = "The current password is wrong, or a key asks"), (status = 409, description = "There is one already")))]
pub(in crate::admin) async fn begin(
    State(state): State<Arc<AdminState>>,
    person: Person,
    extensions: Extensions,
    body: JsonBody<Proof>,
) -> Result<Json<TotpOffer>, Problem> {
    offered(&state, &person, body.value.current_password, &extensions).await.map(Json)
}

/// Offers a secret, which the session remembers.
pub(in crate::admin) async fn offered(
    state: &AdminState,
    person: &Person,
    password: Option<String>,
    extensions: &Extensions,
) -> Result<TotpOffer, Problem> {
    prove(state, person, password, extensions).await?;
    if person.user.has_totp {
        return Err(there_already());
    }
    let secret = TotpSecret::random();
    let url = secret.url(&email(&person.user.email)?);
    let offered = Offered { totp: secret.base32() };
    let data = serde_json::to_string(&offered).expect("text");
    let (store, digest) = (state.store.clone(), person.digest.clone());
    let kept = async move { sessions::remember(&store, digest, data).await };
    to_the_end(kept).await.map_err(|error| state.fault(&error))?;
    Ok(TotpOffer { secret: offered.totp, url })
}

/// Puts the offered second factor in force, and gives out recovery codes.
#[utoipa::path(post, path = "/api/v1/me/totp/confirm", tag = "people", operation_id = "confirm_second_factor", request_body = CodeDraft,
    responses((status = 201, body = RecoveryCodes), (status = 401, description = "The code is wrong, or nobody has signed in"), (status = 404, description = "None was offered"), (status = 409, description = "There is one already")))]
pub(in crate::admin) async fn confirm(
    State(state): State<Arc<AdminState>>,
    person: Person,
    body: JsonBody<CodeDraft>,
) -> Result<(StatusCode, Json<RecoveryCodes>), Problem> {
    Ok((StatusCode::CREATED, Json(confirmed(&state, &person, &body.value.code).await?)))
}

/// The secret that was offered in a person's session, until a code of it was confirmed.
fn secret_of(person: &Person) -> Option<TotpSecret> {
    let offered = serde_json::from_str::<Offered>(&person.session.data).ok()?;
    TotpSecret::from_base32(&offered.totp)
}

/// Whether a secret was offered in a person's session that waits for its first code.
pub(in crate::admin) fn is_offered(person: &Person) -> bool {
    secret_of(person).is_some()
}

/// Puts the offered second factor in force.
pub(in crate::admin) async fn confirmed(
    state: &AdminState,
    person: &Person,
    code: &str,
) -> Result<RecoveryCodes, Problem> {
    let secret = secret_of(person).ok_or_else(|| {
        let detail = "no second factor was offered in this session: begin with one \
                      (`POST /api/v1/me/totp`)";
        Problem::new(Kind::NO_SECOND_FACTOR, detail)
    })?;
    state.sign_in.attempts.code(person.user.id.get()).map_err(too_often)?;
    let step = secret.step(code, Millis::now().epoch_seconds(), NO_STEP);
    let step = step.ok_or_else(|| {
        let detail = "the code is wrong: type the one that the authenticator shows now, and see \
                      that its clock is right";
        Problem::new(Kind::WRONG_CODE, detail).at("code")
    })?;
    let codes = RecoveryCode::draw();
    let totp = NewTotp {
        secret: secret.bytes().to_vec(),
        step,
        recovery: codes.iter().map(RecoveryCode::digest).collect(),
    };
    let (store, user, digest) = (person.store(state), person.user.id, person.digest.clone());
    let added = async move {
        users::add_totp(&store, user, totp).await?;
        sessions::remember(&store, digest, "{}".to_owned()).await
    };
    match to_the_end(added).await {
        Ok(()) => {
            Ok(RecoveryCodes { recovery_codes: codes.iter().map(RecoveryCode::reveal).collect() })
        }
        Err(Error::Taken) => Err(there_already()),
        Err(error) => Err(state.fault(&error)),
    }
}

/// Takes the second factor away, and the recovery codes.
#[utoipa::path(delete, path = "/api/v1/me/totp", tag = "people", operation_id = "remove_second_factor", request_body = Proof,
    responses((status = 204, description = "Taken away"), (status = 403, description = "The current password is wrong, or a key asks"), (status = 404, description = "There is none")))]
pub(in crate::admin) async fn remove(
    State(state): State<Arc<AdminState>>,
    person: Person,
    extensions: Extensions,
    body: JsonBody<Proof>,
) -> Result<StatusCode, Problem> {
    removed(&state, &person, body.value.current_password, &extensions).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a person's second factor away.
pub(in crate::admin) async fn removed(
    state: &AdminState,
    person: &Person,
    password: Option<String>,
    extensions: &Extensions,
) -> Result<(), Problem> {
    prove(state, person, password, extensions).await?;
    let (store, user) = (person.store(state), person.user.id);
    let removed = async move { users::remove_totp(&store, user).await };
    match to_the_end(removed).await.map_err(|error| state.fault(&error))? {
        true => Ok(()),
        false => Err(Problem::new(Kind::NO_SECOND_FACTOR, "you have no second factor")),
    }
}

fn there_already() -> Problem {
    let detail = "you have a second factor: take it away before you begin with another";
    Problem::new(Kind::HAS_SECOND_FACTOR, detail)
}
