//! Temporary.
use crate::model::id::*;
use crate::model::time::Millis;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
/// Keys.
#[derive(Default)]
pub struct VisitorKeys;
/// Key.
pub struct VisitorKey;
impl VisitorKey {
    /// Hash.
    pub fn hash(&self, _a: IpAddr, _u: &[u8]) -> u64 {
        0
    }
}
impl VisitorKeys {
    /// Key.
    pub fn at(&self, _at: Millis) -> Option<&VisitorKey> {
        None
    }
}
/// Salts.
#[derive(Default)]
pub struct Salts;
impl Salts {
    /// Load.
    pub fn load(&self) -> Arc<VisitorKeys> {
        Arc::default()
    }
}
/// Sketches.
#[derive(Default)]
pub struct Sketches;
impl Sketches {
    /// Add.
    pub fn add(&mut self, _link: LinkId, _workspace: WorkspaceId, _at: Millis, _visitor: u64) {}
    /// Due.
    pub fn is_due(&self, _now: Instant) -> bool {
        false
    }
    /// Write.
    pub async fn write(&mut self, _s: &crate::store::Store) -> Result<(), crate::store::Error> {
        Ok(())
    }
    /// Full.
    pub fn is_full(&self) -> bool {
        false
    }
}
