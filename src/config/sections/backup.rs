//! `[backup]`: backups by themselves.

use std::path::PathBuf;
use std::time::Duration;

use super::super::reader::Reader;

/// A month in seconds.
const MONTH_S: u32 = 31 * 24 * 3600;

/// More files than anybody looks through.
const KEPT_MAX: u32 = 10_000;

/// `[backup]`
#[derive(Debug, Clone)]
pub struct BackupConfig {
    /// Time between two backups; zero for none.
    pub every: Duration,
    /// Where they go; none for a directory in the data directory.
    pub directory: Option<PathBuf>,
    /// How many are kept there.
    pub kept: usize,
}

impl BackupConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            every: reader.seconds("backup.every_s", 0..=MONTH_S),
            directory: reader.text("backup.directory", directory),
            kept: reader.count("backup.kept", 1..=KEPT_MAX),
        }
    }
}

fn directory(text: &str) -> Result<Option<PathBuf>, String> {
    if text.contains('\0') {
        return Err("names no directory: write a path such as /var/backups/carom".to_owned());
    }
    Ok((!text.trim().is_empty()).then(|| text.into()))
}
