//! How templates show values.
#![allow(unreachable_pub, reason = "the macro makes items of its own")]

use std::fmt::Display;

use askama::{Result, Values, filter_fn};

use crate::model::time::Millis;

/// A time to the minute, in UTC. The script shows it by the reader's own clocks.
#[filter_fn]
pub(super) fn minute(at: &Millis, _: &dyn Values) -> Result<String> {
    let text = at.to_string();
    let minute = text.get(..16).unwrap_or(&text).replace('T', " ");
    Ok(format!("{minute} UTC"))
}

/// A count with its thousands apart.
#[filter_fn]
pub(super) fn count(number: impl Display, _: &dyn Values) -> Result<String> {
    Ok(thousands(&number.to_string()))
}

/// Digits in groups of three.
pub(super) fn thousands(digits: &str) -> String {
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (digits, shown) in
            [("0", "0"), ("999", "999"), ("1000", "1,000"), ("1234567", "1,234,567")]
        {
            assert_eq!(thousands(digits), shown);
        }
    }
}
