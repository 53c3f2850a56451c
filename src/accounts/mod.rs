//! Who may act: rules about people and keys, without HTTP and without a database.
//!
//! | file | what it holds |
//! |---|---|
//! | [`permission`] | what may be done in a workspace, and the scopes of keys |
//! | [`role`] | what people may do by their role |
//! | [`key`] | how an API key is made, told apart and digested |

pub mod key;
pub mod permission;
pub mod role;
