//! A condition that is put together piece by piece. What varies goes in as a parameter: the same question is the same text, which
//! a connection prepares once.

use crate::value::Value;
use std::fmt::Write as _;

/// The text of a condition, and the parameters that it names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Condition {
    text: String,
    values: Vec<Value>,
}

impl Condition {
    /// Takes everything that `text` takes.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: vec![] }
    }

    /// Of that only what `text` takes as well; `?` stands for the value.
    pub(crate) fn and(mut self, text: &str, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        let parameter = format!("${}", self.values.len());
        _ = write!(self.text, " AND {}", text.replace('?', &parameter));
        self
    }

    /// The same for what needs no value.
    pub(crate) fn and_also(mut self, text: &str) -> Self {
        _ = write!(self.text, " AND {text}");
        self
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_parameters_in_their_order() {
        let condition = Condition::new("a").and("b > ?", 1_i64).and_also("c IS NULL").and("? IN (d, ?)", "x");
        assert_eq!(condition.text(), "a AND b > $1 AND c IS NULL AND $2 IN (d, $2)");
        assert_eq!(condition.values().len(), 2);
    }
}
