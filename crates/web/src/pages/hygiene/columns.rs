//! The columns of a list of issues: which are shown, and where each is shown or not.

use crate::{http::Problem, pages::forms::not_offered};

/// A column; the key of an issue and why it is there are always shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Column {
    Summary,
    Type,
    Status,
    Assignee,
    Created,
    Age,
    Changed,
}

/// Every column with its word in an address and its heading.
const ALL: [(Column, &str, &str); 7] = [
    (Column::Summary, "summary", "Summary"),
    (Column::Type, "type", "Type"),
    (Column::Status, "status", "Status"),
    (Column::Assignee, "assignee", "Assignee"),
    (Column::Created, "created", "Created"),
    (Column::Age, "age", "Age"),
    (Column::Changed, "changed", "Last change"),
];

/// Those that are shown unless somebody chooses.
const USUAL: [Column; 6] =
    [Column::Summary, Column::Type, Column::Status, Column::Assignee, Column::Age, Column::Changed];

/// What stands for no column at all.
const NONE: &str = "none";

/// The columns that are shown, in their order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Columns(Vec<Column>);

/// A column that can be shown or not.
pub(super) struct Toggle {
    pub(super) name: &'static str,
    pub(super) is_shown: bool,
    /// The columns after that, as an address has them; nothing for the usual ones.
    pub(super) then: Option<String>,
}

impl Columns {
    /// Those of an address: words parted by commas.
    ///
    /// # Errors
    /// `request.bad` for a word that is no column.
    pub(super) fn of(text: Option<&str>) -> Result<Self, Problem> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Self(USUAL.into())) };
        if text == NONE {
            return Ok(Self(vec![]));
        }
        let words: Vec<&str> = text.split(',').map(str::trim).collect();
        if let Some(odd) = words.iter().find(|word| !ALL.iter().any(|(_, known, _)| known == *word)) {
            return Err(not_offered("columns", odd));
        }
        Ok(Self(ALL.iter().filter(|(_, word, _)| words.contains(word)).map(|(column, ..)| *column).collect()))
    }

    /// As an address has them; nothing for the usual ones.
    pub(super) fn text(&self) -> Option<String> {
        if self.0 == USUAL {
            return None;
        }
        let words: Vec<&str> =
            ALL.iter().filter(|(one, ..)| self.has(*one)).map(|(_, word, _)| *word).collect();
        Some(if words.is_empty() { NONE.to_owned() } else { words.join(",") })
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.0.contains(&column)
    }

    pub(super) fn shown(&self) -> &[Column] {
        &self.0
    }

    /// Every column, with what is shown once it is taken away or put in.
    pub(super) fn toggles(&self) -> Vec<Toggle> {
        let toggle = |(column, _, name): &(Column, &str, &'static str)| {
            let is_shown = self.has(*column);
            let is_in = |one: Column| if one == *column { !is_shown } else { self.has(one) };
            let then = ALL.iter().filter(|(one, ..)| is_in(*one)).map(|(one, ..)| *one).collect();
            Toggle { name, is_shown, then: Self(then).text() }
        };
        ALL.iter().map(toggle).collect()
    }
}

impl Column {
    pub(super) fn name(self) -> &'static str {
        ALL.iter().find(|(one, ..)| *one == self).map_or("", |(.., name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_columns_and_each_can_be_taken_away_or_put_in() {
        let of = |text: &str| Columns::of(Some(text)).expect("columns");
        assert_eq!(Columns::of(None).expect("columns").text(), None);
        assert_eq!(of("changed, status").shown(), [Column::Status, Column::Changed]);
        assert_eq!(of("none").shown(), []);
        assert!(Columns::of(Some("status,colour")).is_err());
        let then = |columns: Columns, name: &str| {
            let toggle = columns.toggles().into_iter().find(|one| one.name == name).expect("a column");
            (toggle.is_shown, toggle.then)
        };
        assert_eq!(then(of("status"), "Status"), (true, Some("none".into())));
        assert_eq!(then(of("status"), "Age"), (false, Some("status,age".into())));
        assert_eq!(
            then(of("summary,type,status,assignee,changed"), "Age"),
            (false, None),
            "the usual ones again"
        );
    }
}
