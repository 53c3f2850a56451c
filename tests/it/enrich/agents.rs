//! User agents: browsers are people, programs that say so are bots.

use std::time::{Duration, Instant};

use carom::clicks::enrich::{Enricher, is_bot};
use carom::clicks::journal::record::{Click, flags};
use carom::model::click::Audience;
use carom::model::dimension::Dimension;

use super::fixture::{click, click_by, enricher, value};

/// A user agent with its browser, its system and the class of its device.
type Browser = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const BROWSERS: &[Browser] = &[
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome", "Windows", "desktop"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge", "Windows", "desktop"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox", "Windows", "desktop"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 OPR/123.0.0.0", "Opera", "Windows", "desktop"),
    ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; .NET CLR 2.0.50727; Tablet PC 2.0)", "IE", "Windows", "desktop"),
    ("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "IE", "Windows", "desktop"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Teams/1.7.00.1234 Chrome/120.0.0.0 Electron/28.0.0 Safari/537.36", "Electron", "Windows", "desktop"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", "Safari", "Mac OS X", "desktop"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Vivaldi/7.5.3735.74", "Vivaldi", "Mac OS X", "desktop"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Slack_SSB/4.41.97 Chrome/130.0.0.0 Electron/33.2.0 Safari/537.36", "Slack Desktop Client", "Mac OS X", "desktop"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux", "desktop"),
    ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0", "Firefox", "Ubuntu", "desktop"),
    ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36", "Chrome", "Chrome OS", "desktop"),
    ("Mozilla/5.0 (X11; OpenBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "OpenBSD", "desktop"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1", "Mobile Safari", "iOS", "phone"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1", "Chrome Mobile iOS", "iOS", "phone"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/143.0 Mobile/15E148 Safari/605.1.15", "Firefox iOS", "iOS", "phone"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/528.0.0.45.109;FBBV/779474230;FBDV/iPhone16,2;FBMD/iPhone;FBSN/iOS;FBSV/18.5;FBSS/3;FBCR/;FBID/phone;FBLC/de_DE;FBOP/80]", "Facebook", "iOS", "phone"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22F76 Instagram 396.0.0.26.238 (iPhone15,3; iOS 18_5; en_US; en; scale=3.00; 1290x2796; 780453532)", "Instagram", "iOS", "phone"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 LinkedInApp/9.31.1234", "Mobile Safari UI/WKWebView", "iOS", "phone"),
    ("Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1", "Mobile Safari", "iOS", "tablet"),
    ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome Mobile", "Android", "phone"),
    ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome", "Android", "tablet"),
    ("Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet", "Android", "phone"),
    ("Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0", "Firefox Mobile", "Android", "phone"),
    ("Mozilla/5.0 (Android 14; Tablet; rv:143.0) Gecko/143.0 Firefox/143.0", "Firefox Mobile", "Android", "tablet"),
    ("Mozilla/5.0 (Linux; Android 11; CUBOT_X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36", "Chrome Mobile", "Android", "phone"),
    ("Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 7 Build/PPR1.180610.011) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36", "Chrome Mobile", "Android", "phone"),
    ("Mozilla/5.0 (Linux; U; Android 13; en-us; CUBOT) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36", "Chrome Mobile WebView", "Android", "phone"),
    ("Mozilla/5.0 (Linux; Android 13; Speedy 5) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36", "Chrome Mobile", "Android", "phone"),
    ("Mozilla/5.0 (Linux; Android 9; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/138.1.9 like Chrome/138.0.7204.243 Safari/537.36", "Amazon Silk", "Android", "tablet"),
    ("Mozilla/5.0 (Linux; Android 9; AFTMM Build/PS7285) AppleWebKit/537.36 (KHTML, like Gecko) Silk/138.1.9 like Chrome/138.0.7204.243 Safari/537.36", "Amazon Silk", "Android", "other"),
    ("Mozilla/5.0 (Linux; arm_64; Android 13; 2201117TG) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 YaBrowser/25.6.0.1 Mobile Safari/537.36", "Yandex Browser", "Android", "phone"),
    ("Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/139.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/520.0.0.0.1;]", "Facebook", "Android", "phone"),
    ("Opera/9.80 (Android; Opera Mini/36.2.2254/191.249; U; en) Presto/2.12.423 Version/12.16", "Opera Mini", "Android", "phone"),
    ("Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.5359.211 Safari/537.36 WebAppManager", "Chrome", "Web0S", "other"),
    ("Mozilla/5.0 (PlayStation; PlayStation 5/9.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15", "Safari", "", "other"),
    ("Mozilla/5.0 (Mobile; Nokia_2720_Flip; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5.2", "Firefox Mobile", "KaiOS", "phone"),
    ("Mozilla/5.0 (X11; Linux x86_64; Quest 3) AppleWebKit/537.36 (KHTML, like Gecko) OculusBrowser/39.2.0.6 Chrome/136.0.7103.177 VR Safari/537.36", "Oculus Browser", "Android", "other"),
    ("Lynx/2.9.2 libwww-FM/2.14FM SSL-MM/1.4.1 OpenSSL/3.5.1", "Lynx", "", "other"),
    ("Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A.240205.002)", "Android", "Android", "phone"),
];

#[rustfmt::skip]
const BOTS: &[&str] = &[
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
    "DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "Twitterbot/1.0",
    "WhatsApp/2.23.20.0 A",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)",
    "Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)",
    "Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)",
    "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)",
    "Mastodon/4.4.3 (http.rb/5.3.1; +https://mastodon.social/)",
    "Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots",
    "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)",
    "Viber/13.3.0.1 CFNetwork/1121.2.2 Darwin/19.3.0",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
    "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "CCBot/2.0 (https://commoncrawl.org/faq/)",
    "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/139.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Chrome-Lighthouse",
    "kube-probe/1.33",
    "ELB-HealthChecker/2.0",
    "curl/8.14.1",
    "Wget/1.25.0",
    "python-requests/2.32.5",
    "Python/3.12 aiohttp/3.12.15",
    "Go-http-client/2.0",
    "okhttp/5.1.0",
    "axios/1.12.2",
    "Java/21.0.8",
    "PostmanRuntime/7.45.0",
    "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
    "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers; like FeedFetcher-Google)",
    "Mozilla/5.0 zgrab/0.x",
];

fn of(enricher: &mut Enricher, user_agent: &str) -> (Audience, [String; 3]) {
    let enriched = enricher.enrich(&click_by(user_agent));
    let values = [Dimension::Browser, Dimension::System, Dimension::Device];
    let values = values.map(|it| value(&enriched, it).unwrap_or_default().to_owned());
    (enriched.audience, values)
}

#[test]
fn browsers_are_people_and_their_devices_are_told() {
    let mut enricher = enricher(1000);
    let mut faults = Vec::new();
    for (user_agent, browser, system, device) in BROWSERS {
        let expected = (Audience::People, [browser, system, device].map(|it| (*it).to_owned()));
        let found = of(&mut enricher, user_agent);
        if found != expected || is_bot(user_agent.as_bytes()) {
            faults.push(format!("{user_agent}:\n  {found:?}\n  {expected:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn programs_that_say_so_are_bots() {
    let mut enricher = enricher(1000);
    let mut faults = Vec::new();
    for user_agent in BOTS {
        let (audience, [.., device]) = of(&mut enricher, user_agent);
        let shouted = user_agent.to_uppercase();
        let is_known = is_bot(user_agent.as_bytes()) && is_bot(shouted.as_bytes());
        if audience != Audience::Bots || device != "bot" || !is_known {
            faults.push(format!("{user_agent}: {audience:?}, {device}, {is_known}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn programs_that_only_the_rules_know_are_bots() {
    let mut enricher = enricher(1);
    let user_agent = "Mozilla/5.0 (X11; Datanyze; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/65.0.3325.181 Safari/537.36";
    assert!(!is_bot(user_agent.as_bytes()));
    assert_eq!(of(&mut enricher, user_agent).0, Audience::Bots);
}

#[test]
fn heads_and_prefetches_are_bots_whoever_sends_them() {
    let mut enricher = enricher(1);
    let (browser, ..) = BROWSERS[0];
    for (flags, audience) in [
        (0, Audience::People),
        (flags::HEAD, Audience::Bots),
        (flags::PREFETCH, Audience::Bots),
        (flags::HEAD | flags::OPTED_OUT, Audience::Bots),
        (flags::OPTED_OUT, Audience::People),
    ] {
        let click = Click { flags, ..click_by(browser) };
        assert_eq!(enricher.enrich(&click).audience, audience, "{flags}");
    }
}

#[test]
fn without_a_user_agent_nothing_is_said() {
    let enriched = enricher(1).enrich(&click());
    assert_eq!(enriched.audience, Audience::People);
    assert_eq!(enriched.values.known().count(), 0);
}

#[test]
fn new_user_agents_beyond_the_budget_wait_for_the_next_second() {
    let mut enricher = enricher(1);
    let start = Instant::now();
    enricher.tick(start);
    let (known, ..) = BROWSERS[0];
    let (new, browser, ..) = BROWSERS[2];
    let unparsed = ["unparsed"; 3].map(str::to_owned);
    assert_eq!(of(&mut enricher, known).1[0], "Chrome");
    assert_eq!(of(&mut enricher, new), (Audience::People, unparsed.clone()));
    assert_eq!(of(&mut enricher, "curl/8.14.1"), (Audience::Bots, unparsed));
    assert_eq!(of(&mut enricher, known).1[0], "Chrome");
    enricher.tick(start + Duration::from_secs(1));
    assert_eq!(of(&mut enricher, new).1[0], browser);
}
