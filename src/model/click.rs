//! What one answered redirect counts as.

/// Who asked. People and programs are counted apart, and a total is both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// A visitor who follows the link.
    People,
    /// A `HEAD`, a prefetch or a known program.
    Bots,
}

impl Audience {
    /// One click of it.
    #[must_use]
    pub const fn once(self) -> ClickCount {
        match self {
            Self::People => ClickCount { people: 1, bots: 0 },
            Self::Bots => ClickCount { people: 0, bots: 1 },
        }
    }
}

/// Clicks of both audiences.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClickCount {
    /// Redirects answered to people.
    pub people: u64,
    /// Redirects answered to programs.
    pub bots: u64,
}

impl ClickCount {
    /// Everything that was answered.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.people + self.bots
    }

    /// Whether nothing was counted.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.people == 0 && self.bots == 0
    }

    /// Adds another count to this one.
    pub const fn add(&mut self, other: Self) {
        self.people += other.people;
        self.bots += other.bots;
    }
}
