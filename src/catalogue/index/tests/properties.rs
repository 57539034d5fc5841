//! Whatever the catalogue and the question, the answer is the plain one.

use super::catalogues::{Step, apply, filter, indexed, steps};
use super::naive::Naive;
use crate::catalogue::index::{Analysed, Index, Query};
use crate::catalogue::{Filter, Position};
use crate::products::ProductId;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn query<'a>(filter: &'a Filter, limit: usize, after: Option<&'a Position>) -> Query<'a> {
    Query { filter, limit, after, facets: after.is_none() }
}

fn agrees(
    index: &Index<ProductId>,
    naive: &Naive,
    filter: &Filter,
    limit: usize,
) -> Result<(), TestCaseError> {
    let (expected, facets, matched) = naive.find(filter);
    let mut found = index.find(&query(filter, limit, None));
    prop_assert_eq!(found.matched, matched);
    prop_assert_eq!(found.facets.as_ref(), Some(&facets));
    let mut walked = Vec::new();
    loop {
        prop_assert_eq!(found.total, expected.len() as u64);
        prop_assert!(found.rows.len() <= limit);
        walked.extend(found.rows.iter().map(|(id, _)| *id));
        let Some((_, last)) = found.rows.last() else { break };
        found = index.find(&query(filter, limit, Some(&last.clone())));
    }
    prop_assert_eq!(walked, expected);
    Ok(())
}

/// `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_the_plain_ones(
        start in prop::collection::btree_map(any::<u8>(), Just(()), 0..256)
            .prop_flat_map(|ids| ids.into_keys().map(indexed).collect::<Vec<_>>()),
        changes in steps(0..80),
        questions in prop::collection::vec((filter(), 1..40_usize), 12),
    ) {
        let (mut index, mut naive) = (Index::default(), Naive::default());
        for one in &start {
            naive.apply(&Step::Put(Box::new(one.clone())));
        }
        index.put_all(start.into_iter().map(|one| { let id = one.id; (Analysed::new(one), id) }));
        for (number, (filter, limit)) in questions.iter().enumerate() {
            for step in changes.iter().skip(number).step_by(questions.len()) {
                apply(&mut index, step);
                naive.apply(step);
            }
            prop_assert_eq!(index.len(), naive.products.len());
            agrees(&index, &naive, filter, *limit)?;
        }
        // Putting many at once is putting each.
        let again: Vec<_> = naive.products.values().cloned().collect();
        let mut bulk = Index::default();
        let (one, other) = again.split_at(again.len() / 3);
        for part in [one, other, one] {
            bulk.put_all(part.iter().map(|one| (Analysed::new(one.clone()), one.id)));
        }
        for (filter, limit) in &questions {
            agrees(&bulk, &naive, filter, *limit)?;
        }
    }

    #[test]
    fn what_does_not_change_is_met_once(
        start in steps(200),
        changes in prop::collection::vec(steps(0..4), 40),
        filter in filter(),
        limit in 1..12_usize,
    ) {
        let (mut index, mut naive) = (Index::default(), Naive::default());
        for step in &start {
            apply(&mut index, step);
            naive.apply(step);
        }
        let (before, _, matched) = naive.find(&filter);
        let (mut changed, mut seen) = (BTreeSet::new(), Vec::new());
        let mut after: Option<Position> = None;
        for steps in &changes {
            let found = index.find(&query(&filter, limit, after.as_ref()));
            // A search that is understood otherwise since is another list.
            prop_assume!(found.matched == matched);
            seen.extend(found.rows.iter().map(|(id, _)| *id));
            let Some((_, last)) = found.rows.last() else { break };
            after = Some(last.clone());
            for step in steps {
                apply(&mut index, step);
                naive.apply(step);
                changed.insert(match step {
                    Step::Put(one) => one.id,
                    Step::Remove(number) => super::catalogues::id(*number),
                });
            }
        }
        // A walk of 40 pages may not have reached the end.
        let end = after.as_ref().map(|last| index.find(&query(&filter, usize::MAX / 4, Some(last))).rows);
        let _ = end.as_ref().map(|rows| seen.extend(rows.iter().map(|(id, _)| *id)));
        let unchanged = |id: &&ProductId| !changed.contains(*id);
        let expected: Vec<_> = before.iter().filter(unchanged).collect();
        prop_assert_eq!(seen.iter().filter(unchanged).collect::<Vec<_>>(), expected);
    }
}
