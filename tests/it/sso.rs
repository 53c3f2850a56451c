//! Sign-in at a provider: who signs in, and that no lie of the provider signs anybody in.
//!
//! | file | what it proves |
//! |---|---|
//! | [`provider`] | the two steps against a provider that behaves, lies, fails or hangs |

mod provider;
