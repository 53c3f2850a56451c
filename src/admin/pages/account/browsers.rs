//! What a browser calls itself, in short: enough to tell one's own sessions apart. The whole text
//! stands beside it.

/// What stands in the text of a browser, the more special ones first: most of them name others too.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// The same of systems.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// The browser and the system, or the text itself where neither is known.
pub(super) fn in_short(agent: &str) -> String {
    match (known(&BROWSERS, agent), known(&SYSTEMS, agent)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(word), None) => word.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) if agent.trim().is_empty() => {
            "A browser that does not say its name".to_owned()
        }
        (None, None) => agent.to_owned(),
    }
}

fn known(words: &[(&str, &'static str)], agent: &str) -> Option<&'static str> {
    words.iter().find(|(part, _)| agent.contains(part)).map(|(_, word)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_by_what_is_special_about_it() {
        for (agent, short) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on an iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("something else", "something else"),
            (" ", "A browser that does not say its name"),
        ] {
            assert_eq!(in_short(agent), short);
        }
    }
}
