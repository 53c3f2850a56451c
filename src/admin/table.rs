//! Tables as text (RFC 4180) that no spreadsheet takes for a program.

use csv::{Terminator, WriterBuilder};

/// What spreadsheets begin a formula with, or skip before one; in full width, East Asian ones do
/// too.
const BEGIN_FORMULAS: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Records of one length as lines.
///
/// # Panics
/// When they are not of one length.
pub fn written<R, F>(records: impl IntoIterator<Item = R>) -> Vec<u8>
where
    R: IntoIterator<Item = F>,
    F: AsRef<[u8]>,
{
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        writer.write_record(record).expect("records of one length go into memory");
    }
    writer.into_inner().expect("memory takes every byte")
}

/// A text that no spreadsheet takes for a formula (OWASP, "CSV Injection").
#[must_use]
pub fn safe(text: &str) -> String {
    if text.starts_with(BEGIN_FORMULAS) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_a_formula() {
        for (text, sent) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\n=1", "'\n=1"),
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
            ("\u{ff20}SUM(A1)", "'\u{ff20}SUM(A1)"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(safe(text), sent);
        }
    }

    #[test]
    fn what_has_commas_quotes_or_lines_is_quoted() {
        let bytes = written([["a", "b,c", "d\"e", "f\r\ng"]]);
        assert_eq!(bytes, b"a,\"b,c\",\"d\"\"e\",\"f\r\ng\"\r\n");
    }
}
