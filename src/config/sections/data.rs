//! `[data]`: where this node keeps its own files.

use std::path::PathBuf;

use super::super::reader::Reader;

/// `[data]`
#[derive(Debug, Clone)]
pub struct DataConfig {
    /// Directory for whatever this node keeps on its own disk.
    pub dir: PathBuf,
}

impl DataConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { dir: reader.text("data.dir", dir) }
    }
}

fn dir(text: &str) -> Result<PathBuf, String> {
    if text.trim().is_empty() || text.contains('\0') {
        return Err("names no directory: write a path such as /var/lib/carom".to_owned());
    }
    Ok(PathBuf::from(text))
}
