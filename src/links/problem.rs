//! What can be wrong with a link that somebody asked for.

use crate::model::code::CodeError;
use crate::model::link::{StatusError, TITLE_LENGTH_MAX};
use crate::model::max_clicks::MaxClicksError;
use crate::model::target::TargetError;
use crate::model::time::{Millis, TimeError};

/// Why a link cannot be made or changed as asked. Each sentence says what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkProblem {
    /// The target is refused.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The chosen code is refused.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// No domain has this name.
    #[error("no domain here is called `{0}`: add it first, or leave it out for the default domain")]
    UnknownDomain(String),
    /// No domain is named, and none goes without saying.
    #[error("this workspace has not exactly one domain: say which one the link is for")]
    DomainNeeded,
    /// The status is none that redirects.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// The limit of clicks is none.
    #[error(transparent)]
    MaxClicks(#[from] MaxClicksError),
    /// The state is no word for one.
    #[error("`{0}` is no state a link can have: choose active or disabled")]
    State(String),
    /// The title has too many characters.
    #[error("a title has at most {TITLE_LENGTH_MAX} characters, and this one has {0}: shorten it")]
    TitleTooLong(usize),
    /// The title holds a character that cannot be shown.
    #[error("a title cannot have the control character U+{:04X}: take it out", u32::from(*.0))]
    TitleCharacter(char),
    /// The time cannot be read.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The time is no longer to come.
    #[error("{0} is not in the future: choose a later time, or none at all")]
    TimePast(Millis),
}

impl LinkProblem {
    /// The field it is about, by its name in the API.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Target(_) => "url",
            Self::Code(_) => "code",
            Self::UnknownDomain(_) | Self::DomainNeeded => "domain",
            Self::Status(_) => "status",
            Self::MaxClicks(_) => "max_clicks",
            Self::State(_) => "state",
            Self::TitleTooLong(_) | Self::TitleCharacter(_) => "title",
            Self::Time(_) | Self::TimePast(_) => "expires_at",
        }
    }

    /// Its kind in a few stable words, for the `type` of a problem document (RFC 9457).
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Target(_) => "invalid-target",
            Self::Code(_) => "invalid-code",
            Self::UnknownDomain(_) | Self::DomainNeeded => "unknown-domain",
            Self::Status(_) => "invalid-status",
            Self::MaxClicks(_) => "invalid-max-clicks",
            Self::State(_) => "invalid-state",
            Self::TitleTooLong(_) | Self::TitleCharacter(_) => "invalid-title",
            Self::Time(_) | Self::TimePast(_) => "invalid-time",
        }
    }
}
