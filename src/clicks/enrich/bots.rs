//! Programs that say so in their user agent: crawlers, link previews, monitors, HTTP libraries.
//!
//! A browser must never match: a person who is taken for a program is missing from every
//! statistic, and may be turned away from a link with a click limit. A program that poses as a
//! browser is nothing that a list could find. So a word is only in a list if no browser, no device
//! and no app with a browser in it has it:
//!
//! - In-app browsers are people: Facebook's (`FBAN`), Instagram, Snapchat, the Slack and Teams
//!   windows. Their services' previews have names of their own.
//! - `Dalvik` and `CFNetwork` are apps in somebody's hand, a podcast player for instance: people.
//! - HTTP libraries, `okhttp` among them, run on servers as well and show nothing to anybody:
//!   programs, if the user agent begins with them.
//! - `bot` counts as the end of a word, save in `CUBOT`, a maker of phones.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::programs::{BEGINNINGS, BOT, CUBOT, WORDS};

// One look at a table for each byte, for some 100 KiB: links with a click limit ask at the edge.
static KNOWN: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA));
    builder.build([WORDS, &[BOT]].concat()).expect("a list of short words")
});

/// Whether a user agent is a known program's. It reads the text once and allocates nothing.
#[must_use]
pub fn is_bot(user_agent: &[u8]) -> bool {
    let is_beginning = || BEGINNINGS.iter().any(|name| begins_with(user_agent, name));
    (!begins_with(user_agent, "mozilla/") && is_beginning()) || has_word(user_agent)
}

/// Whether uap-core's word for a program may be part of a phone's name.
///
/// Its rule for what no other rule knows looks for words such as `speedy`, `silk` or `bot` anywhere
/// in the first hundred bytes, where Android's browsers name the model. Programs that pose as one
/// say that they are `compatible`, or are in the lists above.
pub(super) fn may_be_a_model(user_agent: &str) -> bool {
    let says = |word| user_agent.contains(word);
    says("Android") && says("Safari/") && !says("compatible")
}

fn begins_with(user_agent: &[u8], name: &str) -> bool {
    let head = user_agent.get(..name.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
}

fn has_word(user_agent: &[u8]) -> bool {
    let mut found = KNOWN.find_iter(user_agent);
    found.any(|word| {
        let is_listed = word.pattern().as_usize() < WORDS.len();
        is_listed || is_bot_word(user_agent, word.end())
    })
}

/// Whether a "bot" that ends here ends a program's name.
fn is_bot_word(user_agent: &[u8], end: usize) -> bool {
    let goes_on = user_agent.get(end).is_some_and(u8::is_ascii_alphabetic);
    let is_maker =
        end.checked_sub(CUBOT.len()).is_some_and(|at| begins_with(&user_agent[at..], CUBOT));
    !goes_on && !is_maker
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_is_the_end_of_a_word_and_no_phone() {
        for (text, expected) in [
            ("FooBot", true),
            ("foobot/1.0", true),
            ("foo-bot-1", true),
            ("CUBOT_X30; foobot)", true),
            ("CUBOT", false),
            ("cubot_x30", false),
            ("Bottle", false),
            ("BOTIM/3", false),
            ("bot", true),
            ("cu", false),
            ("", false),
        ] {
            assert_eq!(is_bot(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_library_counts_only_at_the_beginning() {
        assert!(is_bot(b"curl"));
        assert!(is_bot(b"OkHttp/5.0"));
        assert!(!is_bot(b"Mozilla/5.0 (Linux; Android 14) okhttp/4.9 Safari/537.36"));
        assert!(!is_bot(b"My curl/8"));
    }
}
