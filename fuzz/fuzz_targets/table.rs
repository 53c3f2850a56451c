//! Whatever visitors leave in the fields of a table: no field begins a formula, and each is read
//! back as it was.
#![no_main]

use carom::admin::table::{safe, written};
use csv::ReaderBuilder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|rows: Vec<[&str; 3]>| {
    let sent: Vec<[String; 3]> = rows.iter().map(|row| row.map(safe)).collect();
    for (field, value) in sent.iter().flatten().zip(rows.iter().flatten()) {
        assert!(!field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{field:?}");
        assert_eq!(field.strip_prefix('\'').unwrap_or(field), value.strip_prefix('\'').unwrap_or(value));
    }
    let bytes = written(sent.iter());
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
    let read: Vec<_> = reader.records().map(|record| record.expect("a record")).collect();
    assert_eq!(read.len(), sent.len());
    for (record, row) in read.iter().zip(&sent) {
        assert!(record.iter().eq(row.iter().map(String::as_str)), "{record:?} {row:?}");
    }
});
