//! What of a table of counts everybody may read.
//!
//! A figure below [`THRESHOLD`] could tell of one producer or one buyer. Rows of so few leads are put together; single
//! figures so small are kept back, and with them as many others of their column as it takes that nobody can compute them from
//! the total. Which of those kept back are the small ones is not told. Zero is told: it is nobody's.

use super::{COUNTS, Counts, RowKey};

/// From here on a figure is told.
pub const THRESHOLD: i64 = 5;

/// Counts, of which those that are kept back are `None`.
pub type Disclosed = [Option<i64>; COUNTS.len()];

/// The rows and their total as everybody may read them. The first count is that of the leads.
pub fn disclosed(rows: Vec<(RowKey, Counts)>, total: Counts) -> (Vec<(RowKey, Disclosed)>, Disclosed) {
    let rows = together(rows);
    let mut shown: Vec<Disclosed> = rows.iter().map(|(_, counts)| counts.map(Some)).collect();
    let mut shown_total = total.map(Some);
    for column in 0..COUNTS.len() {
        let all: Vec<i64> = rows.iter().filter_map(|(_, counts)| counts.get(column).copied()).collect();
        let all_of_it = total.get(column).copied().unwrap_or_default();
        let (kept, keep_total) = kept_back(&all, all_of_it);
        for position in kept {
            if let Some(cell) = shown.get_mut(position).and_then(|row| row.get_mut(column)) {
                *cell = None;
            }
        }
        if keep_total && let Some(cell) = shown_total.get_mut(column) {
            *cell = None;
        }
    }
    (rows.into_iter().map(|(key, _)| key).zip(shown).collect(), shown_total)
}

/// Puts rows of few leads into one, with the next larger ones until they are enough. A row of no lead stays as it is: it has
/// parts in what was signed elsewhere, and no row has to be given up to hide that there is nobody in it.
fn together(rows: Vec<(RowKey, Counts)>) -> Vec<(RowKey, Counts)> {
    let leads = |counts: &Counts| counts.first().copied().unwrap_or_default();
    let (mut rest, mut rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, counts)| leads(counts) == 0);
    rows.sort_by_key(|(_, counts)| leads(counts));
    let few = rows.iter().filter(|(_, counts)| leads(counts) < THRESHOLD).count();
    if few == 0 {
        rest.extend(rows);
        return rest;
    }
    let mut others: Counts = [0; COUNTS.len()];
    for (position, (key, counts)) in rows.into_iter().enumerate() {
        if position < few || leads(&others) < THRESHOLD {
            others.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        } else {
            rest.push((key, counts));
        }
    }
    rest.push((RowKey::Others, others));
    rest
}

/// The cells of a column that are kept back, and whether its total is.
fn kept_back(cells: &[i64], total: i64) -> (Vec<usize>, bool) {
    let small = |count: i64| 0 < count && count < THRESHOLD;
    let mut kept: Vec<usize> =
        cells.iter().zip(0..).filter(|(count, _)| small(**count)).map(|(_, position)| position).collect();
    if kept.is_empty() {
        return (kept, small(total));
    }
    let sum = |kept: &[usize]| kept.iter().filter_map(|position| cells.get(*position)).sum::<i64>();
    while !small(total) && (kept.len() < 2 || sum(&kept) < THRESHOLD) {
        let next = cells.iter().zip(0..).filter(|(count, at)| **count > 0 && !kept.contains(at)).min();
        let Some((_, position)) = next else { return (kept, true) };
        kept.push(position);
    }
    (kept, small(total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_small_figure_hides_behind_another() {
        assert_eq!(kept_back(&[10, 20, 3], 33), (vec![2, 0], false));
        assert_eq!(kept_back(&[10, 2, 3], 15), (vec![1, 2], false));
        assert_eq!(kept_back(&[10, 1, 2], 13), (vec![1, 2, 0], false));
        assert_eq!(kept_back(&[0, 3], 3), (vec![1], true));
        assert_eq!(kept_back(&[10, 0, 7], 17), (vec![], false));
        assert_eq!(kept_back(&[], 3), (vec![], true));
        // One alone with its total: neither is told.
        assert_eq!(kept_back(&[4, 0], 9), (vec![0], true));
    }

    fn row(key: &str, leads: i64) -> (RowKey, Counts) {
        let mut counts = [0; COUNTS.len()];
        counts[0] = leads;
        (RowKey::Is(key.to_owned()), counts)
    }

    #[test]
    fn rows_of_few_leads_are_put_together() {
        let leads = |rows: Vec<(RowKey, Counts)>| {
            together(rows).into_iter().map(|(key, counts)| (key, counts[0])).collect::<Vec<_>>()
        };
        let is = |key: &str| RowKey::Is(key.to_owned());
        assert_eq!(leads(vec![row("a", 9), row("b", 5)]), [(is("b"), 5), (is("a"), 9)]);
        assert_eq!(leads(vec![row("a", 9), row("b", 3), row("c", 2)]), [(is("a"), 9), (RowKey::Others, 5)]);
        assert_eq!(
            leads(vec![row("a", 30), row("b", 9), row("c", 2)]),
            [(is("a"), 30), (RowKey::Others, 11)]
        );
        assert_eq!(leads(vec![row("a", 2)]), [(RowKey::Others, 2)]);
        assert_eq!(leads(vec![row("a", 9), row("none", 0)]), [(is("none"), 0), (is("a"), 9)]);
        assert_eq!(
            leads(vec![row("a", 9), row("b", 2), row("none", 0), row("c", 4)]),
            [(is("none"), 0), (is("a"), 9), (RowKey::Others, 6)]
        );
    }

    proptest! {
        /// Whoever knows the total and the rows that are told learns of no figure from 1 to 4, and of none kept back.
        #[test]
        fn nobody_computes_what_is_kept_back(cells in prop::collection::vec(0..30_i64, 1..12)) {
            let total: i64 = cells.iter().sum();
            let (kept, keep_total) = kept_back(&cells, total);
            for (position, count) in cells.iter().enumerate() {
                let told = !kept.contains(&position);
                prop_assert!(!told || *count == 0 || *count >= THRESHOLD);
            }
            prop_assert!(keep_total || total == 0 || total >= THRESHOLD);
            if !keep_total && !kept.is_empty() {
                let hidden: i64 = kept.iter().map(|position| cells[*position]).sum();
                // What they come to is known; it is of two or more, and no small figure itself.
                prop_assert!(kept.len() >= 2 && hidden >= THRESHOLD);
            }
        }
    }
}
