//! What is kept of a click, bounded in every part. It borrows from the request: nothing is copied
//! before it is written into the journal.

use std::net::IpAddr;

use crate::model::click::Audience;
use crate::model::id::{DomainId, LinkId, WorkspaceId};
use crate::model::time::Millis;

/// One answered redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Click<'r> {
    /// When, by this machine's clock.
    pub at: Millis,
    /// The link that was followed.
    pub link: LinkId,
    /// The workspace that owned it then.
    pub workspace: WorkspaceId,
    /// The domain it was followed under.
    pub domain: DomainId,
    /// A keyed hash that tells visitors of one day apart; 0 for none.
    pub visitor: u64,
    /// What the request said about itself: see [`flags`].
    pub flags: u16,
    /// The visitor's network, never an address.
    pub network: Network,
    /// What the request's headers and query said.
    pub texts: Texts<'r>,
}

impl Click<'_> {
    /// Who made it, as far as the request itself says. What else is a program is found out later.
    #[must_use]
    pub fn audience(&self) -> Audience {
        flags::audience(self.flags)
    }
}

/// Bits of [`Click::flags`].
pub mod flags {
    use crate::model::click::Audience;

    /// The method was `HEAD`.
    pub const HEAD: u16 = 1;
    /// A prefetch: `Sec-Purpose`.
    pub const PREFETCH: u16 = 2;
    /// `DNT: 1` or `Sec-GPC: 1`: counted without a visitor hash.
    pub const OPTED_OUT: u16 = 4;

    /// Who asks, as far as these say.
    #[must_use]
    pub fn audience(flags: u16) -> Audience {
        if flags & (HEAD | PREFETCH) == 0 { Audience::People } else { Audience::Bots }
    }
}

/// A truncated address: the first 24 bits of IPv4, the first 48 of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Not known.
    Unknown,
    /// A /24.
    V4([u8; 3]),
    /// A /48.
    V6([u8; 6]),
}

impl Network {
    /// The network of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(v6) => {
                let [a, b, c, d, e, f, ..] = v6.octets();
                Self::V6([a, b, c, d, e, f])
            }
        }
    }

    pub(super) fn to_bytes(self) -> [u8; 7] {
        match self {
            Self::Unknown => [0; 7],
            Self::V4([a, b, c]) => [4, a, b, c, 0, 0, 0],
            Self::V6([a, b, c, d, e, f]) => [6, a, b, c, d, e, f],
        }
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        match *bytes {
            [4, a, b, c, ..] => Self::V4([a, b, c]),
            [6, a, b, c, d, e, f] => Self::V6([a, b, c, d, e, f]),
            _ => Self::Unknown,
        }
    }
}

/// How many texts a click has.
pub(super) const TEXTS: usize = 8;

/// The texts of a click, as bytes: what a visitor sends need not be UTF-8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Texts<'r> {
    /// `User-Agent`.
    pub user_agent: &'r [u8],
    /// `Referer`.
    pub referrer: &'r [u8],
    /// `Accept-Language`.
    pub language: &'r [u8],
    /// `utm_source`, still percent-encoded.
    pub utm_source: &'r [u8],
    /// `utm_medium`
    pub utm_medium: &'r [u8],
    /// `utm_campaign`
    pub utm_campaign: &'r [u8],
    /// `utm_term`
    pub utm_term: &'r [u8],
    /// `utm_content`
    pub utm_content: &'r [u8],
}

impl<'r> Texts<'r> {
    /// Bytes kept of a user agent or a referrer.
    pub const HEADER_BYTES_MAX: usize = 512;
    /// Bytes kept of a language.
    pub const LANGUAGE_BYTES_MAX: usize = 64;
    /// Bytes kept of a UTM field.
    pub const UTM_BYTES_MAX: usize = 128;
    /// Bytes of all texts at most.
    pub(super) const BYTES_MAX: usize =
        2 * Self::HEADER_BYTES_MAX + Self::LANGUAGE_BYTES_MAX + 5 * Self::UTM_BYTES_MAX;

    /// Cut to their bounds, in the order of the file format.
    pub(super) fn in_order(&self) -> [&'r [u8]; TEXTS] {
        [
            cut(self.user_agent, Self::HEADER_BYTES_MAX),
            cut(self.referrer, Self::HEADER_BYTES_MAX),
            cut(self.language, Self::LANGUAGE_BYTES_MAX),
            cut(self.utm_source, Self::UTM_BYTES_MAX),
            cut(self.utm_medium, Self::UTM_BYTES_MAX),
            cut(self.utm_campaign, Self::UTM_BYTES_MAX),
            cut(self.utm_term, Self::UTM_BYTES_MAX),
            cut(self.utm_content, Self::UTM_BYTES_MAX),
        ]
    }

    pub(super) fn from_order(texts: [&'r [u8]; TEXTS]) -> Self {
        let [
            user_agent,
            referrer,
            language,
            utm_source,
            utm_medium,
            utm_campaign,
            utm_term,
            utm_content,
        ] = texts;
        Self {
            user_agent,
            referrer,
            language,
            utm_source,
            utm_medium,
            utm_campaign,
            utm_term,
            utm_content,
        }
    }
}

/// Texts that do not borrow from a request.
#[derive(Debug, Clone, Default)]
pub struct OwnedTexts {
    bytes: Box<[u8]>,
    ends: [u16; TEXTS],
}

impl Texts<'_> {
    /// A copy, cut to the bounds.
    #[must_use]
    pub fn to_owned(&self) -> OwnedTexts {
        let texts = self.in_order();
        let mut end = 0;
        // At most BYTES_MAX, which fits.
        let ends = texts.map(|text| {
            end += text.len() as u16;
            end
        });
        OwnedTexts { bytes: texts.concat().into_boxed_slice(), ends }
    }
}

impl OwnedTexts {
    /// The texts.
    #[must_use]
    pub fn get(&self) -> Texts<'_> {
        let mut start = 0;
        Texts::from_order(self.ends.map(|end| {
            let text = &self.bytes[start..usize::from(end)];
            start = usize::from(end);
            text
        }))
    }
}

fn cut(text: &[u8], max: usize) -> &[u8] {
    &text[..text.len().min(max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owned_texts_are_the_texts_cut_to_their_bounds() {
        let long = [b'a'; 2000];
        let texts =
            Texts { user_agent: &long, language: b"de", utm_content: b"end", ..Texts::default() };
        let owned = texts.to_owned();
        assert_eq!(owned.get().in_order(), texts.in_order());
        assert_eq!(owned.get().user_agent.len(), Texts::HEADER_BYTES_MAX);
    }
}
