//! What people see in a browser, as the server sends it.
//!
//! | file | what it proves |
//! |---|---|
//! | [`ways_in`] | set-up, sign-in and invitation by forms, without a script |
//! | [`links`] | links are listed, searched and made |
//! | [`surface`] | what holds for every page: policy, escaping, no other site |

mod fixture;
mod links;
mod surface;
mod ways_in;
