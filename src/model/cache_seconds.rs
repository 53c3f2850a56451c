//! How long browsers may remember a link's redirect.

use serde::Serialize;

/// Seconds, 0 to [`CacheSeconds::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct CacheSeconds(u32);

/// A number that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no time a redirect can be remembered for: choose 0 to {max} seconds", max = CacheSeconds::MAX)]
pub struct CacheSecondsError(i64);

impl CacheSeconds {
    /// A day: an edit is seen by everybody after that.
    pub const MAX: u32 = 24 * 3600;

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<i64> for CacheSeconds {
    type Error = CacheSecondsError;

    fn try_from(number: i64) -> Result<Self, CacheSecondsError> {
        match u32::try_from(number) {
            Ok(seconds @ 0..=Self::MAX) => Ok(Self(seconds)),
            _ => Err(CacheSecondsError(number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_remembered_for_a_day_at_most() {
        for good in [0, 1, 86_400] {
            assert_eq!(CacheSeconds::try_from(good).map(|it| i64::from(it.get())), Ok(good));
        }
        for bad in [i64::MIN, -1, 86_401, 1 << 32, i64::MAX] {
            assert_eq!(CacheSeconds::try_from(bad), Err(CacheSecondsError(bad)));
        }
    }
}
