//! What stands around every page, and its policy.

use std::borrow::Cow;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::assets::{SCRIPT_AT, STYLE_AT};
use crate::accounts::permission::{Permission, Permissions};
use crate::model::id::WorkspaceId;

/// Nothing comes from elsewhere, nothing stands in the page that runs, and nobody frames it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// No other site learns which page somebody came from.
const REFERRER: HeaderValue = HeaderValue::from_static("same-origin");

/// What every page shows.
pub(super) struct Frame {
    /// What the page is.
    pub(super) title: Cow<'static, str>,
    /// Who has signed in.
    pub(super) who: Option<Who>,
    /// Where the navigation stands.
    pub(super) room: Option<Room>,
    /// What was done just now.
    pub(super) told: Option<Cow<'static, str>>,
    /// The address of the style sheet.
    pub(super) style: &'static str,
    /// The address of the script.
    pub(super) script: &'static str,
}

/// Who has signed in, and where they are.
pub(super) struct Who {
    /// Their name.
    pub(super) name: String,
    /// The workspace's.
    pub(super) workspace: String,
    /// Which it is; none where they belong to none.
    pub(super) workspace_id: Option<WorkspaceId>,
    /// What they may do there.
    pub(super) permissions: Permissions,
}

/// A page of the navigation, with those that belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Links,
    Analytics,
    Live,
    Domains,
    Keys,
    People,
    Audit,
    System,
}

impl Room {
    const ALL: [Self; 8] = [
        Self::Links,
        Self::Analytics,
        Self::Live,
        Self::Domains,
        Self::Keys,
        Self::People,
        Self::Audit,
        Self::System,
    ];

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Links => "Links",
            Self::Analytics => "Analytics",
            Self::Live => "Live",
            Self::Domains => "Domains",
            Self::Keys => "Keys",
            Self::People => "People",
            Self::Audit => "Audit",
            Self::System => "System",
        }
    }

    /// Its address.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Links => "/links",
            Self::Analytics => "/analytics",
            Self::Live => "/live",
            Self::Domains => "/domains",
            Self::Keys => "/keys",
            Self::People => "/people",
            Self::Audit => "/audit",
            Self::System => "/system",
        }
    }

    /// What it takes to look at it; nothing for what a node tells anybody.
    const fn needs(self) -> Option<Permission> {
        match self {
            Self::Links => Some(Permission::LinksRead),
            Self::Analytics | Self::Live => Some(Permission::StatsRead),
            Self::Domains => Some(Permission::DomainsRead),
            Self::Keys => Some(Permission::KeysRead),
            Self::People => Some(Permission::PeopleRead),
            Self::Audit => Some(Permission::AuditRead),
            Self::System => None,
        }
    }
}

impl Who {
    /// The pages that they may look at.
    pub(super) fn rooms(&self) -> impl Iterator<Item = Room> + '_ {
        let may = |room: &Room| room.needs().is_none_or(|it| self.permissions.has(it));
        Room::ALL.into_iter().filter(may)
    }
}

impl Frame {
    /// Around a page.
    pub(super) fn new(title: impl Into<Cow<'static, str>>, who: Option<Who>) -> Self {
        let title = title.into();
        Self { title, who, room: None, told: None, style: &STYLE_AT, script: &SCRIPT_AT }
    }

    /// In this part of the navigation.
    pub(super) fn within(self, room: Room) -> Self {
        Self { room: Some(room), ..self }
    }

    /// Whether the navigation stands there.
    pub(super) fn is_in(&self, room: &Room) -> bool {
        self.room.as_ref() == Some(room)
    }

    /// Says what was done just now.
    pub(super) fn telling(self, told: Option<impl Into<Cow<'static, str>>>) -> Self {
        Self { told: told.map(Into::into), ..self }
    }
}

/// A page, with its headers.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    let html = template.render().expect("a page is rendered into memory");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, REFERRER),
    ];
    (status, headers, html).into_response()
}
