//! Every answered redirect is counted once, whatever happens: *answered ≤ counted ≤ requested* for
//! every link, through kills, damage and a full disk.
//!
//! | file | what it proves |
//! |---|---|
//! | [`network`] | a connection that is cut at the worst moment, swallowed, or slow |
//! | [`nodes`] | two nodes on one store, and a link deleted under its clicks |
//! | [`waiting`] | clicks that wait while Postgres is away, and the memory they take |
//! | [`faults`] | databases and servers that stop, freeze, slow down, under load |
//! | [`restored`] | a store that goes back to an older state |
//! | [`moved`] | a site that moves to another store by a backup |
//! | [`disk`] | a full disk, and a journal that cannot be |
//! | [`adopt`] | clicks of another store or node |
//! | [`broken_off`] | flushes that are broken off between two batches |
//! | [`crash`] | `kill -9` at random moments, and at each named point of a click's way |
//! | [`detail`] | what is known of a click at the other end, and what is not |
//! | [`damage`] | damaged and strange files |
//! | [`visitors`] | clients that count what they asked for and what they got |
//! | [`chaos`] | how many rounds, and a line of figures for each test |

mod adopt;
mod broken_off;
pub(crate) mod chaos;
mod crash;
mod damage;
mod detail;
mod disk;
mod faults;
mod moved;
mod network;
mod nodes;
mod restored;
mod visitors;
mod waiting;
