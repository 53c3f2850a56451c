//! What may be done in a workspace: by a person's role, or by a key's scopes.

use std::fmt;

/// Something that may be done in a workspace. Its word is the scope that gives a key the permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Permission {
    /// To see links.
    LinksRead,
    /// To make, change and delete links.
    LinksWrite,
    /// To see clicks and visits.
    StatsRead,
    /// To see domains.
    DomainsRead,
    /// To claim, change and give up domains.
    DomainsWrite,
    /// To see what keys there are.
    KeysRead,
    /// To make, change and revoke keys that may do no more than their maker.
    KeysWrite,
    /// To see who belongs to the workspace.
    PeopleRead,
    /// To invite people, change their roles and send them away, up to one's own role.
    PeopleWrite,
    /// To read the audit log.
    AuditRead,
    /// To rename the workspace.
    WorkspaceWrite,
}

impl Permission {
    /// Every one of them.
    pub const ALL: [Self; 11] = [
        Self::LinksRead,
        Self::LinksWrite,
        Self::StatsRead,
        Self::DomainsRead,
        Self::DomainsWrite,
        Self::KeysRead,
        Self::KeysWrite,
        Self::PeopleRead,
        Self::PeopleWrite,
        Self::AuditRead,
        Self::WorkspaceWrite,
    ];

    /// The scope that gives it to a key.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::LinksRead => "links:read",
            Self::LinksWrite => "links:write",
            Self::StatsRead => "stats:read",
            Self::DomainsRead => "domains:read",
            Self::DomainsWrite => "domains:write",
            Self::KeysRead => "keys:read",
            Self::KeysWrite => "keys:write",
            Self::PeopleRead => "people:read",
            Self::PeopleWrite => "people:write",
            Self::AuditRead => "audit:read",
            Self::WorkspaceWrite => "workspace:write",
        }
    }

    /// What comes with it: who may change something may see it.
    const fn with_reading(self) -> Permissions {
        let own = Permissions(1 << self as u16);
        match self {
            Self::LinksWrite => own.and(Permissions(1 << Self::LinksRead as u16)),
            Self::DomainsWrite => own.and(Permissions(1 << Self::DomainsRead as u16)),
            Self::KeysWrite => own.and(Permissions(1 << Self::KeysRead as u16)),
            Self::PeopleWrite => own.and(Permissions(1 << Self::PeopleRead as u16)),
            _ => own,
        }
    }
}

/// The scope of a key that may do everything in its workspace.
pub const SCOPE_ADMIN: &str = "admin";

/// A set of permissions.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(u16);

/// A word that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no scope: choose among links:read, links:write, stats:read, domains:read, domains:write, keys:read, keys:write, people:read, people:write, audit:read, workspace:write, and admin for all of them"
)]
pub struct ScopeError(pub String);

impl Permissions {
    /// All of them.
    pub const EVERYTHING: Self = Self((1 << Permission::ALL.len()) - 1);

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These.
    #[must_use]
    pub fn of(all: &[Permission]) -> Self {
        all.iter().fold(Self::default(), |set, one| set.and(one.with_reading()))
    }

    /// What scopes give, with spaces between them.
    ///
    /// # Errors
    /// A word that is no scope.
    pub fn of_scopes(scopes: &str) -> Result<Self, ScopeError> {
        let mut set = Self::default();
        for word in scopes.split_whitespace() {
            if word == SCOPE_ADMIN {
                return Ok(Self::EVERYTHING);
            }
            let found = Permission::ALL.into_iter().find(|one| one.word() == word);
            set = set.and(found.ok_or_else(|| ScopeError(word.to_owned()))?.with_reading());
        }
        Ok(set)
    }

    /// What the scopes of a stored key give. A newer Carom's scope gives nothing here.
    #[must_use]
    pub fn of_stored(scopes: &str) -> Self {
        let known = scopes.split_whitespace().filter_map(|word| Self::of_scopes(word).ok());
        known.fold(Self::default(), Self::and)
    }

    /// Whether this may be done.
    #[must_use]
    pub const fn has(self, one: Permission) -> bool {
        self.0 & (1 << one as u16) != 0
    }

    /// Whether everything that `others` may do may be done.
    #[must_use]
    pub const fn holds(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = Permission::ALL.into_iter().filter(|one| self.has(*one));
        f.debug_set().entries(has.map(Permission::word)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_give_what_they_say_and_reading_with_writing() {
        let set = Permissions::of_scopes("links:write stats:read").expect("scopes");
        let has: Vec<_> = Permission::ALL.into_iter().filter(|one| set.has(*one)).collect();
        assert_eq!(has, [Permission::LinksRead, Permission::LinksWrite, Permission::StatsRead]);
        assert!(Permissions::EVERYTHING.holds(set) && !set.holds(Permissions::EVERYTHING));
        assert_eq!(Permissions::of_scopes("admin"), Ok(Permissions::EVERYTHING));
        assert_eq!(Permissions::of_scopes(""), Ok(Permissions::default()));
        for one in Permission::ALL {
            assert!(Permissions::EVERYTHING.has(one));
            assert!(Permissions::of_scopes(one.word()).expect("a scope").has(one));
            assert!(ScopeError(String::new()).to_string().contains(one.word()));
        }
        assert!(Permissions::of_scopes("links:write links:shred").is_err());
        let stored = Permissions::of_stored("links:shred stats:read");
        assert_eq!(stored, Permissions::of(&[Permission::StatsRead]));
    }
}
