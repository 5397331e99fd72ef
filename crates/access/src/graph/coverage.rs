//! What was read and what was not, asked thing by thing.

use foldhash::HashMap;
use serde::Serialize;
use std::collections::BTreeMap;
use weir_model::access::{Coverage, Outcome, Part};

/// Something that would have to be known and was not read in whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Gap {
    /// The part of the site.
    pub part: Part,
    /// The thing, as `Coverage::of` names it; None for the whole part.
    pub of: Option<String>,
    /// How far the reading came; None where it says nothing of this part.
    pub outcome: Option<Outcome>,
    /// The scope or permission that would be needed.
    pub needs: Option<String>,
}

#[derive(Clone, Default, Debug)]
pub(crate) struct Covered(BTreeMap<Part, Rows>);

#[derive(Clone, Default, Debug)]
struct Rows {
    whole: Option<Coverage>,
    things: HashMap<String, Coverage>,
}

impl Covered {
    /// Of two rows of one thing the worse one holds.
    pub(crate) fn add(&mut self, row: &Coverage) {
        let rows = self.0.entry(row.part).or_default();
        match &row.of {
            None if rows.whole.as_ref().is_none_or(|whole| whole.outcome < row.outcome) => {
                rows.whole = Some(row.clone());
            }
            Some(of) if rows.things.get(of).is_none_or(|known| known.outcome < row.outcome) => {
                rows.things.insert(of.clone(), row.clone());
            }
            _ => {}
        }
    }

    /// What is missing of a thing, or of a part as a whole.
    pub(crate) fn gap(&self, part: Part, of: Option<&str>) -> Option<Gap> {
        let rows = self.0.get(&part);
        let row = rows.and_then(|rows| of.and_then(|of| rows.things.get(of)).or(rows.whole.as_ref()));
        match row {
            Some(row) if row.outcome == Outcome::Complete => None,
            Some(row) => {
                Some(Gap { part, of: row.of.clone(), outcome: Some(row.outcome), needs: row.needs.clone() })
            }
            None => Some(Gap { part, of: None, outcome: None, needs: None }),
        }
    }

    pub(crate) fn has_gap(&self, part: Part, of: Option<&str>) -> bool {
        let Some(rows) = self.0.get(&part) else { return true };
        let row = of.and_then(|of| rows.things.get(of)).or(rows.whole.as_ref());
        row.is_none_or(|row| row.outcome != Outcome::Complete)
    }

    /// Everything that was not read in whole, part by part.
    pub(crate) fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for (part, rows) in &self.0 {
            gaps.extend(rows.whole.is_some().then(|| self.gap(*part, None)).flatten());
            let mut things: Vec<&String> = rows.things.keys().collect();
            things.sort_unstable();
            gaps.extend(things.into_iter().filter_map(|of| self.gap(*part, Some(of))));
        }
        gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(of: Option<&str>, outcome: Outcome) -> Coverage {
        let of = of.map(str::to_owned);
        Coverage { part: Part::Members, of, outcome, items: 0, expected: None, needs: Some("a scope".into()) }
    }

    #[test]
    fn a_whole_part_speaks_of_every_thing_without_a_row_of_its_own() {
        let mut covered = Covered::default();
        assert_eq!(covered.gap(Part::Members, Some("a")).and_then(|gap| gap.outcome), None);
        assert!(covered.has_gap(Part::Members, Some("a")));
        covered.add(&row(None, Outcome::Complete));
        covered.add(&row(Some("b"), Outcome::Denied));
        assert!(!covered.has_gap(Part::Members, Some("a")) && covered.has_gap(Part::Members, Some("b")));
        let gap = covered.gap(Part::Members, Some("b")).unwrap();
        assert_eq!((gap.of.as_deref(), gap.needs.as_deref()), (Some("b"), Some("a scope")));
        covered.add(&row(None, Outcome::Partial));
        covered.add(&row(None, Outcome::Complete));
        assert_eq!(covered.gap(Part::Members, Some("a")).unwrap().outcome, Some(Outcome::Partial));
        assert_eq!(covered.gaps().len(), 2);
    }
}
