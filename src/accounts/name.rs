//! Names of people and workspaces.

/// Characters that a name may have at most.
pub const LENGTH_MAX: usize = 128;

/// A text that cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to {LENGTH_MAX} characters and none that cannot be seen: choose another")]
pub struct NameError;

/// A name by which people tell people, or workspaces, apart. Space around it does not belong to it.
///
/// # Errors
/// It is empty, too long, or holds a control character.
pub fn check(text: &str) -> Result<&str, NameError> {
    let name = text.trim();
    let length = name.chars().count();
    let is_fit = (1..=LENGTH_MAX).contains(&length) && !name.chars().any(char::is_control);
    is_fit.then_some(name).ok_or(NameError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_seen_and_is_not_endless() {
        let longest = "\u{e9}".repeat(LENGTH_MAX);
        for (text, name) in [(" Ada Lovelace ", "Ada Lovelace"), (&longest, &longest)] {
            assert_eq!(check(text), Ok(name));
        }
        for bad in ["", "  ", "a\u{7}b", "a\nb", &"x".repeat(LENGTH_MAX + 1)] {
            assert_eq!(check(bad), Err(NameError), "{bad:?}");
        }
    }
}
