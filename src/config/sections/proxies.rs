//! Proxies before a listener: the same two keys in `[edge]` and `[admin]`.

use crate::model::network::{ForwardedHeader, Networks};

/// Proxies whose word about a client's address is taken.
pub(super) fn networks(text: &str) -> Result<Networks, String> {
    Networks::parse(text).map_err(|error| format!("is not a list of networks: {error}"))
}

/// The header in which they give it.
pub(super) fn header(name: &str) -> Result<ForwardedHeader, String> {
    let header = ForwardedHeader::named(name);
    header.ok_or_else(|| "must be `x-forwarded-for` or `forwarded`".to_owned())
}
