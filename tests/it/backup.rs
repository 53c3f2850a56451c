//! Backups: everything in one file, back into a store of either kind, or refused.
//!
//! | file | what it proves |
//! |---|---|
//! | [`carried`] | every row arrives, between all kinds of store, and of one moment under load |
//! | [`damaged`] | a file that is not what was written changes nothing |
//! | [`refused`] | what else is refused, and what `--replace` replaces |
//! | [`older`] | a backup of an older schema |
//! | [`scheduled`] | backups by themselves |
//! | [`place`] | a place for a store, and all of its rows |
//!
//! That clicks are counted once on the way from one store to another is in `journal::moved`.

mod carried;
mod damaged;
mod older;
mod place;
mod refused;
mod scheduled;
