//! One link: its settings, its QR code, and how it fares.
//!
//! | file | what it holds |
//! |---|---|
//! | `form` | every setting as a form has it, and what was changed |
//! | `show` | the page |
//! | `save` | the settings are saved |
//! | `qr` | its QR code |

mod form;
mod qr;
mod save;
mod show;

pub(in crate::admin) use qr::qr;
pub(in crate::admin) use save::save;
pub(in crate::admin) use show::show;
