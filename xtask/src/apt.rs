//! Debian's packages, installed where that is possible.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use nix::unistd::geteuid;

use crate::process;

const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Installs packages, or says what to do: `instead` is the way out for those who cannot, such as
/// "name a database in …".
pub(crate) fn install(packages: &[&str], instead: Option<&str>) -> Result<()> {
    ensure!(
        geteuid().is_root() && process::find_in_path("apt-get").is_some(),
        "{}",
        advice(packages, instead)
    );
    let installing = [&["install", "-y", "--no-install-recommends"], packages].concat();
    for arguments in [&["update"][..], &installing] {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        process::run(&mut command, LIMIT)?;
    }
    Ok(())
}

fn advice(packages: &[&str], instead: Option<&str>) -> String {
    let packages = packages.join(" ");
    let instead = instead.map(|instead| format!(", or {instead}")).unwrap_or_default();
    format!(
        "not on this machine: {packages}; install it (on Debian, as root, `apt-get install \
         {packages}`){instead}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_cannot_install_is_told_what_to_do() {
        assert_eq!(
            advice(&["nginx-light", "haproxy"], Some("set X=1")),
            "not on this machine: nginx-light haproxy; install it (on Debian, as root, `apt-get \
             install nginx-light haproxy`), or set X=1"
        );
        assert!(advice(&["chromium"], None).ends_with("install chromium`)"));
    }
}
