//! How a snapshot looks on disk. Version 2: domains with their settings, links with what they were told.
//!
//! ```text
//!   0  magic      8 bytes, "CAROMSNP"
//!   8  version    u32, 2; whole numbers are little-endian
//!  12  checksum   u32, CRC-32 of the body
//!  16  length     u64, bytes of the body
//!  24  body       a Snapshot, as postcard writes it
//! ```

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::domain_row::DomainRow;
use crate::cache::key::{LinkKey, LinkKeyRef};
use crate::model::cache_seconds::CacheSeconds;
use crate::model::id::{ChangeId, DomainId, LinkId, StoreId, WorkspaceId};
use crate::model::link::{Conduct, Destination, LinkState, RedirectStatus};
use crate::model::max_clicks::MaxClicks;
use crate::model::password::PasswordHash;
use crate::model::time::Millis;
use crate::node::{DataError, write_private};
use crate::store::domains::Domain;

const MAGIC: &[u8; 8] = b"CAROMSNP";
const VERSION: u32 = 2;
const BODY_AT: usize = 24;

/// Links of a store at one moment, as plain numbers and texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    store: i64,
    cursor: i64,
    /// Changes that are contained in it although the log may show them once more.
    seen: Vec<i64>,
    domains: Vec<DomainRow>,
    links: Vec<LinkRow>,
}

/// A link in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    domain: i64,
    code: String,
    link: i64,
    workspace: i64,
    url: String,
    status: u16,
    is_disabled: bool,
    expires_at: Option<i64>,
    max_clicks: Option<u32>,
    not_before: Option<i64>,
    fallback_url: Option<String>,
    cache_seconds: Option<u32>,
    forwards_query: bool,
    /// A PHC string: the file is its owner's alone.
    password: Option<String>,
    loaded_at: i64,
}

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
    /// It holds something else, or is not whole.
    #[error("it is damaged")]
    Damaged,
    /// Written by another version.
    #[error("it is of version {0}, and this carom reads version {VERSION}")]
    Version(u32),
}

impl Snapshot {
    /// A snapshot of a store, true for its clock's time `cursor` and for the changes `seen`.
    #[must_use]
    pub fn new<'d>(
        store: StoreId,
        cursor: Millis,
        seen: &[ChangeId],
        domains: impl IntoIterator<Item = &'d Domain>,
        links: Vec<LinkRow>,
    ) -> Self {
        let domains = domains.into_iter().map(DomainRow::new).collect();
        let seen = seen.iter().map(|id| id.get()).collect();
        Self { store: store.get(), cursor: cursor.get(), seen, domains, links }
    }

    /// The store it is of.
    #[must_use]
    pub fn store(&self) -> StoreId {
        StoreId::from_stored(self.store)
    }

    /// Up to when changes are contained in it, by the store's clock.
    #[must_use]
    pub fn cursor(&self) -> Millis {
        Millis::from_epoch(self.cursor)
    }

    /// Changes that are contained in it although the log may show them once more.
    pub fn seen(&self) -> impl Iterator<Item = ChangeId> + '_ {
        self.seen.iter().map(|id| ChangeId::from_stored(*id))
    }

    /// The domains.
    pub fn domains(&self) -> impl Iterator<Item = Domain> + '_ {
        self.domains.iter().map(DomainRow::restored)
    }

    /// Takes the links out.
    #[must_use]
    pub fn take_links(&mut self) -> Vec<LinkRow> {
        std::mem::take(&mut self.links)
    }

    /// Leaves out the links for which this holds.
    pub fn forget(&mut self, is_forgotten: impl Fn(LinkKeyRef<'_>) -> bool) {
        self.links.retain(|row| {
            let domain = DomainId::from_stored(row.domain);
            !is_forgotten(LinkKeyRef { domain, code: &row.code })
        });
    }

    /// Replaces the snapshot in `path` whole, for its owner alone to read. Blocks.
    ///
    /// # Errors
    /// It cannot be written; the older one is still there.
    pub fn write(&self, path: &Path) -> Result<(), DataError> {
        write_private(path, &self.encode())
    }

    /// The bytes of its file.
    ///
    /// # Panics
    /// Never: it is plain numbers and texts.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let body = postcard::to_stdvec(self).expect("plain numbers and texts");
        let mut head = [0; BODY_AT];
        head[0..8].copy_from_slice(MAGIC);
        head[8..12].copy_from_slice(&VERSION.to_le_bytes());
        head[12..16].copy_from_slice(&crc32fast::hash(&body).to_le_bytes());
        head[16..24].copy_from_slice(&(body.len() as u64).to_le_bytes());
        [&head[..], &body].concat()
    }

    /// Reads the snapshot in `path`; none when there is no file. Blocks.
    ///
    /// # Errors
    /// There is one, and it cannot be used.
    pub fn read(path: &Path) -> Result<Option<Self>, Unusable> {
        match fs::read(path) {
            Ok(bytes) => Self::decode(&bytes).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Unusable::Io(error)),
        }
    }

    /// Reads the bytes of a file, whatever they are.
    ///
    /// # Errors
    /// They are no snapshot of this version, or not whole.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unusable> {
        let (head, body) = bytes.split_at_checked(BODY_AT).ok_or(Unusable::Damaged)?;
        let number =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if head[0..8] != *MAGIC {
            return Err(Unusable::Damaged);
        }
        if number(8) != VERSION {
            return Err(Unusable::Version(number(8)));
        }
        let is_whole = head[16..24] == (body.len() as u64).to_le_bytes();
        if !is_whole || number(12) != crc32fast::hash(body) {
            return Err(Unusable::Damaged);
        }
        postcard::from_bytes(body).map_err(|_| Unusable::Damaged)
    }
}

impl LinkRow {
    /// What is kept of a cached link.
    #[must_use]
    pub fn new(key: LinkKeyRef<'_>, destination: Destination, loaded_at: Millis) -> Self {
        let Destination { id, workspace, url, status, state, expires_at, max_clicks, conduct } =
            destination;
        Self {
            domain: key.domain.get(),
            code: key.code.to_owned(),
            link: id.get(),
            workspace: workspace.get(),
            url,
            status: status.number(),
            is_disabled: state == LinkState::Disabled,
            expires_at: expires_at.map(Millis::get),
            max_clicks: max_clicks.map(MaxClicks::get),
            not_before: conduct.not_before.map(Millis::get),
            fallback_url: conduct.fallback_url,
            cache_seconds: conduct.cache_seconds.map(CacheSeconds::get),
            forwards_query: conduct.forwards_query,
            password: conduct.password.map(|hash| hash.as_str().to_owned()),
            loaded_at: loaded_at.get(),
        }
    }

    /// When it was read from the store, by this machine's clock.
    #[must_use]
    pub fn loaded_at(&self) -> Millis {
        Millis::from_epoch(self.loaded_at)
    }

    /// The link; none when no link of this Carom is like that.
    #[must_use]
    pub fn restore(self) -> Option<(LinkKey, Destination)> {
        let domain = DomainId::from_stored(self.domain);
        let key = LinkKeyRef { domain, code: &self.code }.to_key();
        let max_clicks = match self.max_clicks {
            Some(max) => Some(MaxClicks::try_from(i64::from(max)).ok()?),
            None => None,
        };
        let cache_seconds = match self.cache_seconds {
            Some(seconds) => Some(CacheSeconds::try_from(i64::from(seconds)).ok()?),
            None => None,
        };
        let destination = Destination {
            id: LinkId::from_stored(self.link),
            workspace: WorkspaceId::from_stored(self.workspace),
            url: self.url,
            status: RedirectStatus::try_from(i64::from(self.status)).ok()?,
            state: if self.is_disabled { LinkState::Disabled } else { LinkState::Active },
            expires_at: self.expires_at.map(Millis::from_epoch),
            max_clicks,
            conduct: Conduct {
                not_before: self.not_before.map(Millis::from_epoch),
                fallback_url: self.fallback_url,
                cache_seconds,
                forwards_query: self.forwards_query,
                password: self.password.map(PasswordHash::from_stored),
            },
        };
        Some((key, destination))
    }
}

#[cfg(test)]
mod tests {
    use crate::model::domain::{CaseRule, ProvenBy};
    use crate::store::domains::Settings;
    use proptest::prelude::*;

    use super::*;

    fn domain() -> Domain {
        let settings = Settings {
            root_url: Some("https://example.com/".to_owned()),
            not_found_url: None,
            expired_url: Some("https://example.com/over".to_owned()),
            status: RedirectStatus::PermanentRedirect,
            case_rule: CaseRule::Folded,
        };
        let proven_by = ProvenBy::Dns;
        let domain = Domain::new(DomainId::random(), WorkspaceId::random(), "go.example");
        Domain { settings, proven_by, version: 3, ..domain }
    }

    #[test]
    fn a_domain_comes_back_with_its_settings() {
        let domain = domain();
        let snapshot =
            Snapshot::new(StoreId::random(), Millis::from_epoch(0), &[], [&domain], Vec::new());
        let read = Snapshot::decode(&snapshot.encode()).expect("a snapshot");
        assert_eq!(read.domains().collect::<Vec<_>>(), [domain]);
    }

    fn snapshot() -> Snapshot {
        let domain = domain();
        let link = |place: i64| LinkRow {
            domain: domain.id.get(),
            code: format!("code{place}"),
            link: LinkId::random().get(),
            workspace: domain.workspace.get(),
            url: format!("https://example.com/{place}"),
            status: 302,
            is_disabled: place == 1,
            expires_at: (place == 2).then_some(place),
            max_clicks: (place == 3).then_some(7),
            not_before: (place == 4).then_some(4),
            fallback_url: (place == 4).then(|| "https://example.com/f".to_owned()),
            cache_seconds: (place == 4).then_some(60),
            forwards_query: place == 4,
            password: (place == 4).then(|| "$argon2id$".to_owned()),
            loaded_at: place,
        };
        let links = (0..5).map(link).collect();
        let seen = [ChangeId::random()];
        Snapshot::new(StoreId::random(), Millis::from_epoch(17), &seen, [&domain], links)
    }

    #[test]
    fn what_was_written_is_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("links.snapshot");
        assert!(matches!(Snapshot::read(&path), Ok(None)));
        let mut snapshot = snapshot();
        snapshot.write(&path).expect("written");
        assert_eq!(Snapshot::read(&path).expect("sound").as_ref(), Some(&snapshot));
        for row in snapshot.take_links() {
            let loaded_at = row.loaded_at();
            let (key, destination) = row.clone().restore().expect("a link");
            assert_eq!(LinkRow::new(key.as_ref(), destination, loaded_at), row);
        }
    }

    #[test]
    fn what_was_forgotten_is_left_out() {
        let mut snapshot = snapshot();
        snapshot.forget(|key| key.code == "code3");
        let codes: Vec<_> = snapshot.take_links().into_iter().map(|row| row.code).collect();
        assert_eq!(codes, ["code0", "code1", "code2", "code4"]);
    }

    #[test]
    fn another_version_is_said_to_be_one() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("links.snapshot");
        snapshot().write(&path).expect("written");
        let mut bytes = fs::read(&path).expect("bytes");
        for version in [VERSION as u8 - 1, VERSION as u8 + 1] {
            bytes[8] = version;
            let read = Snapshot::decode(&bytes);
            assert!(matches!(read, Err(Unusable::Version(it)) if it == u32::from(version)));
        }
    }

    proptest! {
        #[test]
        fn a_damaged_one_is_never_read(at in 0_usize..1000, flip in 1_u8.., cut in any::<bool>()) {
            let directory = tempfile::tempdir().expect("a directory");
            let path = directory.path().join("links.snapshot");
            snapshot().write(&path).expect("written");
            let mut bytes = fs::read(&path).expect("bytes");
            let at = at % bytes.len();
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] ^= flip;
            }
            prop_assert!(Snapshot::decode(&bytes).is_err());
        }
    }
}
