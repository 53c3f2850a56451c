//! Too much of something: clients at one link, links at once, codes that are guessed, connections.
//!
//! | file | what it proves |
//! |---|---|
//! | [`herd`] | a crowd at a cold link is one query, a thousand cold links are no more connections |
//! | [`guessing`] | unknown codes cost a bounded rate of queries, bounded memory, and no known link |
//! | [`descriptors`] | without descriptors nobody exits or spins, and the limit is shared out before |
//! | [`colliding`] | codes that collide under a known hash cost what others do |

mod colliding;
mod descriptors;
mod guessing;
mod herd;
