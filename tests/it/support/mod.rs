//! What the tests stand on. Nothing here knows what is right; that is said in the tests.
//!
//! | file | what it gives |
//! |---|---|
//! | [`postgres`] | private clusters that cannot outlive us, fresh databases |
//! | [`carom`] | the running program |
//! | [`chromium`] | a headless browser |
//! | [`cli`] | one command of the program, to its end |
//! | [`admin`] | its admin API: make, change, count |
//! | [`crowd`] | thousands of clients at once |
//! | [`issuer`] | an OpenID provider that can misbehave |
//! | [`http`] | a client that shows what crossed the wire |
//! | [`mmdb`] | small geo databases |
//! | [`disk`] | a disk that can be filled |
//! | [`locked`] | a lock on the links of a Postgres store |
//! | [`proxy`] | a network before Postgres that can be cut |
//! | [`process`] | signals, ends, leashes |
//! | [`reverse_proxy`] | nginx and HAProxy before the server |
//! | [`rust_source`] | the text of our own sources, without comments and with their strings |
//! | [`seed`] | clicks made up for a store, with their sums |
//! | [`smtp`] | a mail server that keeps what it is given |
//! | [`sql`] | statements of the tests' own |
//! | [`vitals`] | memory, time and open files of a running server |
//! | [`wait`] | waiting with a deadline: the one place that sleeps |

pub(crate) mod admin;
pub(crate) mod carom;
pub(crate) mod chromium;
pub(crate) mod cli;
pub(crate) mod crowd;
pub(crate) mod disk;
pub(crate) mod http;
pub(crate) mod issuer;
pub(crate) mod locked;
pub(crate) mod mmdb;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod reverse_proxy;
pub(crate) mod rust_source;
pub(crate) mod seed;
pub(crate) mod smtp;
pub(crate) mod sql;
pub(crate) mod vitals;
pub(crate) mod wait;

pub(crate) use cli::carom;
