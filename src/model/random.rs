//! Unguessable bytes, for ids, codes and keys.

use rand::TryRng;
use rand::rngs::SysRng;

/// `N` bytes from the operating system's generator.
///
/// # Panics
/// When the operating system has no randomness to give; nothing safe can be made without it.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// `length` characters of `alphabet`, each equally likely.
#[must_use]
pub fn text(alphabet: &[u8], length: usize) -> String {
    // Bytes at or above the largest multiple of the alphabet are thrown away: a plain remainder
    // would favour its first letters.
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let drawn = bytes::<32>()
            .into_iter()
            .map(usize::from)
            .filter(|&byte| byte < fair)
            .map(|byte| char::from(alphabet[byte % alphabet.len()]));
        text.extend(drawn.take(length - text.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_alphabet_is_drawn_about_equally() {
        let drawn = text(b"abc", 30_000);
        for letter in ["a", "b", "c"] {
            let times = drawn.matches(letter).count();
            assert!((9_500..10_500).contains(&times), "{letter}: {times}");
        }
    }
}
