//! Forms as browsers send them.

use axum::extract::{FromRequest, Request};
use axum::response::Response;
use serde::de::DeserializeOwned;

use super::refused::refused;
use crate::admin::problem::{Kind, Problem};

/// A form of `application/x-www-form-urlencoded`. The router has seen that a page of this site sent it.
pub(in crate::admin) struct Form<T>(pub(super) T);

impl<T, S> FromRequest<S> for Form<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(form)) => Ok(Self(form)),
            Err(error) => Err(refused(None, &Problem::undeserialised(Kind::INVALID_BODY, &error))),
        }
    }
}

/// What was typed, or nothing where nothing was.
pub(super) fn typed(text: String) -> Option<String> {
    Some(text).filter(|text| !text.trim().is_empty())
}
