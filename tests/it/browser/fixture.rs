//! A browser at a server's pages.

use serde_json::{Value, json};

use crate::people::fixture::Browser;
use crate::support::carom::Carom;
use crate::support::chromium::Chromium;

/// Returns what is wrong with the page, a line each.
pub(super) const LOOK: &str = concat!(include_str!("colours.js"), include_str!("look.js"));

/// Notes what a keyboard must reach, and returns how much; `window.__tabbed()` then returns what was
/// wrong.
pub(super) const TAB_BEFORE: &str =
    concat!(include_str!("colours.js"), include_str!("tab_before.js"));

/// How a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// 360 by 740 pixels, as a phone shows it.
    Phone,
    /// 1440 by 900 pixels.
    Wide,
}

/// Which colours somebody prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A browser that shows a server's pages, and keeps what must not happen on them.
pub(super) struct Visit<'c> {
    pub(super) chromium: Chromium,
    pub(super) carom: &'c Carom,
}

impl<'c> Visit<'c> {
    /// One that nobody has signed in with.
    #[track_caller]
    pub(super) fn new(carom: &'c Carom) -> Self {
        let chromium = Chromium::start();
        let source = include_str!("watch.js");
        chromium.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": source }));
        Self { chromium, carom }
    }

    /// Takes over somebody's session.
    #[track_caller]
    pub(super) fn sign_in_as(&self, somebody: &Browser<'_>) {
        let cookie = somebody.cookie.as_deref().expect("a session");
        self.chromium.keep_cookie(&self.url("/"), cookie);
    }

    /// Forgets who has signed in.
    #[track_caller]
    pub(super) fn forget(&self) {
        self.chromium.devtools("Network.clearBrowserCookies", &json!({}));
    }

    /// The address of a page.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.carom.admin())
    }

    /// Opens a page.
    #[track_caller]
    pub(super) fn open(&self, path: &str) {
        self.chromium.open(&self.url(path));
    }

    /// The path and query that is shown.
    #[track_caller]
    pub(super) fn path(&self) -> String {
        let address = self.chromium.address();
        address.strip_prefix(&self.url("")).unwrap_or(&address).to_owned()
    }

    /// The status that the page was answered with.
    #[track_caller]
    pub(super) fn status(&self) -> u64 {
        let script = "return performance.getEntriesByType('navigation')[0].responseStatus";
        self.chromium.run(script, vec![]).as_u64().expect("a status")
    }

    /// Looks at pages in this way from now on.
    #[track_caller]
    pub(super) fn look(&self, width: Width, scheme: Scheme) {
        let (width, height, is_phone) = match width {
            Width::Phone => (360, 740, true),
            Width::Wide => (1440, 900, false),
        };
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone });
        self.chromium.devtools("Emulation.setDeviceMetricsOverride", &screen);
        let scheme = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            // A colour that is still on its way is none of the page's.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.chromium.devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// What should not have happened since this was last asked, a line each: errors and warnings in the
    /// console, reports of the policy, and scripts of others that ran.
    #[track_caller]
    pub(super) fn alarms(&self) -> Vec<String> {
        let script = "return [window.__hit ?? null, window.__seen.hits, window.__seen.reports]";
        let seen = self.chromium.run(script, vec![]);
        let mut alarms = Vec::new();
        if !seen[0].is_null() {
            alarms.push(format!("a script of others ran: {}", seen[0]));
        }
        for (what, lines) in [("a script of others ran", &seen[1]), ("policy", &seen[2])] {
            alarms.extend(lines_of(lines).iter().map(|line| format!("{what}: {line}")));
        }
        let is_bad = |line: &&String| line.contains("SEVERE") || line.contains("WARNING");
        alarms.extend(self.chromium.console().iter().filter(is_bad).cloned());
        alarms
    }

    /// Fails when something happened that should not have.
    #[track_caller]
    pub(super) fn assert_quiet(&self) {
        let alarms = self.alarms();
        assert!(alarms.is_empty(), "{}: {}", self.path(), alarms.join("\n"));
    }

    /// The same where pages were asked for that are none, which the console tells too.
    #[track_caller]
    pub(super) fn assert_quiet_but_for_answers(&self) {
        let is_answer = |line: &&String| line.contains("Failed to load resource");
        let alarms: Vec<_> = self.alarms().into_iter().filter(|it| !is_answer(&it)).collect();
        assert!(alarms.is_empty(), "{}: {}", self.path(), alarms.join("\n"));
    }
}

/// Lines that a script returned.
#[track_caller]
pub(super) fn lines_of(value: &Value) -> Vec<String> {
    let lines = value.as_array().unwrap_or_else(|| panic!("no list: {value}")).iter();
    lines.map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
}
