//! The dependency laws: crates that must not be in the tree, whoever brings them.

use anyhow::{Result, bail, ensure};

use crate::cargo;

/// One TLS provider (aws-lc-rs) and no OpenSSL.
const FORBIDDEN: [&str; 2] = ["ring", "openssl-sys"];

/// Fails with who brings a forbidden crate.
pub(crate) fn check() -> Result<()> {
    for name in FORBIDDEN {
        let arguments = ["tree", "--workspace", "--locked", "-e", "normal,build", "-i", name];
        let output = cargo::command(arguments).output()?;
        let users = String::from_utf8_lossy(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(users.trim().is_empty(), "`{name}` is in the dependency tree:\n{users}");
        if !output.status.success() && !is_unknown(&said) {
            bail!("`cargo {}` failed: {}", arguments.join(" "), said.trim());
        }
        println!("`{name}` is not in the dependency tree");
    }
    Ok(())
}

/// A crate that the lock file does not name is an error to `cargo tree`, one that this platform
/// does not use is not.
fn is_unknown(said: &str) -> bool {
    said.contains("did not match any packages")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_cargo_does_not_know_is_absent() {
        assert!(is_unknown(
            "error: package ID specification `openssl-sys` did not match any packages\n"
        ));
        assert!(!is_unknown("error: cannot update the lock file because --locked was passed\n"));
    }
}
