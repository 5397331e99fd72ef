//! Two sets of rows, compared by key and then field by field.
//!
//! The order of rows and of an object's members does not count; values are equal when they are the same JSON,
//! numbers when they are the same number. Columns that only the store fills are left out, and an issue's own
//! `state` with them; the state of a project comes from the site and is compared.

use super::views::STORES_OWN;
use anyhow::{Context, Result, bail};
use serde_json::{Map, Number, Value};
use std::collections::{HashMap, HashSet};

const SHOWN: usize = 8;
const SHOWN_CHARS: usize = 200;

/// A comparison in progress: first everything that is expected, then everything that was met.
#[derive(Debug)]
pub(crate) struct Comparison {
    key: &'static [&'static str],
    expected: HashMap<String, Vec<u8>>,
    rows: usize,
    /// Keys of rows that are here and were not expected, where such rows may be.
    leftovers: Option<HashSet<String>>,
    differences: Vec<String>,
    count: usize,
}

impl Comparison {
    /// Rows with the same values in these columns are the same row.
    pub(crate) fn new(key: &'static [&'static str]) -> Self {
        Self { key, expected: HashMap::new(), rows: 0, leftovers: None, differences: Vec::new(), count: 0 }
    }

    /// The store may have rows that the truth has no more, each once.
    pub(crate) fn with_leftovers(mut self) -> Self {
        self.leftovers = Some(HashSet::new());
        self
    }

    /// A row of the truth.
    pub(crate) fn expect(&mut self, line: &[u8]) -> Result<()> {
        let row = parse(line)?;
        let key = self.key_of(&row)?;
        self.rows += 1;
        if self.expected.insert(key.clone(), line.to_vec()).is_some() {
            bail!("the truth has {key} twice");
        }
        Ok(())
    }

    /// A row of the store.
    pub(crate) fn meet(&mut self, line: &[u8]) -> Result<()> {
        let row = parse(line)?;
        let key = self.key_of(&row)?;
        match self.expected.remove(&key) {
            None if self.leftovers.as_mut().is_some_and(|left| left.insert(key.clone())) => {}
            None => self.differs(format!("{key}: in the store, not in the truth (or twice in the store)")),
            Some(expected) => {
                let expected = parse(&expected)?;
                if let Some(left) = &mut self.leftovers {
                    left.insert(key.clone());
                }
                self.compare(&key, &expected, &row);
            }
        }
        Ok(())
    }

    /// An error that shows the first differences, if there are any. A view without a row proves nothing.
    pub(crate) fn finish(mut self) -> Result<()> {
        let mut missing: Vec<String> = self.expected.drain().map(|(key, _)| key).collect();
        missing.sort();
        for key in missing {
            self.differs(format!("{key}: in the truth, not in the store"));
        }
        if self.count > 0 {
            bail!("{} differences in {} rows\n  {}", self.count, self.rows, self.differences.join("\n  "));
        }
        if self.rows == 0 {
            bail!("the truth has no row, so nothing was compared");
        }
        Ok(())
    }

    fn compare(&mut self, key: &str, expected: &Map<String, Value>, found: &Map<String, Value>) {
        for (column, value) in expected {
            match found.get(column) {
                None => self.differs(format!("{key} {column}: the store has no such column")),
                Some(other) if !same(value, other) => {
                    let (value, other) = excerpts(value, other);
                    self.differs(format!("{key} {column}: truth {value}, store {other}"));
                }
                Some(_) => {}
            }
        }
        let has_state = expected.contains_key("state");
        for column in found.keys() {
            let stores_own = STORES_OWN.contains(&column.as_str()) || (column == "state" && !has_state);
            if !stores_own && !expected.contains_key(column) {
                self.differs(format!("{key} {column}: the truth has no such column"));
            }
        }
    }

    fn differs(&mut self, text: String) {
        self.count += 1;
        if self.differences.len() < SHOWN {
            self.differences.push(text);
        }
    }

    fn key_of(&self, row: &Map<String, Value>) -> Result<String> {
        let mut parts = Vec::with_capacity(self.key.len());
        for column in self.key {
            parts.push(row.get(*column).with_context(|| format!("a row without {column}"))?.to_string());
        }
        Ok(parts.join(" "))
    }
}

fn parse(line: &[u8]) -> Result<Map<String, Value>> {
    serde_json::from_slice(line).with_context(|| format!("not a row: {}", String::from_utf8_lossy(line)))
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => same_number(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

fn same_number(left: &Number, right: &Number) -> bool {
    left == right || (left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64()
}

/// Both values, cut to where they begin to differ.
fn excerpts(left: &Value, right: &Value) -> (String, String) {
    let (left, right) = (left.to_string(), right.to_string());
    let shared = left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count();
    let from = shared.saturating_sub(SHOWN_CHARS / 4);
    let cut = |text: &str| -> String {
        let part: String = text.chars().skip(from).take(SHOWN_CHARS).collect();
        if from > 0 { format!("…{part}") } else { part }
    };
    (cut(&left), cut(&right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(truth: &[&str], store: &[&str]) -> Result<()> {
        let mut comparison = Comparison::new(&["id"]);
        for line in truth {
            comparison.expect(line.as_bytes())?;
        }
        for line in store {
            comparison.meet(line.as_bytes())?;
        }
        comparison.finish()
    }

    #[test]
    fn order_and_the_spelling_of_numbers_do_not_count() {
        let truth = [r#"{"id":"1","fields":{"a":5.0,"b":[1]}}"#, r#"{"id":"2","fields":null}"#];
        let store =
            [r#"{"fields":null,"id":"2"}"#, r#"{"integration":"x","id":"1","fields":{"b":[1],"a":5}}"#];
        compared(&truth, &store).unwrap();
    }

    #[test]
    fn a_changed_a_missing_and_a_surplus_row_are_each_named() {
        let error = compared(
            &[r#"{"id":"1","n":"a"}"#, r#"{"id":"2","n":"b"}"#],
            &[r#"{"id":"1","n":"A"}"#, r#"{"id":"3","n":"c"}"#],
        );
        let text = error.unwrap_err().to_string();
        assert!(text.starts_with("3 differences in 2 rows"), "{text}");
        assert!(text.contains(r#""1" n: truth "a", store "A""#), "{text}");
        assert!(text.contains(r#""2": in the truth, not in the store"#), "{text}");
        assert!(text.contains(r#""3": in the store, not in the truth"#), "{text}");
    }

    #[test]
    fn a_leftover_may_be_there_once_and_changes_nothing_else() {
        let compared = |store: &[&str]| {
            let mut comparison = Comparison::new(&["id"]).with_leftovers();
            comparison.expect(br#"{"id":"1","n":"a"}"#).unwrap();
            store.iter().for_each(|line| comparison.meet(line.as_bytes()).unwrap());
            comparison.finish()
        };
        let (one, other) = (r#"{"id":"1","n":"a"}"#, r#"{"id":"2","n":"b"}"#);
        compared(&[other, one]).unwrap();
        for wrong in [vec![other], vec![one, one], vec![one, other, other], vec![r#"{"id":"1","n":"b"}"#]] {
            assert!(compared(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn null_is_not_the_empty_string_and_a_column_may_not_be_missing() {
        assert!(compared(&[r#"{"id":"1","n":null}"#], &[r#"{"id":"1","n":""}"#]).is_err());
        assert!(compared(&[r#"{"id":"1","n":null}"#], &[r#"{"id":"1"}"#]).is_err());
        assert!(compared(&[r#"{"id":"1"}"#], &[r#"{"id":"1","n":null}"#]).is_err());
    }

    #[test]
    fn the_state_of_an_issue_is_the_stores_own_but_that_of_a_project_is_compared() {
        compared(&[r#"{"id":"1"}"#], &[r#"{"id":"1","state":"live"}"#]).unwrap();
        assert!(compared(&[r#"{"id":"1","state":"archived"}"#], &[r#"{"id":"1","state":"live"}"#]).is_err());
    }

    #[test]
    fn nothing_compared_with_nothing_is_no_proof() {
        assert!(compared(&[], &[]).is_err());
    }
}
