//! What a role may do, in plain words.

use crate::accounts::role::Role;

/// A role as the page names it.
#[derive(Clone, Copy)]
pub(super) struct Named {
    /// Its word in the API.
    pub(super) word: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// What it may do that the ones before it may not.
    pub(super) may: &'static str,
    /// Whether whoever looks may give and take it.
    pub(super) is_within: bool,
}

/// Every role, the least first.
pub(super) fn named(reach: &[&'static str]) -> Vec<Named> {
    let named = |role: Role| Named {
        word: role.word(),
        name: name(role),
        may: may(role),
        is_within: reach.contains(&role.word()),
    };
    Role::ALL.into_iter().map(named).collect()
}

fn name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Editor => "Editor",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}

fn may(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Sees links, clicks, domains and people, and changes nothing.",
        Role::Editor => "Also makes, changes and deletes links.",
        Role::Admin => {
            "Also claims and changes domains, makes API keys, invites people, changes their roles up \
             to admin, and reads the audit log."
        }
        Role::Owner => "Also renames the workspace, and makes others owners.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::permission::Permission::{
        AuditRead, DomainsRead, DomainsWrite, KeysRead, KeysWrite, LinksRead, LinksWrite,
        PeopleRead, PeopleWrite, StatsRead, WorkspaceWrite,
    };
    use crate::accounts::permission::Permissions;

    #[test]
    fn the_sentences_say_what_the_roles_may_do() {
        // Who changes this list changes the sentence above too.
        let mut so_far = Vec::new();
        for (role, gains) in [
            (Role::Viewer, &[LinksRead, StatsRead, DomainsRead, PeopleRead][..]),
            (Role::Editor, &[LinksWrite]),
            (Role::Admin, &[DomainsWrite, KeysRead, KeysWrite, PeopleWrite, AuditRead]),
            (Role::Owner, &[WorkspaceWrite]),
        ] {
            so_far.extend_from_slice(gains);
            assert!(role.permissions() == Permissions::of(&so_far), "{role:?}");
        }
    }

    #[test]
    fn a_role_out_of_reach_is_named_and_not_offered() {
        let roles = named(&["viewer", "editor", "admin"]);
        let offered: Vec<_> = roles.iter().filter(|it| it.is_within).map(|it| it.word).collect();
        assert_eq!((roles.len(), offered), (4, vec!["viewer", "editor", "admin"]));
    }
}
