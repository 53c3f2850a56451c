//! From when to when, by whose clocks.

use jiff::civil::Date;

use super::query::{Parameters, invalid};
use crate::admin::problem::Problem;
use crate::clicks::stats::Zone;
use crate::model::time::Millis;
use crate::store::stats::Span;

/// Days of a period that nobody said more about, today included.
const DAYS_DEFAULT: i64 = 30;

/// The first and the last moment that can be asked for: years with four digits, and none in which
/// nobody could have followed a link.
const BOUNDS: (Millis, Millis) =
    (Millis::from_epoch(946_684_800_000), Millis::from_epoch(7_258_118_400_000));

/// A time zone, and a period in whole quarter hours.
pub(super) struct Period {
    pub(super) zone: Zone,
    pub(super) span: Span,
}

impl Period {
    /// Takes `tz`, `from` and `to`. A date is a day of the zone, and as an end it is included.
    pub(super) fn take(parameters: &mut Parameters, now: Millis) -> Result<Self, Problem> {
        let zone = match parameters.text("tz")? {
            Some(name) => Zone::named(&name).map_err(|error| invalid("tz", error.to_string()))?,
            None => Zone::UTC,
        };
        let from = parameters.text("from")?.map(|text| moment(&zone, "from", &text, Edge::Begin));
        let to = parameters.text("to")?.map(|text| moment(&zone, "to", &text, Edge::End));
        let to = ceiling(to.transpose()?.unwrap_or(now));
        let from = match from.transpose()? {
            Some(from) => from.quarter(),
            None => days_before(&zone, to),
        };
        if from >= to {
            return Err(invalid("from", "`from` must lie before `to`"));
        }
        Ok(Self { zone, span: Span { from, to } })
    }
}

#[derive(Clone, Copy)]
enum Edge {
    Begin,
    End,
}

fn moment(zone: &Zone, parameter: &'static str, text: &str, edge: Edge) -> Result<Millis, Problem> {
    let at = match text.parse::<Date>() {
        Ok(date) if text.len() == "2027-01-31".len() => match edge {
            Edge::Begin => Some(zone.midnight(date)),
            Edge::End => date.tomorrow().ok().map(|date| zone.midnight(date)),
        },
        _ => Millis::parse(text).ok(),
    };
    let (first, last) = BOUNDS;
    at.filter(|at| (first..=last).contains(at)).ok_or_else(|| {
        let detail = format!(
            "`{text}` is no time between 2000 and 2200: write a date such as 2027-01-31, or RFC 3339 \
             such as 2027-01-31T18:00:00Z (with `%2B` for a plus)"
        );
        invalid(parameter, detail)
    })
}

fn ceiling(at: Millis) -> Millis {
    if at == at.quarter() { at } else { at.quarter().next_quarter() }
}

/// The midnight that begins a default period that ends at `to`.
fn days_before(zone: &Zone, to: Millis) -> Millis {
    let last = zone.date(Millis::from_epoch(to.get() - 1));
    let days = jiff::Span::new().days(DAYS_DEFAULT - 1);
    last.checked_sub(days).map_or(to, |first| zone.midnight(first)).quarter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_whole_day_of_the_zone() {
        let zone = Zone::named("Asia/Kathmandu").expect("a zone");
        let read = |text, edge| moment(&zone, "from", text, edge).map(|at| at.to_string()).ok();
        let shown = |text: &str| Some(text.to_owned());
        assert_eq!(read("2026-07-01", Edge::Begin), shown("2026-06-30T18:15:00.000Z"));
        assert_eq!(read("2026-07-01", Edge::End), shown("2026-07-01T18:15:00.000Z"));
        assert_eq!(read("2026-07-01T00:00:00Z", Edge::End), shown("2026-07-01T00:00:00.000Z"));
        for bad in
            ["", "today", "2026-7-1", "2026-02-30", "1999-12-30", "2201-01-01", "2026-07-01T00:00"]
        {
            assert_eq!(read(bad, Edge::Begin), None, "{bad}");
        }
    }

    #[test]
    fn thirty_days_include_today() {
        let at = |text| Millis::parse(text).expect("a time");
        let berlin = Zone::named("Europe/Berlin").expect("a zone");
        let (from, to) = ("2026-03-01T23:00:00Z", "2026-03-31T10:15:00Z");
        assert_eq!(days_before(&berlin, at(to)), at(from));
        assert_eq!(ceiling(at("2026-03-31T10:00:00.001Z")), at(to));
        assert_eq!(ceiling(at(to)), at(to));
    }
}
