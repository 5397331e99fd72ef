//! What people say that a custom field is.

use crate::Millis;

/// What a field stands for, where that has a name of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FieldRole {
    /// Story points, in the place of the field that is recognised by itself.
    StoryPoints,
    /// The sprints that an issue is or was in, in the place of those that are recognised.
    Sprint,
    /// The epic that it belongs to, in the place of the one that is recognised.
    Epic,
    /// The team that works on an issue.
    Team,
    /// How severe it is.
    Severity,
    /// Where it was found.
    Environment,
}

impl FieldRole {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::StoryPoints, Self::Sprint, Self::Epic, Self::Team, Self::Severity, Self::Environment];

    /// Its public word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StoryPoints => "story_points",
            Self::Sprint => "sprint",
            Self::Epic => "epic",
            Self::Team => "team",
            Self::Severity => "severity",
            Self::Environment => "environment",
        }
    }

    /// The role of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// A custom field that somebody mapped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldMapping {
    /// The field's id.
    pub field_id: String,
    /// What its values are read as, by a word of those who work numbers out.
    pub holds: String,
    /// What it stands for.
    pub role: Option<FieldRole>,
    /// The type that the site gave when somebody last said that it is right.
    pub seen_type: Option<String>,
    /// And the sort of field.
    pub seen_source: Option<String>,
    /// When that was.
    pub mapped_at: Millis,
}
