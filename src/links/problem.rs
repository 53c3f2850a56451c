//! What can be wrong with a link that somebody asked for.

use crate::model::cache_seconds::CacheSecondsError;
use crate::model::code::CodeError;
use crate::model::link::{NOTE_LENGTH_MAX, StatusError, TITLE_LENGTH_MAX};
use crate::model::max_clicks::MaxClicksError;
use crate::model::password::PasswordError;
use crate::model::tag::TagError;
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
    #[error("this workspace has several domains: say which one the link is for")]
    DomainNeeded,
    /// The workspace has no domain that a link could be on.
    #[error("this workspace has no domain yet: add one to it first, then make links on that")]
    NoDomain,
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
    /// The beginning cannot be read.
    #[error(transparent)]
    NotBefore(TimeError),
    /// The beginning lies behind the end.
    #[error(
        "the link would begin at {0} and end before that: choose an earlier beginning, or a later end"
    )]
    NeverOpen(Millis),
    /// The place to go at the end is refused.
    #[error(transparent)]
    Fallback(TargetError),
    /// The time to be remembered for is none.
    #[error(transparent)]
    CacheSeconds(#[from] CacheSecondsError),
    /// The password is refused.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A tag is refused.
    #[error(transparent)]
    Tags(#[from] TagError),
    /// The note has too many characters.
    #[error("a note has at most {NOTE_LENGTH_MAX} characters, and this one has {0}: shorten it")]
    NoteTooLong(usize),
    /// The note holds a character that cannot be shown.
    #[error("a note cannot have the control character U+{:04X}: take it out", u32::from(*.0))]
    NoteCharacter(char),
}

impl LinkProblem {
    /// The field it is about, by its name in the API.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Target(_) => "url",
            Self::Code(_) => "code",
            Self::UnknownDomain(_) | Self::DomainNeeded | Self::NoDomain => "domain",
            Self::Status(_) => "status",
            Self::MaxClicks(_) => "max_clicks",
            Self::State(_) => "state",
            Self::TitleTooLong(_) | Self::TitleCharacter(_) => "title",
            Self::Time(_) | Self::TimePast(_) => "expires_at",
            Self::NotBefore(_) | Self::NeverOpen(_) => "not_before",
            Self::Fallback(_) => "fallback_url",
            Self::CacheSeconds(_) => "cache_seconds",
            Self::Password(_) => "password",
            Self::Tags(_) => "tags",
            Self::NoteTooLong(_) | Self::NoteCharacter(_) => "note",
        }
    }

    /// Its kind in a few stable words, for the `type` of a problem document (RFC 9457).
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Target(_) | Self::Fallback(_) => "invalid-target",
            Self::Code(_) => "invalid-code",
            Self::UnknownDomain(_) | Self::DomainNeeded | Self::NoDomain => "unknown-domain",
            Self::Status(_) => "invalid-status",
            Self::MaxClicks(_) => "invalid-max-clicks",
            Self::State(_) => "invalid-state",
            Self::TitleTooLong(_) | Self::TitleCharacter(_) => "invalid-title",
            Self::Time(_) | Self::TimePast(_) | Self::NotBefore(_) | Self::NeverOpen(_) => {
                "invalid-time"
            }
            Self::CacheSeconds(_) => "invalid-cache-seconds",
            Self::Password(_) => "invalid-password",
            Self::Tags(_) => "invalid-tags",
            Self::NoteTooLong(_) | Self::NoteCharacter(_) => "invalid-note",
        }
    }
}
