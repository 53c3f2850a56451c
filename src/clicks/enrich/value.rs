//! What every value must be: printable, trimmed, bounded, not empty.

use std::sync::Arc;

use crate::model::dimension::VALUE_BYTES_MAX;

/// A text as a value; none if nothing of it is left.
pub(super) fn value(text: &str) -> Option<Arc<str>> {
    let text = text.trim();
    if text.chars().any(is_unprintable) {
        let printable: String = text.chars().filter(|&c| !is_unprintable(c)).collect();
        return bounded(printable.trim());
    }
    bounded(text)
}

fn bounded(text: &str) -> Option<Arc<str>> {
    let text = text[..text.floor_char_boundary(VALUE_BYTES_MAX)].trim_end();
    (!text.is_empty()).then(|| text.into())
}

/// Control characters, and those that break a line or turn the text that follows them around: a
/// visitor chooses these texts, and somebody else's table shows them.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_printable_trimmed_and_bounded() {
        let of = |text: &str| value(text).map(|value| value.to_string());
        assert_eq!(of(" spring \t sale\r\n"), Some("spring  sale".to_owned()));
        assert_eq!(of("\u{0}\u{7f}\u{202e} \u{85}"), None);
        assert_eq!(of("a\u{202e}b"), Some("ab".to_owned()));
        assert_eq!(of("  "), None);
        // 127 bytes, and one of two bytes that would end at 129.
        let long = format!("{}é", "a".repeat(VALUE_BYTES_MAX - 1));
        assert_eq!(of(&long), Some("a".repeat(VALUE_BYTES_MAX - 1)));
        let spaced = format!("{} b", "a".repeat(VALUE_BYTES_MAX - 1));
        assert_eq!(of(&spaced), Some("a".repeat(VALUE_BYTES_MAX - 1)));
    }
}
