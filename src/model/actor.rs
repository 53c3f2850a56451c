//! Who does something, as the audit log remembers it.

/// A person, a program or an operator at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What sort of actor it is.
    pub kind: ActorKind,
    /// Its user's or key's id; 0 where there is neither.
    pub id: i64,
    /// What it was called then: an e-mail address, a key's name.
    pub name: String,
    /// Where it came from: an address, or `local` for the command line.
    pub from: String,
}

/// What sort of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// A person who has signed in.
    User,
    /// A program with an API key.
    Key,
    /// Whoever runs `carom` on the server.
    Operator,
    /// Nobody yet: a visitor of the sign-in page, a set-up, an invitation.
    Nobody,
}

impl ActorKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::User, Self::Key, Self::Operator, Self::Nobody];

    /// The word in the store and in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Key => "key",
            Self::Operator => "operator",
            Self::Nobody => "nobody",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl Actor {
    /// Whoever runs `carom` on the server.
    #[must_use]
    pub fn operator() -> Self {
        let (name, from) = ("operator".to_owned(), "local".to_owned());
        Self { kind: ActorKind::Operator, id: 0, name, from }
    }
}

impl Default for Actor {
    fn default() -> Self {
        Self::operator()
    }
}
