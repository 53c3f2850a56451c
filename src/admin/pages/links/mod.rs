//! Links: listed, searched, made, and many of them changed at once.
//!
//! | file | what it holds |
//! |---|---|
//! | `shown` | what of the list is looked at, as the page's address has it |
//! | `list` | the list, with what each link was followed lately |
//! | `make` | a link is made from a pasted address |
//! | `act` | what is done to those that were chosen |
//! | `counts` | how often links were followed up to now, for the script |

mod act;
mod counts;
mod list;
mod make;
mod shown;

pub(in crate::admin) use act::act;
pub(in crate::admin) use counts::counts;
pub(in crate::admin) use list::show;
pub(in crate::admin) use make::send;
pub(super) use make::tags;
