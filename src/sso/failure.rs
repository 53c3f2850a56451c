//! Why a sign-in came to nothing, by what is to be done about it.

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{DiscoveryError, RequestTokenError, StandardErrorResponse, UserInfoError};

use super::http::HttpError;

/// Why a sign-in came to nothing. What a person is told holds no cause; [`Failure::why`] does, for the
/// log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No answer, or one that says "later".
    #[error("the provider of sign-ins does not answer: try again in a moment")]
    Unreachable(Why),
    /// Answers that nothing can be done with: the operator must see to it.
    #[error(
        "the provider of sign-ins and this server do not understand each other: its log says why, \
         and its operator must mend it"
    )]
    Defective(Why),
    /// The code was not taken: used before, too old, or made up.
    #[error("the provider of sign-ins does not know of this sign-in any more: begin again")]
    Refused(Why),
    /// What it says of somebody does not hold.
    #[error(
        "what the provider of sign-ins says does not hold, so nobody was signed in: begin again, \
         and ask this server's operator if that does not help"
    )]
    Untrusted(Why),
}

/// A cause, in the words of a library or a provider. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why(String);

impl Why {
    /// This error, with what caused it.
    pub(super) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        Self(crate::telemetry::in_full(error))
    }

    /// In these words.
    pub(super) fn said(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl Failure {
    /// The cause.
    #[must_use]
    pub fn why(&self) -> &str {
        let (Self::Unreachable(why)
        | Self::Defective(why)
        | Self::Refused(why)
        | Self::Untrusted(why)) = self;
        &why.0
    }

    pub(super) fn of_discovery(error: DiscoveryError<HttpError>) -> Self {
        match error {
            DiscoveryError::Request(error) => Self::of_http(&error),
            error => Self::Defective(Why::of(&error)),
        }
    }

    pub(super) fn of_tokens(
        error: RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>,
    ) -> Self {
        match error {
            RequestTokenError::Request(error) => Self::of_http(&error),
            RequestTokenError::ServerResponse(answer) => {
                let why = Why::said(answer.to_string());
                match answer.error() {
                    CoreErrorResponseType::InvalidGrant => Self::Refused(why),
                    _ => Self::Defective(why),
                }
            }
            error => Self::Defective(Why::of(&error)),
        }
    }

    pub(super) fn of_user_info(error: UserInfoError<HttpError>) -> Self {
        match error {
            UserInfoError::Request(error) => Self::of_http(&error),
            error @ UserInfoError::ClaimsVerification(_) => Self::Untrusted(Why::of(&error)),
            error => Self::Defective(Why::of(&error)),
        }
    }

    fn of_http(error: &HttpError) -> Self {
        let why = Why::of(error);
        match error {
            // A request that cannot be sent as it is: to http where there must be https.
            HttpError::Failed(error) if error.is_builder() => Self::Defective(why),
            HttpError::Failed(_) | HttpError::NotNow(_) => Self::Unreachable(why),
            HttpError::TooLarge => Self::Defective(why),
        }
    }
}
