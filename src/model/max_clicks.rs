//! How often a link may be followed, where it has a limit.

use serde::Serialize;

/// Redirects that a link with a limit answers to people at most: 1 to [`MaxClicks::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct MaxClicks(u32);

/// A number that is no click limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no click limit a link can have: choose 1 to {max}, or none at all", max = MaxClicks::MAX)]
pub struct MaxClicksError(i64);

impl MaxClicks {
    /// The highest limit.
    pub const MAX: u32 = 1_000_000_000;

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<i64> for MaxClicks {
    type Error = MaxClicksError;

    fn try_from(number: i64) -> Result<Self, MaxClicksError> {
        match u32::try_from(number) {
            Ok(clicks @ 1..=Self::MAX) => Ok(Self(clicks)),
            _ => Err(MaxClicksError(number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_one_to_a_billion() {
        for good in [1, 2, 1_000_000_000] {
            assert_eq!(MaxClicks::try_from(good).map(|max| i64::from(max.get())), Ok(good));
        }
        for bad in [i64::MIN, -1, 0, 1_000_000_001, (1 << 32) + 1, i64::MAX] {
            assert_eq!(MaxClicks::try_from(bad), Err(MaxClicksError(bad)));
        }
    }
}
