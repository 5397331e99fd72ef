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

impl Scope {
    /// Whether everything that is in the other scope is in this one, whatever the site holds.
    pub fn takes_all_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everything, _) => true,
            (Self::Projects(mine), Self::Projects(theirs)) => {
                theirs.iter().all(|key| mine.iter().any(|known| same_key(known, key)))
            }
            (Self::Jql(mine), Self::Jql(theirs)) => mine == theirs,
            _ => false,
        }
    }

    /// The filter, where there is one.
    pub fn filter(&self) -> Option<&str> {
        match self {
            Self::Jql(text) => Some(text),
            Self::Everything | Self::Projects(_) => None,
        }
    }
}

/// Whether two keys are of the same project: people write them in any case.
pub fn same_key(one: &str, other: &str) -> bool {
    one.to_uppercase() == other.to_uppercase()
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
    /// Without these an issue cannot be told apart, placed or kept in order.
    pub const REQUIRED: [&str; 5] = ["project", "issuetype", "status", "created", "updated"];

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

    /// What is excluded here and not there.
    pub fn beyond(&self, other: &Self) -> Self {
        Self {
            fields: self.fields.difference(&other.fields).cloned().collect(),
            user_details: self.user_details && !other.user_details,
        }
    }

    /// The words of `--exclude` that say it.
    pub fn words(&self) -> Vec<&str> {
        let details = self.user_details.then_some("userDetails");
        self.fields.iter().map(String::as_str).chain(details).collect()
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

    #[test]
    fn what_is_newly_excluded_is_what_was_not_before() {
        let (before, after) =
            (Exclusions::parse(["summary,comment"]), Exclusions::parse(["comment,userDetails"]));
        assert_eq!(after.beyond(&before).words(), ["userDetails"]);
        assert_eq!(before.beyond(&after).words(), ["summary"]);
    }

    #[test]
    fn a_scope_takes_all_of_another_only_where_that_is_sure() {
        let projects = |keys: &[&str]| Scope::Projects(keys.iter().map(|key| (*key).to_owned()).collect());
        let filter = |text: &str| Scope::Jql(text.to_owned());
        assert!(Scope::Everything.takes_all_of(&filter("a = 1")));
        assert!(projects(&["OPS", "eng"]).takes_all_of(&projects(&["ENG"])));
        assert!(!projects(&["ENG"]).takes_all_of(&projects(&["ENG", "OPS"])));
        assert!(!projects(&["ENG"]).takes_all_of(&Scope::Everything));
        assert!(!filter("project = ENG").takes_all_of(&projects(&["ENG"])));
        assert!(
            filter("a = 1").takes_all_of(&filter("a = 1")) && !filter("a = 1").takes_all_of(&filter("a > 1"))
        );
    }
}
