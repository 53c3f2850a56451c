//! Every page: a new one gets a line here.

use crate::support::carom::Carom;

/// Who looks at a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Nobody has signed in.
    Guest,
    /// The workspace's owner.
    Owner,
}

/// A page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    /// Its address; `{link}` stands for the id of a link, `{domain}` for that of the first domain.
    pub(super) path: &'static str,
    pub(super) who: Who,
    /// What it is answered with.
    pub(super) status: u64,
}

pub(super) const PAGES: &[Page] = &[
    guest("/sign-in"),
    guest("/set-up"),
    guest("/invitation"),
    owner("/links"),
    owner("/links?q=nothing-that-is-there"),
    owner("/links?state=deleted"),
    owner("/links?sort=clicks"),
    owner("/links/{link}"),
    owner("/audit?subject={link}"),
    owner("/analytics"),
    owner("/analytics?link={link}&range=24h"),
    owner("/analytics?compare=1&country=AT&tag=print"),
    owner("/live"),
    owner("/audit"),
    owner("/system"),
    owner("/keys"),
    owner("/domains"),
    owner("/domains/{domain}"),
    owner("/people"),
    owner("/account"),
    owner("/workspaces"),
    Page { path: "/nothing-here", who: Who::Guest, status: 404 },
];

impl Page {
    /// The page about this link, where it is about one.
    #[track_caller]
    pub(super) fn about(&self, carom: &Carom, link: &str) -> String {
        let path = self.path.replace("{link}", link);
        if !path.contains("{domain}") {
            return path;
        }
        let domains = carom.call("GET", "/api/v1/domains", None).json();
        let first = domains["domains"][0]["id"].as_str().unwrap_or_else(|| panic!("{domains}"));
        path.replace("{domain}", first)
    }
}

/// What can be had as a table.
pub(super) const TABLES: &[&str] = &[
    "/api/v1/audit?format=csv",
    "/api/v1/links/{link}/visits?format=csv",
    "/audit.csv",
    "/analytics.csv",
    "/analytics.csv?link={link}",
    "/analytics/visits.csv",
];

const fn guest(path: &'static str) -> Page {
    Page { path, who: Who::Guest, status: 200 }
}

const fn owner(path: &'static str) -> Page {
    Page { path, who: Who::Owner, status: 200 }
}
