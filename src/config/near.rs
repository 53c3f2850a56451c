//! "Did you mean …?": the name that was most likely meant by one that does not exist.

/// The nearest of `names`, if one is near enough to be a slip.
pub(super) fn nearest<'n>(
    wrong: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Option<&'n str> {
    // The right key in the wrong section, if only one section has it.
    let last = |name: &'n str| name.rsplit('.').next().unwrap_or(name);
    let mut same_key = names.clone().filter(|name| Some(last(name)) == wrong.rsplit('.').next());
    let slips_max = (wrong.chars().count() / 4).clamp(1, 3);
    names
        .map(|name| (distance(wrong, name), name))
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, name)| name)
        .or_else(|| same_key.next().filter(|_| same_key.next().is_none()))
}

/// How many letters must be added, dropped, changed or swapped with their neighbour to make one text
/// of the other (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let changed = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                let two_rows_up: &Vec<usize> = &before;
                least = least.min(two_rows_up[j - 2] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 4] = ["edge.listen", "admin.listen", "edge.threads", "log.level"];

    #[test]
    fn slips_and_misplaced_keys_are_understood() {
        for (wrong, meant) in [
            ("edge.lisen", Some("edge.listen")),
            ("egde.listen", Some("edge.listen")),
            ("edge.thread", Some("edge.threads")),
            ("edge.level", Some("log.level")),
            ("x.listen", None),
            ("edge.colour", None),
        ] {
            assert_eq!(nearest(wrong, KEYS.into_iter()), meant, "{wrong}");
        }
    }

    #[test]
    fn a_swap_of_neighbours_is_one_slip() {
        assert_eq!(distance("egde", "edge"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
