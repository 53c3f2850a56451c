//! The language that a visitor prefers (RFC 9110 §12.5.4).

use crate::clicks::journal::record::Texts;

/// The tag with the highest weight, the first of several: language, script and region as BCP 47
/// (RFC 5646 §2.1.1) writes them, such as `de-AT` or `zh-Hant-TW`. What else a tag says tells
/// visitors apart rather than languages, and is left out. `*` and what is no tag do not count.
pub(super) fn first(header: &[u8]) -> Option<String> {
    let header = whole_part(std::str::from_utf8(header).ok()?);
    let mut best: Option<(u16, String)> = None;
    for choice in header.split(',') {
        let (tag, parameters) = choice.split_once(';').unwrap_or((choice, ""));
        let weight = weight(parameters);
        let is_better = weight > best.as_ref().map_or(0, |(weight, _)| *weight);
        if is_better && let Some(tag) = normalised(tag.trim()) {
            best = Some((weight, tag));
        }
    }
    best.map(|(_, tag)| tag)
}

/// A header that was cut may end before its last weight, which would then count as 1.
fn whole_part(header: &str) -> &str {
    if header.len() < Texts::LANGUAGE_BYTES_MAX {
        return header;
    }
    header.rsplit_once(',').map_or(header, |(whole, _)| whole)
}

/// A weight in thousandths: 1 without one, 0 if it cannot be read.
fn weight(parameters: &str) -> u16 {
    let mut pairs = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let Some((_, value)) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("q")) else {
        return 1000;
    };
    let value: f32 = value.trim().parse().unwrap_or(0.0);
    // Never above 1000, and 0 for what is no number.
    (value.clamp(0.0, 1.0) * 1000.0) as u16
}

fn normalised(tag: &str) -> Option<String> {
    let mut parts = tag.split(['-', '_']);
    let language =
        parts.next().filter(|part| (2..=3).contains(&part.len()) && is_alphabetic(part))?;
    let mut text = language.to_ascii_lowercase();
    let mut has_script = false;
    let mut has_region = false;
    for part in parts {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        // A single letter begins an extension, whose parts look like any other.
        if part.len() == 1 || has_region {
            break;
        }
        let is_script = part.len() == 4 && is_alphabetic(part) && !has_script;
        let is_region = match part.len() {
            2 => is_alphabetic(part),
            3 => part.bytes().all(|b| b.is_ascii_digit()),
            _ => false,
        };
        if is_script {
            has_script = true;
            let (head, tail) = part.split_at(1);
            text = format!("{text}-{}{}", head.to_ascii_uppercase(), tail.to_ascii_lowercase());
        } else if is_region {
            has_region = true;
            text = format!("{text}-{}", part.to_ascii_uppercase());
        }
    }
    Some(text)
}

fn is_alphabetic(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_wanted_language_counts_as_bcp_47_writes_it() {
        for (header, expected) in [
            ("de-AT", "de-AT"),
            ("de-AT,de;q=0.9,en;q=0.8", "de-AT"),
            ("en;q=0.8, fr-ca ; q=0.9", "fr-CA"),
            ("en;q=0.5,fr;q=0.5", "en"),
            ("EN_us", "en-US"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("zh-cmn-Hans-CN", "zh-Hans-CN"),
            ("es-419", "es-419"),
            ("sl-rozaj-biske", "sl"),
            ("de-AT-u-co-phonebk", "de-AT"),
            ("en-x-us", "en"),
            ("ast", "ast"),
            ("*, de;q=0.5", "de"),
            ("de;q=0, en;q=0.001", "en"),
            ("-, en", "en"),
            ("de;level=1;q=0.3, en;q=0.4", "en"),
            ("fr;Q=0.1, it;q=7", "it"),
        ] {
            assert_eq!(first(header.as_bytes()).as_deref(), Some(expected), "{header}");
        }
    }

    #[test]
    fn what_names_no_language_is_none() {
        for header in
            ["", "*", ",", "de;q=0", "de;q=x", "c", "english", "de--AT", "i-klingon", "d€", "12"]
        {
            assert_eq!(first(header.as_bytes()), None, "{header}");
        }
        assert_eq!(first(b"\xff"), None);
    }

    #[test]
    fn a_choice_that_was_cut_does_not_win_for_want_of_its_weight() {
        // The cut falls on each byte of the last choice in turn.
        for zeros in 0..9 {
            let zeros = "0".repeat(zeros);
            let sent = format!(
                "nl;q=0.9{zeros},fr;q=0.8,it;q=0.7,es;q=0.6,pt;q=0.5,pl;q=0.4,cs;q=0.3,sv;q=0.2"
            );
            let kept = &sent[..Texts::LANGUAGE_BYTES_MAX];
            assert_eq!(first(kept.as_bytes()).as_deref(), Some("nl"), "{kept}");
        }
        let endless = "e".repeat(Texts::LANGUAGE_BYTES_MAX);
        assert_eq!(first(endless.as_bytes()), None);
    }
}
