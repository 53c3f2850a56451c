//! A row as bytes: its fields one after the other, each a tag and what it stands for.
//!
//! ```text
//!  0  nothing
//!  1  a whole number: zigzag, then 7 bits a byte, the lowest first (LEB128)
//!  2  a text, 3 bytes: the length as LEB128, then as many bytes
//! ```

use crate::store::{Row, Value};

/// Appends the fields of a row.
pub(super) fn encode(row: &Row, out: &mut Vec<u8>) {
    for field in row.fields() {
        match field {
            Value::Null => out.push(0),
            Value::Int(number) => {
                out.push(1);
                encode_number(
                    number.wrapping_shl(1).cast_unsigned() ^ (number >> 63).cast_unsigned(),
                    out,
                );
            }
            Value::Text(text) => encode_bytes(2, text.as_bytes(), out),
            Value::Bytes(bytes) => encode_bytes(3, bytes, out),
        }
    }
}

/// Rows of so many fields; none if the bytes are not exactly that.
pub(super) fn decode(mut bytes: &[u8], rows: usize, fields: usize) -> Option<Vec<Row>> {
    // Each field has a byte at least, so that no number in a file decides how much memory is taken.
    if rows.checked_mul(fields)? > bytes.len() {
        return None;
    }
    let mut decoded = Vec::with_capacity(rows);
    for _ in 0..rows {
        let mut row = Vec::with_capacity(fields);
        for _ in 0..fields {
            row.push(decode_field(&mut bytes)?);
        }
        decoded.push(Row::new(row));
    }
    bytes.is_empty().then_some(decoded)
}

fn decode_field(bytes: &mut &[u8]) -> Option<Value> {
    let tag = bytes.split_off_first()?;
    Some(match tag {
        0 => Value::Null,
        1 => {
            let number = decode_number(bytes)?;
            Value::Int((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
        }
        2 => Value::Text(String::from_utf8(decode_bytes(bytes)?).ok()?),
        3 => Value::Bytes(decode_bytes(bytes)?),
        _ => return None,
    })
}

fn encode_bytes(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    encode_number(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn decode_bytes(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(decode_number(bytes)?).ok()?;
    bytes.split_off(..length).map(<[u8]>::to_vec)
}

fn encode_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn decode_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first()?;
        let part = u64::from(byte & 0x7f);
        // The tenth byte has room for one bit.
        if shift == 63 && part > 1 {
            return None;
        }
        number |= part << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Int),
            Just(Value::Int(i64::MIN)),
            Just(Value::Int(i64::MAX)),
            any::<String>().prop_map(Value::Text),
            any::<Vec<u8>>().prop_map(Value::Bytes),
        ]
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(fields in prop::collection::vec(value(), 12)) {
            let rows: Vec<Row> = fields.chunks(3).map(|row| Row::new(row.to_vec())).collect();
            let mut bytes = Vec::new();
            rows.iter().for_each(|row| encode(row, &mut bytes));
            prop_assert_eq!(decode(&bytes, 4, 3), Some(rows));
            bytes.push(0);
            prop_assert_eq!(decode(&bytes, 4, 3), None);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, rows in 0..9_usize, fields in 0..9_usize) {
            decode(&bytes, rows, fields);
        }
    }
}
