//! Roles: what a person may do in a workspace.

use super::permission::{Permission, Permissions};

/// A person's role in a workspace. Each may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks.
    Viewer,
    /// Makes and changes links.
    Editor,
    /// Minds domains, keys and people.
    Admin,
    /// May also rename the workspace, and appoint owners.
    Owner,
}

/// A word that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role: choose viewer, editor, admin or owner")]
pub struct RoleError(pub String);

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Editor, Self::Admin, Self::Owner];

    /// The word in the store and in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role of this word.
    ///
    /// # Errors
    /// There is none.
    pub fn parse(word: &str) -> Result<Self, RoleError> {
        let found = Self::ALL.into_iter().find(|role| role.word() == word);
        found.ok_or_else(|| RoleError(word.to_owned()))
    }

    /// What it may do.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        use Permission::{
            AuditRead, DomainsRead, DomainsWrite, KeysRead, KeysWrite, LinksRead, LinksWrite,
            PeopleRead, PeopleWrite, StatsRead,
        };
        match self {
            Self::Viewer => Permissions::of(&[LinksRead, StatsRead, DomainsRead, PeopleRead]),
            Self::Editor => Permissions::of(&[LinksWrite, StatsRead, DomainsRead, PeopleRead]),
            Self::Admin => Permissions::of(&[
                LinksWrite,
                StatsRead,
                DomainsWrite,
                KeysRead,
                KeysWrite,
                PeopleWrite,
                AuditRead,
            ]),
            Self::Owner => Permissions::EVERYTHING,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_more_than_the_one_before() {
        for pair in Role::ALL.windows(2) {
            let (less, more) = (pair[0].permissions(), pair[1].permissions());
            assert!(more.holds(less) && !less.holds(more), "{pair:?}");
        }
        for role in Role::ALL {
            assert_eq!(Role::parse(role.word()), Ok(role));
        }
        assert!(Role::parse("Owner").is_err());
    }
}
