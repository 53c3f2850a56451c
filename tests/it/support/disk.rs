//! A disk for the journal that can be filled: a small one of the server's own where the kernel lets
//! us mount it, else a bound on the length of the server's files.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::carom::{Carom, Options};

/// Room on the disk: less than a tenth of it is taken by the journal, so it is the disk that ends.
const DISK_MIB: usize = 256;

/// Mounts the disk over the journal's directory, of which `$0` is the size in MiB, and becomes the
/// server. Its arguments name the data directory after `--data-dir`.
const MOUNT: &str = r#"
set -e
for word; do
    if [ "$before" = --data-dir ]; then data=$word; fi
    before=$word
done
mkdir -p -m 700 "$data/journal"
mount -t tmpfs -o size="$0"m,mode=700 tmpfs "$data/journal"
exec "$@"
"#;

/// Bounds the length of files, in blocks of 512 bytes, without the signal that would end the server.
/// No segment fits: all are refused, as by a full disk. Nor does a SQLite file.
const BOUND: &str = r#"trap '' XFSZ; ulimit -S -f 64; exec "$@""#;

/// How the disk is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SmallDisk {
    /// A file system in the server's own mount namespace. Its files go with the process.
    Mounted,
    /// A bound on the length of files, which no segment keeps to; full from the start.
    Bounded,
}

impl SmallDisk {
    /// The way that this machine allows.
    pub(crate) fn possible() -> Self {
        let tried = Command::new("unshare")
            .args(["-Urm", "sh", "-c", "mount -t tmpfs tmpfs /tmp"])
            .stderr(Stdio::null())
            .status();
        if tried.is_ok_and(|status| status.success()) { Self::Mounted } else { Self::Bounded }
    }

    /// Has the server started on it.
    pub(crate) fn under(self, options: Options) -> Options {
        let words: &[&str] = match self {
            Self::Mounted => &["unshare", "-Urm", "sh", "-c", MOUNT],
            Self::Bounded => &["sh", "-c", BOUND],
        };
        let words = words.iter().map(|word| (*word).to_owned());
        options.lead(words.chain([DISK_MIB.to_string()]))
    }

    /// Takes all room that is left.
    pub(crate) fn fill(self, carom: &Carom) {
        match self {
            Self::Mounted => {
                let mut ballast = OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(ballast(carom))
                    .expect("a file on the small disk");
                // Down to the last page.
                for bytes in [1 << 20, 1 << 12] {
                    let block = vec![0; bytes];
                    while ballast.write_all(&block).is_ok() {}
                }
            }
            Self::Bounded => bound(carom, "32768"),
        }
    }

    /// Gives the room back.
    pub(crate) fn make_room(self, carom: &Carom) {
        match self {
            Self::Mounted => fs::remove_file(ballast(carom)).expect("it was filled"),
            Self::Bounded => bound(carom, "unlimited"),
        }
    }
}

/// A file on the disk that only the server's namespace shows.
fn ballast(carom: &Carom) -> PathBuf {
    let journal = carom.data_dir().join("journal");
    let inside = journal.strip_prefix("/").expect("an absolute path");
    PathBuf::from(format!("/proc/{}/root", carom.pid())).join(inside).join("ballast")
}

fn bound(carom: &Carom, bytes: &str) {
    let status = Command::new("prlimit")
        .args(["--pid", &carom.pid().to_string(), &format!("--fsize={bytes}:")])
        .status()
        .expect("util-linux has `prlimit`");
    assert!(status.success(), "prlimit: {status}");
}
