//! Every answered redirect is counted once, whatever happens: *answered ≤ counted ≤ requested* for
//! every link, through kills, damage and a full disk.
//!
//! | file | what it proves |
//! |---|---|
//! | [`crash`] | `kill -9` at random moments, and at each named point of a click's way |
//! | [`detail`] | what is known of a click at the other end, and what is not |
//! | [`visitors`] | clients that count what they asked for and what they got |

mod crash;
mod detail;
mod visitors;
