//! Our own sources as text: which files there are, what their code says without comments, and the
//! string literals in it.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file, taken apart.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its path from the repository's root.
    pub(crate) path: PathBuf,
    /// The whole text.
    pub(crate) text: String,
    /// The code alone: comments and the insides of strings and characters are blank, lines stay.
    pub(crate) code: String,
    /// The string literals.
    pub(crate) strings: Vec<Literal>,
}

/// A string literal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// The line it begins in, counted from 1.
    pub(crate) line: usize,
    /// What it says, unescaped.
    pub(crate) text: String,
}

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below this directory of the repository, in the order of their names.
///
/// # Panics
/// When there is none: a law about nothing would hold for ever.
pub(crate) fn sources(directory: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join(directory), &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "there is no Rust file in {directory}");
    paths.iter().map(|path| Source::read(path)).collect()
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

impl Source {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a source file can be read");
        let (code, strings) = take_apart(&text);
        let path = path.strip_prefix(root()).expect("a path in the repository").to_owned();
        Self { path, text, code, strings }
    }

    /// The code without what is compiled for unit tests only, which stands at the end of a file.
    pub(crate) fn code_without_tests(&self) -> &str {
        self.code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()
    }
}

/// Code and string literals of a Rust text.
fn take_apart(text: &str) -> (String, Vec<Literal>) {
    let (mut code, mut strings) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    let mut before = ' ';
    let line = |code: &str| 1 + code.matches('\n').count();
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some((length, string)) = raw_string(rest, before) {
            strings.push(Literal { line: line(&code), text: string.to_owned() });
            length
        } else if c == '"' {
            let length = 1 + end_of(&rest[1..], '"') + 1;
            let text = unescaped(&rest[1..length - 1]);
            strings.push(Literal { line: line(&code), text });
            length
        } else if let Some(length) = character(rest) {
            length
        } else {
            code.push(c);
            before = c;
            rest = &rest[c.len_utf8()..];
            continue;
        };
        let (taken, after) = rest.split_at(length);
        code.extend(taken.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        before = ' ';
        rest = after;
    }
    (code, strings)
}

/// A raw string's length and inside. `before` tells `r"…"` from a name that ends in `r`.
fn raw_string(rest: &str, before: char) -> Option<(usize, &str)> {
    if before.is_alphanumeric() || before == '_' {
        return None;
    }
    let after = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let inside = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inside.find(&end)?;
    Some((rest.len() - inside.len() + length + end.len(), &inside[..length]))
}

/// A character's length; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' {
        return Some(1 + end_of(inside, '\'') + 1);
    }
    inside[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

/// Where the first `quote` stands that is not escaped.
fn end_of(inside: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == quote => return at,
            _ => {}
        }
    }
    panic!("a literal without an end: {}", inside.lines().next().unwrap_or_default())
}

fn unescaped(inside: &str) -> String {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('0') => text.push('\0'),
            // The line goes on after the white space.
            Some('\n') => while rest.next_if(|c| c.is_whitespace()).is_some() {},
            // `\x` and `\u` are not needed here and stay as they are.
            Some(c @ ('x' | 'u')) => text.extend(['\\', c]),
            Some(c) => text.push(c),
            None => {}
        }
    }
    text
}

#[test]
fn a_source_is_taken_apart_into_code_and_strings() {
    let text = concat!(
        "fn a<'a>(b: &'a str) { // \"not this\"\n",
        "  let s = \"it's \\\"so\\\" \\\n    it is\"; let c = '\"'; let d = '\\'';\n",
        "  /* \"nor this\" */ let r = r#\"raw \"one\"\"#; }\n",
    );
    let (code, strings) = take_apart(text);
    let literal = |line, text: &str| Literal { line, text: text.to_owned() };
    assert_eq!(strings, [literal(2, "it's \"so\" it is"), literal(4, "raw \"one\"")]);
    assert!(!code.contains("this") && !code.contains("raw"), "{code}");
    assert!(code.contains("fn a<'a>(b: &'a str) {") && code.contains("let d ="), "{code}");
    assert_eq!(code.lines().count(), text.lines().count());
}
