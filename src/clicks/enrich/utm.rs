//! A UTM field of the query: what it says once its encoding is taken off.

use percent_encoding::percent_decode;

use crate::clicks::journal::record::Texts;

/// The text of a field as it stood in the query.
pub(super) fn text(field: &[u8]) -> Option<String> {
    let is_cut = field.len() >= Texts::UTM_BYTES_MAX;
    let whole = if is_cut { without_half_escape(field) } else { field };
    let spaced: Vec<u8> =
        whole.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    let mut bytes: Vec<u8> = percent_decode(&spaced).collect();
    if is_cut {
        let half = std::str::from_utf8(&bytes).err().filter(|fault| fault.error_len().is_none());
        if let Some(fault) = half {
            bytes.truncate(fault.valid_up_to());
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A field that was cut may end in the midst of `%C3`.
fn without_half_escape(field: &[u8]) -> &[u8] {
    match field {
        [whole @ .., b'%'] => whole,
        [whole @ .., b'%', digit] if digit.is_ascii_hexdigit() => whole,
        whole => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(field: &str) -> String {
        text(field.as_bytes()).expect("a text")
    }

    #[test]
    fn fields_are_decoded_as_forms_are() {
        assert_eq!(of("spring+sale"), "spring sale");
        assert_eq!(of("a%2Bb%20c"), "a+b c");
        assert_eq!(of("caf%C3%A9"), "café");
        assert_eq!(of("caf%C3"), "caf\u{fffd}");
        assert_eq!(of("100%"), "100%");
        assert_eq!(of("%zz%4"), "%zz%4");
    }

    #[test]
    fn what_was_cut_in_the_midst_of_a_character_ends_before_it() {
        let cut = |text: &str| of(&text[..Texts::UTM_BYTES_MAX]);
        let full = "a".repeat(Texts::UTM_BYTES_MAX);
        let lead = |bytes: usize| &full[..Texts::UTM_BYTES_MAX - bytes];
        for bytes in 1..=5 {
            assert_eq!(cut(&format!("{}%C3%A9", lead(bytes))), lead(bytes), "{bytes} bytes of it");
        }
        assert_eq!(cut(&format!("{}%C3%A9", lead(6))), format!("{}é", lead(6)));
    }
}
