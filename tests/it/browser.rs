//! The pages in a real browser: a headless Chromium, and a server of each test's own.
//!
//! | file | what it proves |
//! |---|---|
//! | [`journey`] | from the printed address to a link, and a click on it that is seen |
//! | [`every_page`] | each page in two widths, light and dark: sound, readable, within reach of a keyboard |
//! | [`payloads`] | what people and visitors write is shown, and never runs, here or in a spreadsheet |
//! | [`plain`] | without scripts, and by the keyboard alone |
//! | [`watched`] | what watches over the pages sees what is wrong |
//!
//! New pages get a line in [`pages`].

mod every_page;
mod fixture;
mod journey;
mod pages;
mod payloads;
mod plain;
mod watched;
