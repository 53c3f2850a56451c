//! What a key may do, in plain words.

use crate::accounts::permission::{Permission, Permissions, SCOPE_ADMIN};

/// A scope that somebody may give to a key.
pub(super) struct Scope {
    /// Its word in the API.
    pub(super) word: &'static str,
    /// What it is in plain words.
    pub(super) plain: &'static str,
}

/// The scopes that somebody with these permissions may give away.
pub(super) fn grantable(own: Permissions) -> Vec<Scope> {
    let scope = |word| Scope { word, plain: plain(word) };
    let within = |one: &Permission| own.holds(Permissions::of(&[*one]));
    let single = Permission::ALL.into_iter().filter(within).map(|one| scope(one.word()));
    let all = own.holds(Permissions::EVERYTHING).then(|| scope(SCOPE_ADMIN));
    single.chain(all).collect()
}

/// A scope in plain words; one of a newer Carom as it is.
pub(super) fn plain(word: &str) -> &str {
    match word {
        "links:read" => "See links",
        "links:write" => "Make, change and delete links",
        "stats:read" => "See clicks and statistics",
        "domains:read" => "See domains",
        "domains:write" => "Claim, change and give up domains",
        "keys:read" => "See what keys there are",
        "keys:write" => "Make and revoke keys that may do no more than this one",
        "people:read" => "See who belongs to the workspace",
        "people:write" => "Invite people, change roles and send people away",
        "audit:read" => "Read the audit log",
        "workspace:write" => "Rename the workspace",
        SCOPE_ADMIN => "Everything in this workspace, also what is added later",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::role::Role;

    #[test]
    fn every_scope_has_plain_words_and_nobody_is_offered_more_than_they_have() {
        for one in Permission::ALL {
            assert_ne!(plain(one.word()), one.word());
        }
        assert_eq!(plain("links:shred"), "links:shred");
        for role in Role::ALL {
            let own = role.permissions();
            for scope in grantable(own) {
                let given = Permissions::of_scopes(scope.word).expect("a scope");
                assert!(own.holds(given), "{role:?}: {}", scope.word);
            }
        }
        let of = |role: Role| grantable(role.permissions()).len();
        assert_eq!(of(Role::Owner), Permission::ALL.len() + 1);
        assert_eq!(of(Role::Admin), Permission::ALL.len() - 1, "all but the workspace's name");
    }
}
