//! The command line: one command, to its end.

use assert_cmd::Command;

use super::carom::PROGRAM;

/// The program without anything of our own environment that it reads.
pub(crate) fn carom() -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars_os() {
        let is_read = name.to_str().is_some_and(|name| {
            name.starts_with("CAROM_")
                || name.starts_with("PG")
                || name.starts_with("POSTGRES_")
                || name == "DATABASE_URL"
        });
        if is_read {
            command.env_remove(name);
        }
    }
    command
}
