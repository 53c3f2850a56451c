//! A link as people edit it ([`Link`]) and as a redirect needs it ([`Destination`]).

use serde::Serialize;

use super::cache_seconds::CacheSeconds;
use super::code::Code;
use super::id::{DomainId, LinkId, WorkspaceId};
use super::max_clicks::MaxClicks;
use super::password::PasswordHash;
use super::tag::Tags;
use super::time::Millis;

/// The status a link redirects with (RFC 9110 §15.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RedirectStatus {
    /// 301: clients may remember it.
    MovedPermanently,
    /// 302: the default; every visit asks again and is counted.
    #[default]
    Found,
    /// 307: as 302, and the method stays.
    TemporaryRedirect,
    /// 308: as 301, and the method stays.
    PermanentRedirect,
}

/// A number that is no redirect status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no status a link can have: choose 301, 302, 307 or 308")]
pub struct StatusError(i64);

impl RedirectStatus {
    /// The number on the wire and in the store.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::MovedPermanently => 301,
            Self::Found => 302,
            Self::TemporaryRedirect => 307,
            Self::PermanentRedirect => 308,
        }
    }

    /// Whether clients may remember the answer without being told to.
    #[must_use]
    pub const fn is_permanent(self) -> bool {
        matches!(self, Self::MovedPermanently | Self::PermanentRedirect)
    }
}

impl TryFrom<i64> for RedirectStatus {
    type Error = StatusError;

    fn try_from(number: i64) -> Result<Self, StatusError> {
        Ok(match number {
            301 => Self::MovedPermanently,
            302 => Self::Found,
            307 => Self::TemporaryRedirect,
            308 => Self::PermanentRedirect,
            other => return Err(StatusError(other)),
        })
    }
}

/// Whether a link is switched on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// It redirects.
    #[default]
    Active,
    /// It answers `410` until it is switched on again.
    Disabled,
}

impl LinkState {
    /// The word in the store and in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// The state of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Disabled].into_iter().find(|state| state.word() == word)
    }
}

/// Characters a title may have at most.
pub const TITLE_LENGTH_MAX: usize = 512;

/// Characters a note may have at most.
pub const NOTE_LENGTH_MAX: usize = 4_096;

/// What few links are told about how they answer. A plain link has the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conduct {
    /// When it begins to redirect.
    pub not_before: Option<Millis>,
    /// Where it goes once it has ended or is switched off: a serialised [`super::target::Target`].
    pub fallback_url: Option<String>,
    /// How long browsers may remember its redirect; none: by its status.
    pub cache_seconds: Option<CacheSeconds>,
    /// Whether a request's query is added to the target's.
    pub forwards_query: bool,
    /// What whoever follows it must type.
    pub password: Option<PasswordHash>,
}

/// A link, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id, for life.
    pub id: LinkId,
    /// The workspace that owns it.
    pub workspace: WorkspaceId,
    /// The domain it is served under.
    pub domain: DomainId,
    /// Its code, unique in its domain.
    pub code: Code,
    /// Where it goes: a serialised [`super::target::Target`].
    pub url: String,
    /// The status it redirects with.
    pub status: RedirectStatus,
    /// Whether it is switched on.
    pub state: LinkState,
    /// A name for people.
    pub title: Option<String>,
    /// When it stops redirecting.
    pub expires_at: Option<Millis>,
    /// How often people may follow it.
    pub max_clicks: Option<MaxClicks>,
    /// What else it is told about how it answers.
    pub conduct: Conduct,
    /// A text for people.
    pub note: Option<String>,
    /// Words that people sort it by.
    pub tags: Tags,
    /// When it was put out of sight, by the store's clock. It redirects all the same.
    pub archived_at: Option<Millis>,
    /// Who made it, by the name they had then; none for links from before Carom remembered that.
    pub created_by: Option<String>,
    /// When it was made, by the store's clock.
    pub created_at: Millis,
    /// When it was last changed, by the store's clock.
    pub updated_at: Millis,
    /// Counts its changes, for `If-Match`.
    pub version: i64,
}

/// What a redirect needs of a link, and no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The link.
    pub id: LinkId,
    /// The workspace that owns it.
    pub workspace: WorkspaceId,
    /// The bytes of `Location`.
    pub url: String,
    /// The status to answer with.
    pub status: RedirectStatus,
    /// Whether it is switched on.
    pub state: LinkState,
    /// When it stops redirecting.
    pub expires_at: Option<Millis>,
    /// How often people may follow it.
    pub max_clicks: Option<MaxClicks>,
    /// What else it is told about how it answers.
    pub conduct: Conduct,
}
