//! The command line: each command on both databases.
//!
//! | file | what it proves |
//! |---|---|
//! | [`links`] | making, finding, changing and deleting a link |
//! | [`lists`] | listing links |
//! | [`domains`] | domains and the links on them |
//! | [`keys`] | API keys, and the schema that they are kept in |
//! | [`users`] | accounts, and the way back in |
//! | [`workspaces`] | workspaces, who belongs to them, and acting in one of several |
//! | [`check`] | recounting clicks |
//! | [`failures`] | what goes wrong, by its sentence and its exit code |
//!
//! They stand on [`place`]: a working directory with an empty store.

/// Makes two tests of each truth.
macro_rules! on_both {
    ($($truth:ident),* $(,)?) => {
        mod sqlite {
            use $crate::cli::place::Place;
            $(#[test]
            fn $truth() {
                super::$truth(&Place::sqlite());
            })*
        }

        mod postgres {
            use $crate::cli::place::Place;
            $(#[test]
            fn $truth() {
                super::$truth(&Place::postgres());
            })*
        }
    };
}

mod check;
mod domains;
mod failures;
mod keys;
mod links;
mod lists;
mod place;
mod users;
mod workspaces;
