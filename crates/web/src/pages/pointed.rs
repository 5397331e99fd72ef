//! The place in a query at which a site says that it is wrong.

use super::{format::inert, forms::Trouble};
use weir_model::JqlPlace;

/// Characters that are shown on each side of it.
const AROUND: usize = 40;

/// A place in a query, with what stands around it.
pub(super) struct Pointed {
    pub(super) line: usize,
    pub(super) character: usize,
    pub(super) before: String,
    /// The character itself; empty at the end of a line.
    pub(super) at: String,
    pub(super) after: String,
}

impl Pointed {
    /// The place that a trouble speaks of, where it is about a query and names one that is there.
    pub(super) fn of(query: &str, trouble: Option<&Trouble>) -> Option<Self> {
        let trouble = trouble.filter(|trouble| trouble.code.starts_with("jql."))?;
        let place = JqlPlace::of(&trouble.why)?;
        let line: Vec<char> = query.lines().nth(place.line - 1)?.chars().collect();
        let at = place.character - 1;
        if at > line.len() {
            return None;
        }
        let text = |from: usize, until: usize| {
            let part: String = line.get(from..until).unwrap_or_default().iter().collect();
            inert(&part)
        };
        let (from, until) = (at.saturating_sub(AROUND), (at + 1 + AROUND).min(line.len()));
        Some(Self {
            line: place.line,
            character: place.character,
            before: text(from, at),
            at: text(at, (at + 1).min(line.len())),
            after: text((at + 1).min(line.len()), until),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::Message;

    fn pointed(query: &str, said: &str) -> Option<(String, String, String)> {
        let trouble = Trouble::from(&Message::JqlRefused { said: said.to_owned() });
        Pointed::of(query, Some(&trouble)).map(|one| (one.before, one.at, one.after))
    }

    #[test]
    fn the_character_is_shown_in_its_line() {
        let parts = |a: &str, b: &str, c: &str| Some((a.to_owned(), b.to_owned(), c.to_owned()));
        let query = "project = A\nand stätus ! B";
        assert_eq!(pointed(query, "No. (line 2, character 12)"), parts("and stätus ", "!", " B"));
        assert_eq!(pointed(query, "No. (line 1, character 12)"), parts("project = A", "", ""));
        assert_eq!(pointed(query, "No. (line 1, character 13)"), None);
        assert_eq!(pointed(query, "No. (line 3, character 1)"), None);
        assert_eq!(pointed(query, "No."), None);
        let long = "x".repeat(500);
        assert_eq!(
            pointed(&long, "No. (line 1, character 250)"),
            parts(&"x".repeat(40), "x", &"x".repeat(40))
        );
    }
}
