//! What stands in a TOML file, key by key, with its lines.

use toml::de::{DeTable, DeValue};

use super::settings::Raw;

/// Something that stands in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A section, with or without keys.
    Section {
        /// Its name.
        name: String,
        /// Where it begins.
        line: usize,
    },
    /// A key of a section.
    Key {
        /// `section.key`
        path: String,
        /// Its line.
        line: usize,
        /// Its value, or the kind of a value that no key has.
        value: Result<Raw, &'static str>,
    },
    /// A key outside of every section.
    Loose {
        /// Its name.
        name: String,
        /// Its line.
        line: usize,
    },
}

/// Why a text is no TOML.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) message: String,
}

/// Reads a file. Keys come after their section.
pub(super) fn read(text: &str) -> Result<Vec<Item>, Fault> {
    let document = DeTable::parse(text).map_err(|e| Fault {
        line: e.span().map_or(1, |span| line_of(text, span.start)),
        message: e.message().lines().collect::<Vec<_>>().join(", "),
    })?;
    let mut items = Vec::new();
    for (name, value) in document.get_ref() {
        let line = line_of(text, name.span().start);
        let section = name.get_ref().to_string();
        let DeValue::Table(keys) = value.get_ref() else {
            items.push(Item::Loose { name: section, line });
            continue;
        };
        items.push(Item::Section { name: section.clone(), line });
        items.extend(keys.iter().map(|(key, value)| Item::Key {
            path: format!("{section}.{}", key.get_ref()),
            line: line_of(text, key.span().start),
            value: raw(value.get_ref()),
        }));
    }
    Ok(items)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}

fn raw(value: &DeValue<'_>) -> Result<Raw, &'static str> {
    Ok(match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(Raw::Number)
            .map_err(|_| "a number beyond 64 bits")?,
        DeValue::Float(_) => return Err("a number with a fraction"),
        DeValue::Boolean(switch) => Raw::Switch(*switch),
        DeValue::Datetime(_) => return Err("a date"),
        DeValue::Array(_) => return Err("a list"),
        DeValue::Table(_) => return Err("a table"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_keys_and_loose_values_are_found_on_their_lines() {
        let items =
            read("loose = 1\n\n[edge]\n# a comment\nlisten = \"x\"\nthreads = 0x10\non = true\n");
        assert_eq!(
            items,
            Ok(vec![
                Item::Section { name: "edge".to_owned(), line: 3 },
                Item::Key {
                    path: "edge.listen".to_owned(),
                    line: 5,
                    value: Ok(Raw::Text("x".to_owned()))
                },
                Item::Key { path: "edge.on".to_owned(), line: 7, value: Ok(Raw::Switch(true)) },
                Item::Key { path: "edge.threads".to_owned(), line: 6, value: Ok(Raw::Number(16)) },
                Item::Loose { name: "loose".to_owned(), line: 1 },
            ])
        );
    }

    #[test]
    fn what_is_no_toml_is_refused_with_its_line() {
        assert_eq!(read("[edge]\nlisten = \n").expect_err("no TOML").line, 2);
    }
}
