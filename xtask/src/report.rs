//! The bench guard's figures, for people and for machines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::figures::{Comparison, Cost, Round, Spread};

/// Prints a case: both servers, then the ratio.
pub(crate) fn print(comparison: &Comparison, cost: Cost, bound: f64) {
    println!("\n{}", comparison.case);
    println!("  {:<12} {:>12} {:>12} {:>6}", "server", "CPU/request", "requests/s", "busy");
    print_server(&comparison.subject, comparison.of_subject(), cost);
    print_server(&comparison.yardstick, comparison.of_yardstick(), cost);
    let ratio = comparison.ratio(cost);
    println!(
        "  ratio {:.3} ({:.3} to {:.3}), best to best {:.3}, bound {bound:.2}: {}",
        ratio.median,
        ratio.min,
        ratio.max,
        comparison.best_to_best(cost),
        if ratio.median <= bound { "ok" } else { "too much" }
    );
    let (process, edge) = (comparison.ratio(Cost::Process), comparison.ratio(Cost::Edge));
    println!(
        "  the whole process {:.3}, its edge threads alone {:.3}",
        process.median, edge.median
    );
    if !comparison.is_saturated() {
        println!(
            "  note: a server was not saturated in every round (below 90 % of its core), so its cost is rough"
        );
    }
}

fn print_server<'a>(name: &str, rounds: impl Iterator<Item = &'a Round> + Clone, cost: Cost) {
    println!(
        "  {:<12} {:>9.2} µs {:>12.0} {:>4.0} %{}",
        name,
        Spread::of(rounds.clone().map(|round| round.cost_us(cost))).median,
        Spread::of(rounds.clone().map(Round::rate)).median,
        Spread::of(rounds.clone().map(Round::busy)).median * 100.0,
        by_thread(rounds),
    );
}

/// The whole run as JSON; `settings` say how it was made.
pub(crate) fn json(comparisons: &[Comparison], cost: Cost, settings: &Value) -> Value {
    let cases: Vec<Value> = comparisons
        .iter()
        .map(|comparison| {
            json!({
                "case": comparison.case,
                "ratio": spread(comparison.ratio(cost)),
                "ratio_process": spread(comparison.ratio(Cost::Process)),
                "ratio_edge": spread(comparison.ratio(Cost::Edge)),
                "best_to_best": comparison.best_to_best(cost),
                "saturated": comparison.is_saturated(),
                "subject": server(&comparison.subject, comparison.of_subject(), cost),
                "yardstick": server(&comparison.yardstick, comparison.of_yardstick(), cost),
            })
        })
        .collect();
    json!({ "settings": settings, "cases": cases })
}

fn server<'a>(name: &str, rounds: impl Iterator<Item = &'a Round> + Clone, cost: Cost) -> Value {
    json!({
        "name": name,
        "cpu_us_per_request": spread(Spread::of(rounds.clone().map(|round| round.cost_us(cost)))),
        "requests_per_second": spread(Spread::of(rounds.clone().map(Round::rate))),
        "busy": spread(Spread::of(rounds.clone().map(Round::busy))),
        "threads_us_per_request": threads_us(rounds),
    })
}

fn spread(spread: Spread) -> Value {
    json!({ "median": spread.median, "min": spread.min, "max": spread.max })
}

/// Where the CPU time of a server with several threads went, largest first.
fn by_thread<'a>(rounds: impl Iterator<Item = &'a Round>) -> String {
    let mut threads: Vec<(String, f64)> = threads_us(rounds).into_iter().collect();
    threads.retain(|(_, us)| *us >= 0.005);
    if threads.len() < 2 {
        return String::new();
    }
    threads.sort_by(|a, b| b.1.total_cmp(&a.1));
    let parts: Vec<String> = threads.iter().map(|(name, us)| format!("{name} {us:.2}")).collect();
    format!("  ({} µs)", parts.join(", "))
}

/// Microseconds per request by thread name, over all rounds together; `afterwards` is what they
/// left behind.
fn threads_us<'a>(rounds: impl Iterator<Item = &'a Round>) -> BTreeMap<String, f64> {
    let Some(all) = rounds.cloned().reduce(Round::join) else {
        return BTreeMap::new();
    };
    let mut times = all.threads;
    times.insert("afterwards".to_owned(), all.afterwards);
    let requests = all.requests as f64;
    times.into_iter().map(|(name, time)| (name, time.as_secs_f64() * 1e6 / requests)).collect()
}
