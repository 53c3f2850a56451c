//! Signing in at a provider: there with `begin`, and back with `finish`. Both are for browsers, which
//! are led from one to the other.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa::IntoParams;

use super::arrival::arrive;
use super::begin::{Place, start};
use super::fields::{network, too_often};
use crate::accounts::token::Token;
use crate::admin::api::finish::to_the_end;
use crate::admin::problem::{Kind, Problem};
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::sso::failure::Failure;
use crate::sso::pending::{self, NotHere, Pending, ReturnTo};
use crate::sso::provider::Provider;
use crate::store::Error;
use crate::store::pending_sign_ins;
use crate::store::sessions::Factor;

/// Letters of a provider's word for what went wrong (RFC 6749 §4.1.2.1) at most.
const WORD_LENGTH_MAX: usize = 64;

/// Where somebody goes once they have signed in.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::admin) struct BeginQuery {
    /// A path of this server; `/` unless it is named.
    return_to: Option<String>,
}

/// What somebody brings back from the provider, which may add more.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::admin) struct BackQuery {
    code: Option<String>,
    state: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Begins a sign-in, and leads the browser to the provider.
#[utoipa::path(get, path = "/api/v1/session/oidc", tag = "people", operation_id = "begin_sign_in_at_provider", params(BeginQuery), security(()),
    responses((status = 303, description = "To the provider"), (status = 404, description = "People do not sign in at a provider here"), (status = 502, description = "The provider cannot be worked with")))]
pub(in crate::admin) async fn begin(
    State(state): State<Arc<AdminState>>,
    extensions: Extensions,
    query: Result<Query<BeginQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) =
        query.map_err(|error| Problem::undeserialised(Kind::INVALID_QUERY, &error))?;
    let provider = provider(&state)?;
    state.sign_in.attempts.network(network(&extensions)).map_err(too_often)?;
    let return_to = query.return_to.map(ReturnTo::try_from).transpose();
    let return_to = return_to.map_err(|error: NotHere| {
        Problem::new(Kind::INVALID_QUERY, error.to_string()).at("return_to")
    })?;
    let begun = provider.begin(return_to.unwrap_or_default()).await.map_err(|it| failed(&it))?;
    let (store, digest, data) = (state.store.clone(), begun.digest, begun.pending.stored());
    let kept = to_the_end(async move { pending_sign_ins::create(&store, digest, data).await });
    kept.await.map_err(|error| state.fault(&error))?;
    let cookie = state.sign_in.pending_cookie(&begun.cookie);
    Ok(lead_to(begun.url.as_str(), vec![cookie]))
}

/// Finishes a sign-in: the provider leads here. The cookies in the answer end what was begun, and begin
/// a session.
#[utoipa::path(get, path = "/api/v1/session/oidc/callback", tag = "people", operation_id = "finish_sign_in_at_provider", params(BackQuery), security(()),
    responses((status = 303, description = "Signed in: to where the sign-in was begun for"), (status = 400, description = "No such sign-in is under way in this browser"), (status = 403, description = "The provider, this server's rules or a disabled account refuse it"), (status = 404, description = "People do not sign in at a provider here"), (status = 502, description = "The provider cannot be worked with")))]
pub(in crate::admin) async fn finish(
    State(state): State<Arc<AdminState>>,
    before: Option<Person>,
    extensions: Extensions,
    headers: HeaderMap,
    query: Result<Query<BackQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(back) =
        query.map_err(|error| Problem::undeserialised(Kind::INVALID_QUERY, &error))?;
    let provider = provider(&state)?;
    state.sign_in.attempts.network(network(&extensions)).map_err(too_often)?;
    let pending = take(&state, &headers, back.state.as_deref()).await?;
    if let Some(word) = back.error {
        return Err(refused_there(&word));
    }
    let code = back.code.filter(|code| !code.is_empty()).ok_or_else(lost)?;
    let return_to = pending.return_to.clone();
    let person = provider.finish(pending, code).await.map_err(|it| failed(&it))?;
    let place = Place::of(&headers, &extensions);
    let user = arrive(&state, provider.rules(), person, &place).await?;
    let (_, _, cookie) = match start(&state, user, Factor::Provider, place, before).await {
        Ok(started) => started,
        Err(Error::Stale | Error::Missing) => return Err(lost()),
        Err(error) => return Err(state.fault(&error)),
    };
    Ok(lead_to(return_to.as_str(), vec![cookie, state.sign_in.no_pending_cookie()]))
}

fn provider(state: &AdminState) -> Result<&Provider, Problem> {
    state.provider.as_ref().ok_or_else(|| {
        let detail =
            "people sign in with their passwords here: the operator names no provider (`[oidc]`)";
        Problem::new(Kind::NO_PROVIDER, detail)
    })
}

/// What is remembered of the sign-in that this browser has begun, once.
async fn take(
    state: &AdminState,
    headers: &HeaderMap,
    sent: Option<&str>,
) -> Result<Pending, Problem> {
    let jar = CookieJar::from_headers(headers);
    let cookie = jar.get(state.sign_in.pending_cookie_name());
    let cookie = cookie.and_then(|cookie| Token::parse(cookie.value())).ok_or_else(lost)?;
    let sent = sent.and_then(Token::parse).ok_or_else(lost)?;
    let (store, digest) = (state.store.clone(), pending::digest(&cookie, &sent));
    let taken = to_the_end(async move { pending_sign_ins::take(&store, digest).await });
    let taken = taken.await.map_err(|error| state.fault(&error))?.ok_or_else(lost)?;
    Pending::from_stored(&taken).map_err(|_| lost())
}

fn lead_to(place: &str, cookies: Vec<HeaderValue>) -> Response {
    let cookies = cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie));
    let place = [(header::LOCATION, place)];
    (StatusCode::SEE_OTHER, place, AppendHeaders(cookies)).into_response()
}

/// One answer for whatever is not a sign-in of this browser: foreign, used, too old, made up.
fn lost() -> Problem {
    let detail = "this browser has no such sign-in under way, or not any more: begin again";
    Problem::new(Kind::SIGN_IN_LOST, detail)
}

/// The provider let nobody in.
fn refused_there(word: &str) -> Problem {
    let is_word =
        word.len() <= WORD_LENGTH_MAX && word.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
    let word = if is_word { word } else { "something unreadable" };
    let detail = format!("the provider of sign-ins answered `{word}`: begin again, or ask there");
    Problem::new(Kind::SIGN_IN_REFUSED, detail)
}

/// What a person is told when the provider fails; the log says why.
fn failed(failure: &Failure) -> Problem {
    let (why, told) = (failure.why(), failure.to_string());
    match failure {
        Failure::Unreachable(_) => {
            tracing::warn!(%why, "the provider of sign-ins does not answer");
            Problem::new(Kind::PROVIDER_UNAVAILABLE, told)
        }
        Failure::Defective(_) => {
            tracing::error!(%why, "the provider of sign-ins cannot be worked with: look at `[oidc]`, and at the client there");
            Problem::new(Kind::PROVIDER_FAILED, told)
        }
        Failure::Refused(_) => {
            tracing::debug!(%why, "the provider of sign-ins does not take a code");
            Problem::new(Kind::SIGN_IN_LOST, told)
        }
        Failure::Untrusted(_) => {
            tracing::warn!(%why, "what the provider of sign-ins says does not hold");
            Problem::new(Kind::PROVIDER_FAILED, told)
        }
    }
}
