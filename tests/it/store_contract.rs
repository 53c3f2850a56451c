//! Every promise of the store, each written once and run by name on both databases.
//!
//! | file | whose promises |
//! |---|---|
//! | [`links`] | finding, making, changing, renaming and deleting a link |
//! | [`bulk`] | making many links at once |
//! | [`lists`] | paging and searching |
//! | [`many`] | the clicks of many links at once |
//! | [`changes`] | the change log |
//! | [`doorbell`] | who is told of a change, and when nobody is |
//! | [`clicks`] | batches that count once |
//! | [`visitors`] | salts that are the same on every node, sketches that lose nobody |
//! | [`claims`] | clicks of links with a limit |
//! | [`told`] | what few links are told: tags, a beginning, a password |
//! | [`stats`] | sums over time, values, filters, visits |
//! | [`folding`] | hours into days |
//! | [`drift`] | recounting |
//! | [`audit`] | who did what stands beside what was done |
//! | [`once`] | requests that have one effect |
//! | [`keys`] | API keys |
//! | [`identities`] | people at providers of sign-ins, and sign-ins under way |
//! | [`domains`] | domains, their settings, claims and proofs |
//! | [`people`] | accounts, and what people prove themselves with |
//! | [`sessions`] | who is signed in, and until when |
//! | [`memberships`] | workspaces, and who belongs to them in which role |
//! | [`invitations`] | links that let one person in, once |
//! | [`setup`] | one first account, and never again |
//! | [`founding`] | migrations, and what an empty store is given |
//! | [`work`] | transactions and statements as such: abandoned, raced, slow |
//! | [`only_postgres`] | a server that is stopped, frozen or restarted |
//! | [`only_sqlite`] | a file that others use too |
//!
//! A promise is an `async fn` that takes a [`fixture::Fixture`]; [`on_both`] makes two tests of it,
//! `sqlite::…` and `postgres::…`.

/// Makes two tests of each promise. A `founded` store is ready for use, an `empty` one is only open.
macro_rules! on_both {
    ($state:ident: $($promise:ident),* $(,)?) => {
        mod sqlite {
            use $crate::store_contract::fixture::{Engine, $state};
            $(#[test]
            fn $promise() {
                $state(Engine::Sqlite, super::$promise);
            })*
        }

        mod postgres {
            use $crate::store_contract::fixture::{Engine, $state};
            $(#[test]
            fn $promise() {
                $state(Engine::Postgres, super::$promise);
            })*
        }
    };
}

mod audit;
mod bulk;
mod changes;
mod claims;
mod clicks;
mod domains;
mod doorbell;
mod drift;
mod fixture;
mod folding;
mod founding;
mod identities;
mod invitations;
mod keys;
mod links;
mod lists;
mod many;
mod memberships;
mod once;
mod only_postgres;
mod only_sqlite;
mod people;
mod sessions;
mod setup;
mod stats;
mod told;
mod visitors;
mod work;
