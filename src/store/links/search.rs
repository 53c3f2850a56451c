//! Searching: what of a link is searched, and how a search is written.
//!
//! Databases fold letters differently, so Carom does it, for both sides.

/// Bytes of what is searched of a link at most: code, target and title at their longest. A longer
/// search finds nothing, and SQLite refuses patterns above 50,000 bytes.
pub(super) const BYTES_MAX: usize = 16 * 1024;

/// What of a link is searched.
pub(super) fn text_of(code: &str, url: &str, title: Option<&str>) -> String {
    folded(&format!("{code}\n{url}\n{}", title.unwrap_or_default()))
}

/// A `LIKE` pattern (with `\` before what is meant literally) that finds `text` anywhere.
pub(super) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in folded(text).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Lower case, letter by letter: a word's beginning must fold as the word does, so the Greek sigma
/// has one small form and not another one at the end.
fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_taken_literally() {
        assert_eq!(pattern("50%_A\\"), "%50\\%\\_a\\\\%");
    }

    #[test]
    fn beginnings_of_words_fold_as_the_words_do() {
        assert!(folded("ΟΔΥΣΣΕΥΣ").starts_with(&folded("Οδυς")));
    }
}
