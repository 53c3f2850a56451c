//! Writing a backup: under another name until it is whole and on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zstd::bulk::Compressor;

use super::BackupError;
use super::format::{CONTENT_BYTES, END, FORMAT, FrameHead, FrameKind, Header, MAGIC, Totals};
use super::rows::encode;
use crate::store::Row;

/// Three is zstd's own choice: higher levels cost more than the store takes to read.
const LEVEL: i32 = 3;

/// A backup while it is written. Dropped before [`Writer::finish`], it leaves no file.
pub struct Writer {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
    digest: Sha256,
    packer: Compressor<'static>,
    bytes: u64,
    frames: u64,
    /// The open frame.
    table: usize,
    rows: u32,
    content: Vec<u8>,
    totals: Totals,
    is_whole: bool,
}

impl Writer {
    /// Begins a file that only its owner can read.
    ///
    /// # Errors
    /// [`BackupError::Exists`], and what the disk says.
    pub fn create(path: &Path, header: &Header) -> Result<Self, BackupError> {
        if path.try_exists().map_err(BackupError::io(path))? {
            return Err(BackupError::Exists(path.to_owned()));
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let open = || {
            // What a process that was killed has left, perhaps with other rights.
            match fs::remove_file(&part) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)
        };
        let file = open().map_err(BackupError::io(&part))?;
        let packer = Compressor::new(LEVEL).map_err(BackupError::io(&part))?;
        let mut writer = Self {
            path: path.to_owned(),
            part,
            file: BufWriter::with_capacity(1 << 18, file),
            digest: Sha256::new(),
            packer,
            bytes: 0,
            frames: 0,
            table: 0,
            rows: 0,
            content: Vec::with_capacity(CONTENT_BYTES * 2),
            totals: Totals { rows: vec![0; header.tables.len()] },
            is_whole: false,
        };
        writer.head(header)?;
        Ok(writer)
    }

    fn head(&mut self, header: &Header) -> Result<(), BackupError> {
        let header = json(header);
        let mut head = MAGIC.to_vec();
        head.extend(FORMAT.to_le_bytes());
        head.extend((header.len() as u32).to_le_bytes());
        head.extend(header);
        head.extend(crc32fast::hash(&head).to_le_bytes());
        self.put(&head)
    }

    /// Adds rows of a table, by its place in the header. Tables come in that order.
    ///
    /// # Errors
    /// What the disk says.
    pub fn add(&mut self, table: usize, rows: &[Row]) -> Result<(), BackupError> {
        if table != self.table {
            self.close_frame()?;
            self.table = table;
        }
        for row in rows {
            encode(row, &mut self.content);
            self.rows += 1;
            self.totals.rows[table] += 1;
            if self.content.len() >= CONTENT_BYTES {
                self.close_frame()?;
            }
        }
        Ok(())
    }

    fn close_frame(&mut self) -> Result<(), BackupError> {
        if self.rows == 0 {
            return Ok(());
        }
        let content = std::mem::take(&mut self.content);
        self.frame(FrameKind::Rows, self.table as u16, self.rows, &content)?;
        self.rows = 0;
        self.content = content;
        self.content.clear();
        Ok(())
    }

    fn frame(
        &mut self,
        kind: FrameKind,
        table: u16,
        rows: u32,
        content: &[u8],
    ) -> Result<(), BackupError> {
        let packed = self.packer.compress(content).map_err(BackupError::io(&self.part))?;
        let (content, length) = (content.len() as u32, packed.len() as u32);
        let head = FrameHead { kind, table, rows, content, packed: length };
        let crc = head.crc(self.frames, &packed);
        self.frames += 1;
        self.put(&head.to_bytes())?;
        self.put(&packed)?;
        self.put(&crc.to_le_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(BackupError::io(&self.part))
    }

    /// Seals the file, brings it to the disk and gives it its name. Returns its length in bytes.
    ///
    /// # Errors
    /// What the disk says; then there is no file.
    pub fn finish(mut self) -> Result<u64, BackupError> {
        self.close_frame()?;
        let totals = json(&self.totals);
        self.frame(FrameKind::End, 0, 0, &totals)?;
        let mut seal = self.digest.clone().finalize().to_vec();
        seal.extend(END);
        self.put(&seal)?;
        self.publish().map_err(BackupError::io(&self.part))?;
        self.is_whole = true;
        Ok(self.bytes)
    }

    fn publish(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.part, &self.path)?;
        // The name is on the disk when its directory is.
        let directory = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.is_whole {
            // What failed before says more, and the next backup of this name removes it.
            let _ = fs::remove_file(&self.part);
        }
    }
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("names and numbers are always JSON")
}
