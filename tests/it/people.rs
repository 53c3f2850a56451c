//! What the admin listener promises to people, proved over sockets on both databases.
//!
//! | file | what it proves |
//! |---|---|
//! | [`set_up`] | the first owner is made, once |
//! | [`signing_in`] | passwords, cookies, sessions and their ends |
//! | [`account`] | one's own name, password and sessions |
//! | [`second_factor`] | codes from a clock, and for a lost telephone |
//! | [`at_provider`] | signing in by OpenID Connect, and who does not |
//! | [`mailed`] | invitations that are mailed |
//! | [`members`] | roles, and who may give and take them |
//! | [`invitations`] | links that work once |
//! | [`workspaces`] | nothing crosses a workspace |
//! | [`attempts`] | guessing is slowed down, and nobody is locked out by it |
//! | [`routes`] | every route, what it needs and a request that succeeds |
//! | [`cross_site`] | pages of other sites have no effect |
//! | [`matrix`] | every route, for everybody, about what is theirs, another's and nobody's |
//!
//! A promise is a function of a running server; [`on_both`] makes two tests of it, `sqlite::…` and
//! `postgres::…`. Who sends is a [`fixture::Browser`].

/// Makes two tests of each promise.
macro_rules! on_both {
    ($($promise:ident),* $(,)?) => {
        mod sqlite {
            use $crate::people::fixture::on_sqlite;
            $(#[test]
            fn $promise() {
                on_sqlite(super::$promise);
            })*
        }

        mod postgres {
            use $crate::people::fixture::on_postgres;
            $(#[test]
            fn $promise() {
                on_postgres(super::$promise);
            })*
        }
    };
}

mod account;
mod at_provider;
mod attempts;
mod cross_site;
pub(crate) mod fixture;
mod invitations;
mod mailed;
mod matrix;
mod members;
mod routes;
mod second_factor;
mod set_up;
mod signing_in;
mod workspaces;
