//! Who may act: rules about keys, without HTTP and without a database.
//!
//! | file | what it holds |
//! |---|---|
//! | [`key`] | how an API key is made, told apart and digested |

pub mod key;
