//! nginx and HAProxy for this machine: found, or installed where that is possible.

use std::env;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::apt;
use crate::process;

/// Leaves out the tests that need them. `tests/it/support/reverse_proxy.rs` reads it too.
const WITHOUT: &str = "TEST_WITHOUT_REVERSE_PROXIES";

const PROGRAMS: [Program; 2] = [
    Program { name: "nginx", package: "nginx-light" },
    Program { name: "haproxy", package: "haproxy" },
];

/// Where Debian puts them, which is on the `PATH` of root alone.
const SYSTEM: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

struct Program {
    name: &'static str,
    package: &'static str,
}

/// Makes sure that both can be had, installing Debian's if need be.
pub(crate) fn ensure_there() -> Result<()> {
    if env::var_os(WITHOUT).is_some() {
        println!("nginx and HAProxy: left out, as {WITHOUT} says");
        return Ok(());
    }
    let missing: Vec<_> = PROGRAMS.iter().filter(|program| !program.is_there()).collect();
    if missing.is_empty() {
        println!("nginx and HAProxy: there");
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().map(|program| program.package).collect();
    apt::install(&packages, Some(&format!("set {WITHOUT}=1")))?;
    for program in missing {
        ensure!(program.is_there(), "{} was installed, yet it is nowhere", program.name);
    }
    Ok(())
}

impl Program {
    fn is_there(&self) -> bool {
        let is_file = |directory: &str| Path::new(directory).join(self.name).is_file();
        process::find_in_path(self.name).is_some() || SYSTEM.into_iter().any(is_file)
    }
}
