//! Entries of the log in plain words.

use serde_json::{Map, Value};

/// What was done, as the middle of a sentence between who did it and to what; nothing for what a newer
/// Carom wrote.
pub(super) fn deed(action: &str) -> Option<&'static str> {
    Some(match action {
        "link.created" => "made the link",
        "link.changed" => "changed the link",
        "link.deleted" => "deleted for good the link",
        "link.imported" => "imported links",
        "domain.created" => "added the domain",
        "domain.changed" => "changed the domain",
        "domain.claimed" => "claimed the domain",
        "domain.checked" => "had the proof looked for of the domain",
        "domain.proven" => "proved the domain",
        "domain.unclaimed" => "gave up the claim of the domain",
        "domain.deleted" => "gave up the domain",
        "key.created" => "made the key",
        "key.rotated" => "replaced the key",
        "key.revoked" => "revoked the key",
        "invitation.created" => "invited",
        "invitation.accepted" => "accepted the invitation of",
        "invitation.deleted" => "took back the invitation of",
        "member.added" => "added",
        "member.changed" => "gave another role to",
        "member.removed" => "sent away",
        "user.created" => "made the account of",
        "user.renamed" => "renamed",
        "user.disabled" => "disabled the account of",
        "user.enabled" => "enabled the account of",
        "user.identity_added" => "tied a provider's account to",
        "user.password_changed" => "changed the password of",
        "user.second_factor_added" => "added a second factor to",
        "user.second_factor_removed" => "took the second factor from",
        "user.sessions_ended" => "ended the sessions of",
        "user.signed_in" => "signed in as",
        "setup.offered" => "made a set-up address",
        "workspace.created" => "made the workspace",
        "workspace.renamed" => "renamed the workspace",
        _ => return None,
    })
}

/// What else is known of a deed: a name and what there is to say of it.
pub(super) fn details(detail: &str) -> Vec<(String, String)> {
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(detail) else { return Vec::new() };
    let line = |(name, value): (String, Value)| {
        let said = match (value.get("before"), value.get("after")) {
            (Some(before), Some(after)) => format!("{} → {}", plain(before), plain(after)),
            _ => plain(&value),
        };
        (name.replace('_', " "), said)
    };
    // What is not set says nothing about something that was made or deleted.
    fields.into_iter().filter(|(_, value)| !is_nothing(value)).map(line).collect()
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "nothing".to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_what_was_and_what_is() {
        let detail = r#"{"title":{"before":null,"after":"Mine"},"tags":{"before":["a"],"after":[]},"has_password":false,"status":302}"#;
        let mut lines = details(detail);
        lines.sort();
        let line = |name: &str, said: &str| (name.to_owned(), said.to_owned());
        assert_eq!(
            lines,
            [line("status", "302"), line("tags", "a → nothing"), line("title", "nothing → Mine")]
        );
        assert_eq!(details("rubbish"), []);
    }

    /// The store's sources name every deed there is.
    #[test]
    fn every_deed_has_its_words() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
        let mut found = 0;
        let mut folders = vec![root];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                    continue;
                }
                let text = std::fs::read_to_string(entry.path()).expect("a source file");
                for word in text.split('"').filter(|word| is_deed(word)) {
                    assert!(deed(word).is_some(), "`{word}` has no words in the audit log's page");
                    found += 1;
                }
            }
        }
        assert!(found > 25, "{found} deeds were found");
    }

    fn is_deed(word: &str) -> bool {
        let kinds = ["link", "domain", "key", "invitation", "member", "user", "setup", "workspace"];
        let is_plain = |text: &str| text.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
        word.split_once('.')
            .is_some_and(|(kind, act)| kinds.contains(&kind) && !act.is_empty() && is_plain(act))
    }
}
