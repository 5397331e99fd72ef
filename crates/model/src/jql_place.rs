//! Where in a query a site says that it is wrong.

use std::ops::Range;

/// A place in a query, both numbers from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JqlPlace {
    /// The line.
    pub line: usize,
    /// The character in that line.
    pub character: usize,
    /// Where in the sentence the number of the character stands.
    at: Range<usize>,
}

impl JqlPlace {
    /// The place that a sentence of Jira ends with: `(line 1, character 8)`.
    pub fn of(said: &str) -> Option<Self> {
        let line_at = said.rfind("(line ")? + "(line ".len();
        let (line, rest) = said[line_at..].split_once(", character ")?;
        let (character, _) = rest.split_once(')')?;
        let from = said.len() - rest.len();
        Some(Self {
            line: line.parse().ok().filter(|line| *line > 0)?,
            character: character.parse().ok().filter(|character| *character > 0)?,
            at: from..from + character.len(),
        })
    }

    /// The sentence for a query that was put into a parenthesis of its own before it was sent.
    pub fn unwrapped(said: &str) -> String {
        match Self::of(said) {
            Some(place) if place.line == 1 && place.character > 1 => {
                let (before, after) = (&said[..place.at.start], &said[place.at.end..]);
                format!("{before}{}{after}", place.character - 1)
            }
            _ => said.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_where_a_sentence_has_one() {
        let said = "Error in the JQL Query: Expecting operator but got 'x'. (line 2, character 18)";
        let place = JqlPlace::of(said).unwrap();
        assert_eq!((place.line, place.character), (2, 18));
        for none in [
            "",
            "(line 1)",
            "(line 0, character 3)",
            "(line 1, character 0)",
            "(line 1, character",
            "(line é, character 1)",
        ] {
            assert_eq!(JqlPlace::of(none), None, "{none}");
        }
    }

    #[test]
    fn a_parenthesis_that_we_put_around_a_query_is_not_counted() {
        assert_eq!(JqlPlace::unwrapped("Wrong. (line 1, character 10)"), "Wrong. (line 1, character 9)");
        for same in ["Wrong. (line 2, character 10)", "Wrong. (line 1, character 1)", "Wrong."] {
            assert_eq!(JqlPlace::unwrapped(same), same);
        }
    }
}
