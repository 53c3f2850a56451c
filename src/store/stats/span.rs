//! A stretch of time.

use crate::model::time::Millis;

/// From one moment up to another, which is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first moment of it.
    pub from: Millis,
    /// The first moment after it.
    pub to: Millis,
}

impl Span {
    /// Whether no moment lies in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.from >= self.to
    }

    /// Milliseconds of it.
    #[must_use]
    pub fn length_ms(self) -> i64 {
        self.to.get().saturating_sub(self.from.get()).max(0)
    }

    /// What of it does not lie before `moment`.
    #[must_use]
    pub fn since(self, moment: Millis) -> Self {
        Self { from: self.from.max(moment), to: self.to.max(moment) }
    }
}
