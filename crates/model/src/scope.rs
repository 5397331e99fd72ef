//! What an integration brings in, and what it never asks for.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which issues.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything the account can see.
    #[default]
    Everything,
    /// These projects, by key.
    Projects(Vec<String>),
    /// What this JQL matches.
    Jql(String),
}

/// Fields that are never requested and kept nowhere.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Exclusions {
    /// Field ids, `summary`, `description`, `comment` or any other.
    pub fields: BTreeSet<String>,
    /// Names, e-mail addresses and avatars of people; their ids stay.
    pub user_details: bool,
}

impl Exclusions {
    /// Reads the words of `--exclude`: field ids, and `userDetails`.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut exclusions = Self::default();
        for word in
            words.into_iter().flat_map(|word| word.split(',')).map(str::trim).filter(|word| !word.is_empty())
        {
            match word {
                "userDetails" => exclusions.user_details = true,
                "comments" => _ = exclusions.fields.insert("comment".to_owned()),
                field => _ = exclusions.fields.insert(field.to_owned()),
            }
        }
        exclusions
    }

    /// Whether this field, by its id, is excluded.
    pub fn excludes(&self, field_id: &str) -> bool {
        self.fields.contains(field_id)
    }

    /// Whether anything is excluded.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && !self.user_details
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_come_in_one_list_or_many() {
        let exclusions = Exclusions::parse(["summary, description", "userDetails", "customfield_10042"]);
        assert!(exclusions.user_details);
        assert!(exclusions.excludes("summary") && exclusions.excludes("customfield_10042"));
        assert!(!exclusions.excludes("comment"));
        assert!(Exclusions::parse([" ", ""]).is_empty());
    }
}
