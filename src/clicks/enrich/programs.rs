//! The names that programs give themselves: see [`bots`](super::bots) for what may be in a list.

/// Words that only programs have, wherever they stand, in lower case.
pub(super) const WORDS: &[&str] = &[
    // What crawlers call themselves, and the address that they leave.
    "crawl",
    "spider",
    "slurp",
    "+http",
    "urlpreview",
    "linkpreview",
    "link preview",
    "favicon",
    // Link previews.
    "facebookexternalhit",
    "facebookcatalog",
    "meta-externalagent",
    "meta-externalfetcher",
    "slack-imgproxy",
    "skypeuripreview",
    "bingpreview",
    "microsoftpreview",
    "embedly",
    "iframely",
    "vkshare",
    "kakaotalk-scrap",
    "cardyb",
    "snap url preview",
    "google web preview",
    "google-pagerenderer",
    "googleimageproxy",
    "yahoomailproxy",
    "mastodon/",
    "pleroma",
    "akkoma",
    "misskey/",
    "friendica",
    // Search, feeds and archives whose names do not end in "bot".
    "mediapartners-google",
    "feedfetcher",
    "apis-google",
    "googleother",
    "google-inspectiontool",
    "google-safety",
    "google-site-verification",
    "yandeximages",
    "yandexmetrika",
    "ia_archiver",
    "heritrix",
    "nutch",
    "w3c_validator",
    "w3c-checklink",
    "qwantify",
    "inoreader.com",
    "newsblur feed fetcher",
    "newsblur page fetcher",
    "feedbin feed-id",
    "tiny tiny rss",
    "duckassist",
    "scrapy",
    "scraper",
    "larbin",
    "screaming frog",
    // Language models.
    "chatgpt-user",
    "claude-user",
    "claude-web",
    "anthropic-ai",
    "perplexity-user",
    "cohere-ai",
    "mistralai-user",
    // Monitors.
    "pingdom",
    "statuscake",
    "uptime-kuma",
    "site24x7",
    "datadogsynthetics",
    "newrelicpinger",
    "googlestackdriver",
    "google-cloud-scheduler",
    "better uptime",
    "hetrixtools",
    "freshping",
    "checkly/",
    "catchpoint",
    "jetmon",
    "updown.io",
    "kube-probe",
    "elb-healthchecker",
    "googlehc",
    "amazon-route53-health",
    "blackbox exporter",
    "blackbox-exporter",
    "check_http",
    "zabbix",
    "gomezagent",
    "ruxitsynthetic",
    "ptst/",
    // Browsers without anybody before them.
    "headlesschrome",
    "headless chrome",
    "phantomjs",
    "chrome-lighthouse",
    "google page speed",
    // Scanners.
    "zgrab",
    "masscan",
    "nmap scripting",
    "nuclei",
    "nikto",
    "sqlmap",
    "censysinspect",
    "expanse,",
    "internetmeasurement",
    "ips-agent",
    "barracuda sentinel",
];

/// The end of a name such as `Googlebot`; a letter behind it makes it another word.
pub(super) const BOT: &str = "bot";

/// A maker of phones.
pub(super) const CUBOT: &str = "cubot";

/// HTTP libraries, tools and messengers' previews, in lower case, if the user agent begins with
/// them.
pub(super) const BEGINNINGS: &[&str] = &[
    "aiohttp",
    "akka-http",
    "apache-httpclient",
    "aws-cli",
    "aws-sdk",
    "axios",
    "boto",
    "bun/",
    "curl",
    "dart/",
    "deno/",
    "faraday",
    "fasthttp",
    "fetch/",
    "go-http-client",
    "go-resty",
    "google-http-java-client",
    "got ",
    "got/",
    "guzzlehttp",
    "http.rb",
    "http_request",
    "httpclient",
    "httpie",
    "httpx",
    "java-http-client",
    "java/",
    "jnlp/",
    "jakarta commons-httpclient",
    "ktor-client",
    "lua-resty-http",
    "libcurl",
    "libwww-perl",
    "lwp::",
    "lwp-",
    "mechanize",
    "node",
    "okhttp",
    "php",
    "postmanruntime",
    "insomnia/",
    "python",
    "reactor-netty",
    "reqwest",
    "restsharp",
    "rest-client",
    "ruby",
    "symfony httpclient",
    "typhoeus",
    "undici",
    "unirest",
    "ureq",
    "urlgrabber",
    "wget",
    "wordpress",
    "hackney",
    "req/",
    "viber/",
    "whatsapp/",
    "winhttp",
    "xh/",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_in_lower_case_and_name_nothing_twice() {
        let mut all: Vec<&str> = [WORDS, BEGINNINGS].concat();
        assert!(all.iter().all(|word| word.to_lowercase() == **word));
        for word in WORDS {
            let inside = WORDS.iter().find(|other| *other != word && word.contains(*other));
            assert_eq!(inside, None, "`{word}` is found by it");
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
