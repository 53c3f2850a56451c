//! Who may act: rules about people and keys, without HTTP and without a database.
//!
//! | file | what it holds |
//! |---|---|
//! | [`permission`] | what may be done in a workspace, and the scopes of keys |
//! | [`role`] | what people may do by their role |
//! | [`key`] | how an API key is made, told apart and digested |
//! | [`email`] | e-mail addresses, and when two are one |
//! | [`name`] | names of people and workspaces |
//! | [`password`] | which passwords may be chosen, and what is kept of them |
//! | [`totp`] | the second factor, and codes for a lost telephone |
//! | [`token`] | secrets of sessions, invitations and the set-up |
//! | [`attempts`] | how often somebody may try to sign in |

pub mod attempts;
pub mod email;
pub mod key;
pub mod name;
pub mod password;
pub mod permission;
pub mod role;
pub mod token;
pub mod totp;
