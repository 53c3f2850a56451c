//! One value a key, the uppermost layer's, and where it was written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use url::Url;

use super::document::{self, Item};
use super::layers::{FileLayer, Flags};
use super::near::nearest;
use super::problem::Problems;
use super::{Layers, Origin};

/// The first layer: every key there is, and its kind.
const COMPILED_IN: &str = include_str!("../../config.toml");

/// What every variable of Carom begins with.
const VARIABLE_LEAD: &str = "CAROM_";

/// Keys whose values are URLs and may hold a password.
const URL_KEYS: [&str; 5] =
    ["store.location", "admin.public_url", "links.public_url", "oidc.issuer", "mail.smtp"];

/// Keys whose values are secrets from their first letter to the last.
const SECRET_KEYS: [&str; 1] = ["oidc.client_secret"];

/// A value as it was written.
#[derive(Clone, PartialEq, Eq)]
pub enum Raw {
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Switch(bool),
    /// A text.
    Text(String),
}

// By hand: a text may hold a password.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Switch(switch) => switch.fmt(f),
            Self::Text(_) => f.write_str("…"),
        }
    }
}

impl Raw {
    fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "a whole number",
            Self::Switch(_) => "true or false",
            Self::Text(_) => "a text",
        }
    }
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Setting {
    /// `section.key`
    pub key: String,
    /// Its value.
    pub value: Raw,
    /// What it would be without the layers.
    pub default: Raw,
    /// Where the value was written.
    pub origin: Origin,
}

impl Setting {
    /// Whether the value is the default one, whoever wrote it.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.value == self.default
    }

    /// The value without secrets.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.key, &self.value)
    }
}

/// All keys.
#[derive(Debug, Clone)]
pub struct Settings(BTreeMap<String, Setting>);

impl Settings {
    /// All keys, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.0.values()
    }

    /// The setting of a key that stands in config.toml.
    ///
    /// # Panics
    /// It does not stand there.
    #[must_use]
    pub fn of(&self, key: &str) -> &Setting {
        self.0.get(key).expect("a key that is read stands in config.toml")
    }

    /// Puts the layers on top of each other.
    pub(super) fn merged(layers: &Layers, problems: &mut Problems) -> Self {
        let mut settings = Self::compiled_in();
        if let Some(file) = &layers.file {
            settings.take_file(file, problems);
        }
        settings.take_environment(&layers.environment, problems);
        settings.take_flags(&layers.flags);
        settings
    }

    fn compiled_in() -> Self {
        let items = document::read(COMPILED_IN).expect("config.toml is TOML");
        let settings = items.into_iter().filter_map(|item| match item {
            Item::Key { path: key, value, .. } => {
                let value = value.expect("config.toml holds numbers, switches and texts");
                let default = value.clone();
                Some((key.clone(), Setting { key, value, default, origin: Origin::Default }))
            }
            Item::Section { .. } | Item::Loose { .. } => None,
        });
        Self(settings.collect())
    }

    fn take_file(&mut self, file: &FileLayer, problems: &mut Problems) {
        let items = match document::read(&file.text) {
            Ok(items) => items,
            Err(fault) => {
                let document::Fault { line, message } = fault;
                problems.add(format!("{} line {line} is not TOML: {message}", file.name));
                return;
            }
        };
        for item in items {
            let at = |line| Origin::File { name: file.name.clone(), line };
            match item {
                Item::Section { name, line } => self.check_section(&name, &at(line), problems),
                Item::Loose { name, line } => {
                    let remedy = self.hint(&name);
                    let origin = at(line);
                    problems.add(format!(
                        "`{name}` ({origin}) stands in no section and means nothing there: {remedy}"
                    ));
                }
                Item::Key { path, line, value } => self.put(&path, at(line), value, problems),
            }
        }
    }

    fn take_environment(&mut self, all: &BTreeMap<String, String>, problems: &mut Problems) {
        for (variable, value) in all {
            let Some(name) = variable.strip_prefix(VARIABLE_LEAD) else { continue };
            if !name.contains("__") {
                self.refuse_single_underscore(variable, problems);
                continue;
            }
            let key = name.to_lowercase().replacen("__", ".", 1);
            let origin = Origin::Variable(variable.clone());
            let Some(setting) = self.0.get(&key) else {
                let meant = nearest(&key, self.0.keys().map(String::as_str)).map(variable_of);
                problems.add(match meant {
                    Some(meant) => format!("{origin} sets no key: did you mean `{meant}`?"),
                    None => format!("{origin} sets no key: {}", self.hint(&key)),
                });
                continue;
            };
            let value = match setting.default {
                Raw::Number(_) => value.trim().parse().map(Raw::Number).map_err(|_| "a text"),
                Raw::Switch(_) => value.trim().parse().map(Raw::Switch).map_err(|_| "a text"),
                Raw::Text(_) => Ok(Raw::Text(value.clone())),
            };
            self.put(&key, origin, value, problems);
        }
    }

    /// `CAROM_EDGE_LISTEN` and `CAROM_STORE` would be passed over in silence. Others without two
    /// underscores are not ours: Kubernetes sets `CAROM_PORT` and the like beside a service `carom`.
    fn refuse_single_underscore(&self, variable: &str, problems: &mut Problems) {
        let meant = if variable == "CAROM_STORE" {
            Some("store.location")
        } else {
            let is_meant = |key: &&str| variable_of(key).replace("__", "_") == variable;
            self.0.keys().map(String::as_str).find(is_meant)
        };
        if let Some(meant) = meant.map(variable_of) {
            problems.add(format!(
                "the environment variable {variable} sets no key: did you mean `{meant}`?"
            ));
        }
    }

    fn take_flags(&mut self, flags: &Flags) {
        for (flag, key, value) in [
            ("--store", "store.location", &flags.store),
            ("--data-dir", "data.dir", &flags.data_dir),
            ("--role", "node.role", &flags.role),
            ("--edge-listen", "edge.listen", &flags.edge_listen),
            ("--admin-listen", "admin.listen", &flags.admin_listen),
        ] {
            if let (Some(setting), Some(value)) = (self.0.get_mut(key), value) {
                setting.value = Raw::Text(value.clone());
                setting.origin = Origin::Flag(flag);
            }
        }
    }

    fn put(
        &mut self,
        key: &str,
        origin: Origin,
        value: Result<Raw, &'static str>,
        problems: &mut Problems,
    ) {
        let Some(setting) = self.0.get_mut(key) else {
            let has_section = key.split_once('.').is_some_and(|(name, _)| self.has_section(name));
            // A key of an unknown section is its section's problem.
            if has_section {
                problems.add(format!("`{key}` ({origin}) is no key: {}", self.hint(key)));
            }
            return;
        };
        let wanted = setting.default.kind();
        let found = match value {
            Ok(value) if value.kind() == wanted => {
                setting.value = value;
                setting.origin = origin;
                return;
            }
            Ok(value) => value.kind(),
            Err(kind) => kind,
        };
        problems.add(format!("{key} ({origin}) is {found}, and must be {wanted}"));
    }

    fn check_section(&self, name: &str, origin: &Origin, problems: &mut Problems) {
        if self.has_section(name) {
            return;
        }
        let sections = self.sections();
        let remedy = match nearest(name, sections.iter().copied()) {
            Some(meant) => format!("did you mean `[{meant}]`?"),
            None => format!("the sections are {}", listed(&sections)),
        };
        problems.add(format!("`[{name}]` ({origin}) is no section: {remedy}"));
    }

    /// What may have been meant by a key that does not exist.
    fn hint(&self, key: &str) -> String {
        if let Some(meant) = nearest(key, self.0.keys().map(String::as_str)) {
            return format!("did you mean `{meant}`?");
        }
        let section = key.split_once('.').map_or("", |(section, _)| section);
        if !self.has_section(section) {
            return format!("the sections are {}", listed(&self.sections()));
        }
        let keys = self.0.keys().filter_map(|key| key.split_once('.'));
        let keys: BTreeSet<&str> =
            keys.filter(|(of, _)| *of == section).map(|(_, key)| key).collect();
        format!("the keys of `[{section}]` are {}", listed(&keys))
    }

    fn sections(&self) -> BTreeSet<&str> {
        self.0.keys().filter_map(|key| key.split_once('.')).map(|(section, _)| section).collect()
    }

    fn has_section(&self, name: &str) -> bool {
        self.sections().contains(name)
    }
}

fn listed(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

fn variable_of(key: &str) -> String {
    format!("{VARIABLE_LEAD}{}", key.replace('.', "__").to_uppercase())
}

/// A value as it may be printed.
fn shown(key: &str, value: &Raw) -> String {
    match value {
        Raw::Number(number) => number.to_string(),
        Raw::Switch(switch) => switch.to_string(),
        Raw::Text(text) if SECRET_KEYS.contains(&key) && !text.is_empty() => "…".to_owned(),
        Raw::Text(text) if URL_KEYS.contains(&key) => without_secrets(text),
        Raw::Text(text) => text.clone(),
    }
}

/// A URL without credentials and query; of anything else that could hide a password, its beginning.
fn without_secrets(text: &str) -> String {
    if text.is_empty() || (text.starts_with("sqlite") && !text.contains('@')) {
        return text.to_owned();
    }
    let Some((scheme, _)) = text.split_once("://") else {
        let start: String = text.chars().take_while(char::is_ascii_alphanumeric).collect();
        return if start == text { start } else { format!("{start}…") };
    };
    let Ok(url) = Url::parse(text) else { return format!("{scheme}://…") };
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    if !has_credentials && url.query().is_none() && url.fragment().is_none() {
        // Letter by letter: where an issuer ends with a `/` or not decides.
        return text.to_owned();
    }
    let credentials = if has_credentials { "…@" } else { "" };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let host = url.host_str().unwrap_or_default();
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{scheme}://{credentials}{host}{port}{}{query}", url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_an_address_shows_its_password() {
        for (text, expected) in [
            ("sqlite", "sqlite"),
            ("sqlite:/var/lib/carom.db", "sqlite:/var/lib/carom.db"),
            ("postgres://db/carom", "postgres://db/carom"),
            ("postgres://me:secret@db:5433/carom", "postgres://…@db:5433/carom"),
            ("postgres://db/carom?password=secret", "postgres://db/carom?…"),
            ("postgres://db/carom?password=a@secret", "postgres://db/carom?…"),
            ("postgres://me:secret?x@db/carom", "postgres://…"),
            ("postgres://me:secret@a:1,b:2/carom", "postgres://…"),
            ("host=db password=secret", "host…"),
            ("sqlite me:secret@db", "sqlite…"),
            ("secret@db", "secret…"),
            ("smtps://me:secret@mail.example:465", "smtps://…@mail.example:465"),
        ] {
            assert_eq!(without_secrets(text), expected);
        }
    }

    #[test]
    fn debug_shows_no_text() {
        let mut settings = Settings::compiled_in();
        settings.take_flags(&Flags {
            store: Some("postgres://a:hidden@b/c".into()),
            ..Flags::default()
        });
        assert!(!format!("{settings:?}").contains("hidden"));
    }
}
