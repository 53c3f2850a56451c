//! What people see in a browser, as the server sends it.
//!
//! | file | what it proves |
//! |---|---|
//! | [`ways_in`] | set-up, sign-in and invitation by forms, without a script |
//! | [`links`] | links are listed, searched and made |
//! | [`link`] | a link: every setting, nothing lost |
//! | [`analytics`] | figures, filters, tables |
//! | [`live`] | visits as they happen |
//! | [`keys`] | API keys: made, shown once, replaced, revoked |
//! | [`audit`] | the log in plain words |
//! | [`system`] | how a node fares |
//! | [`domains`] | domains: claimed, proven, changed, given up |
//! | [`people`] | members, roles, invitations |
//! | [`account`] | one's own account: name, password, second factor, sessions |
//! | [`workspaces`] | one's workspaces: made, chosen, renamed |
//! | [`surface`] | what holds for every page: policy, escaping, no other site |

mod account;
mod analytics;
mod audit;
mod domains;
mod fixture;
mod keys;
mod link;
mod links;
mod live;
mod people;
mod surface;
mod system;
mod ways_in;
mod workspaces;
