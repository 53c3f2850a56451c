//! Every answered redirect is counted once, whatever happens: *answered ≤ counted ≤ requested* for
//! every link, through kills, damage and a full disk.
//!
//! | file | what it proves |
//! |---|---|
//! | [`adopt`] | clicks of another store or node |
//! | [`crash`] | `kill -9` at random moments, and at each named point of a click's way |
//! | [`damage`] | damaged and strange files |
//! | [`visitors`] | clients that count what they asked for and what they got |

mod adopt;
mod crash;
mod damage;
mod visitors;
