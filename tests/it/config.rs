//! The configuration as the program reads it: its file, its environment, its flags.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

use crate::support;

/// The program in a directory with these files.
fn carom_beside(files: &[(&str, &str)]) -> (TempDir, Command) {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        fs::write(directory.path().join(name), text).expect("a file");
    }
    let mut command = support::carom();
    command.current_dir(&directory);
    (directory, command)
}

/// What stands in a directory.
fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries.map(|entry| name(entry.expect("an entry"))).collect()
}

#[track_caller]
fn printed(command: &mut Command) -> String {
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
fn refused(command: &mut Command) -> String {
    let output = command.output().expect("the program runs");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty(), "{:?}", output.stdout);
    said
}

#[test]
fn without_file_environment_and_flags_every_value_is_the_default() {
    let (_directory, mut carom) = carom_beside(&[]);
    let expected = "layers, each overruling those before it:\n  the compiled-in config.toml\n\
                    the configuration is valid\nevery value is the default\n";
    assert_eq!(printed(carom.arg("check-config")), expected);
}

#[test]
fn check_config_says_where_each_value_comes_from_and_opens_nothing() {
    let file = "[edge]\nthreads = 2\nlisten = \"127.0.0.1:1\"\n\n[log]\nlevel = \"warn\"\n";
    let (directory, mut carom) = carom_beside(&[("carom.toml", file)]);
    carom.env("CAROM_EDGE__LISTEN", "127.0.0.1:2").env("CAROM_CACHE__LINKS_MAX", "10");
    carom.args(["check-config", "--edge-listen", "127.0.0.1:3", "--data-dir", "elsewhere"]);
    let expected = "\
layers, each overruling those before it:
  the compiled-in config.toml
  the file carom.toml
  the environment: CAROM_CACHE__LINKS_MAX
  the command line: --data-dir, --edge-listen
the configuration is valid

KEY              VALUE        FROM
cache.links_max  10           the environment variable CAROM_CACHE__LINKS_MAX
data.dir         elsewhere    the flag --data-dir
edge.listen      127.0.0.1:3  the flag --edge-listen
edge.threads     2            carom.toml line 2
log.level        warn         carom.toml line 6
";
    assert_eq!(printed(&mut carom), expected);
    assert_eq!(names_in(directory.path()), ["carom.toml"]);
}

#[test]
fn a_named_file_is_read_instead_of_the_one_in_the_working_directory() {
    let files = [("carom.toml", "[edge]\nthreads = 2\n"), ("other.toml", "[edge]\nthreads = 3\n")];
    let (_directory, mut carom) = carom_beside(&files);
    let text = printed(carom.args(["check-config", "--config", "other.toml"]));
    assert!(text.contains("edge.threads  3      other.toml line 2\n"), "{text}");
    assert!(!text.contains("carom.toml"), "{text}");
}

#[test]
fn a_named_file_that_is_not_there_is_refused() {
    let (_directory, mut carom) = carom_beside(&[]);
    let said = refused(carom.args(["check-config", "--config", "other.toml"]));
    let lead =
        "carom: the flag --config names the configuration file other.toml, which cannot be read";
    assert!(said.starts_with(lead), "{said}");
}

#[test]
fn everything_that_is_wrong_is_told_before_anything_is_opened() {
    let file = "[edge]\nlisen = \"x\"\n\n[clicks]\nflush_interval_ms = 1\n";
    for command in [&["serve"][..], &["check-config"], &["migrate"], &["link", "list"]] {
        let (directory, mut carom) = carom_beside(&[("carom.toml", file)]);
        let said = refused(carom.args(command).env("CAROM_LOG__FORMAT", "xml"));
        let expected = "\
carom: `edge.lisen` (carom.toml line 2) is no key: did you mean `edge.listen`?
carom: clicks.flush_interval_ms is `1` (carom.toml line 5), which must be a number from 50 to 60000
carom: log.format is `xml` (the environment variable CAROM_LOG__FORMAT), which is no form of a log: write text or json
";
        assert_eq!(said, expected, "{command:?}");
        assert_eq!(names_in(directory.path()), ["carom.toml"], "{command:?}");
    }
}

#[test]
fn a_postgres_in_the_environment_stops_every_command_that_names_no_store() {
    for command in [&["serve"][..], &["check-config"], &["migrate"], &["link", "list"]] {
        let (directory, mut carom) = carom_beside(&[]);
        let said = refused(carom.args(command).env("PGHOST", "db"));
        let expected = "carom: the environment variable PGHOST speaks of a Postgres, and no layer \
                        names the store: name it with `--store postgres://…`, or with `--store \
                        sqlite` for the file\n";
        assert_eq!(said, expected, "{command:?}");
        assert_eq!(names_in(directory.path()), Vec::<String>::new(), "{command:?}");
    }
    let (_directory, mut carom) = carom_beside(&[]);
    printed(carom.args(["check-config", "--store", "sqlite"]).env("PGHOST", "db"));
}

#[test]
fn passwords_are_never_printed() {
    let address = "postgres://me:secret@db/carom?password=secret";
    let (_directory, mut carom) = carom_beside(&[]);
    let text = printed(carom.arg("check-config").env("CAROM_STORE__LOCATION", address));
    assert!(text.contains("postgres://…@db/carom?…") && !text.contains("secret"), "{text}");
    let (_directory, mut carom) = carom_beside(&[]);
    carom.env("CAROM_OIDC__CLIENT_SECRET", "hidden");
    carom.env("CAROM_MAIL__SMTP", "smtps://me:hidden@mail.example");
    carom.env("CAROM_MAIL__FROM", "carom@example.com");
    let text = printed(carom.arg("check-config"));
    assert!(text.contains("smtps://…@mail.example") && !text.contains("hidden"), "{text}");
    let shown = text.lines().find(|line| line.starts_with("oidc.client_secret"));
    assert!(shown.is_some_and(|line| line.contains(" … ")), "{text}");
    let file = format!("[store]\nlocation = \"mysql{address}\"\n");
    let (_directory, mut carom) = carom_beside(&[("carom.toml", &file)]);
    let said = refused(carom.arg("check-config"));
    assert!(said.contains("names no store") && !said.contains("secret"), "{said}");
}
