//! Links.
//!
//! | file | what it holds |
//! |---|---|
//! | `find` | the redirect's lookup, and a person's |
//! | `create` | making a link |
//! | `bulk` | making many at once |
//! | `batch` | changing many at once, and all or nothing |
//! | `change` | changing and deleting them |
//! | `deed` | what is done to them, for the audit log |
//! | `list` | pages of them, newest first, searched |
//! | `ranked` | pages of them, the most followed first |
//! | `tags` | the tags of links |
//!
//! Each write logs its codes in the change log of the same transaction, and what it did in the audit log.

mod batch;
mod bulk;
mod change;
mod create;
mod deed;
mod find;
mod list;
mod ranked;
mod row;
mod search;
mod tags;

pub use batch::{Alteration, Altered, Owner, WHOLE_MAX, Whole, all_or_nothing, alter_many};
pub use bulk::{BLOCK, LinkRow, create_many};
pub use change::{Changed, Edit, change, delete};
pub use create::{CodeChoice, NewLink, Once, create};
pub use find::{Description, describe, find, get, get_by_code};
pub use list::{Archived, Cursor, Filter, among, list};
pub use ranked::{Ranked, most_followed};
pub use tags::{AT_ONCE, repeated};
