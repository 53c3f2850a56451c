//! The page before: its registrable domain, never its path or query.

use url::{Host, Url};

/// What Android puts before the package of the app that opened a link.
const APP_SCHEME: &str = "android-app://";

/// The site of a `Referer`: its registrable domain by the public suffix list, lower case and in
/// ASCII; an IP address or a host without one as it is; of an Android app its package. None for
/// whatever is no web page.
pub(super) fn site(referrer: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(referrer).ok().map(str::trim);
    if let Some(app) = text.and_then(|text| text.strip_prefix(APP_SCHEME)) {
        return package(app);
    }
    // A header's bytes need not be UTF-8, and what is not stands behind the host.
    let url = Url::parse(&String::from_utf8_lossy(referrer)).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    match url.host()? {
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
        Host::Domain(domain) => {
            let domain = domain.trim_end_matches('.');
            Some(psl::domain_str(domain).unwrap_or(domain).to_owned())
        }
    }
}

fn package(app: &str) -> Option<String> {
    let name = app.split(['/', '?', '#']).next()?;
    let is_package = name.contains('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
    is_package.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_referrer_counts_by_its_registrable_domain() {
        for (referrer, expected) in [
            ("https://www.example.com/a/page?with=query#part", "example.com"),
            ("http://EXAMPLE.com:8080", "example.com"),
            ("https://user:word@news.bbc.co.uk/", "bbc.co.uk"),
            ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org", "facebook.com"),
            ("https://alice.github.io/", "alice.github.io"),
            ("https://github.io/", "github.io"),
            ("https://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de"),
            ("https://www.münchen.de/", "xn--mnchen-3ya.de"),
            ("https://example.com./", "example.com"),
            ("http://intranet/wiki", "intranet"),
            ("http://localhost:3000/", "localhost"),
            ("http://192.0.2.7/x", "192.0.2.7"),
            ("http://[2001:DB8::1]:80/x", "2001:db8::1"),
            ("android-app://com.google.android.gm/", "com.google.android.gm"),
            ("android-app://org.telegram.messenger", "org.telegram.messenger"),
        ] {
            assert_eq!(site(referrer.as_bytes()).as_deref(), Some(expected), "{referrer}");
        }
        assert_eq!(site(b"https://example.com/\xff\xfe").as_deref(), Some("example.com"));
    }

    #[test]
    fn what_is_no_page_is_no_referrer() {
        for referrer in [
            "www.example.com",
            "about:client",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "chrome-extension://abcdef/page.html",
            "https://",
            "https:///",
            "https://a b/",
            "https://exa<mple.com/",
            "android-app://",
            "android-app://not a package/",
            "-",
        ] {
            assert_eq!(site(referrer.as_bytes()), None, "{referrer}");
        }
        assert_eq!(site(b"https://\xff\xfe/"), None);
    }
}
