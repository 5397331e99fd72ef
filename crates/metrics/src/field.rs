//! The fields that rules, filters and groups may name.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

/// A field: standard, derived, or one that people added.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "the names are those of the public views")]
pub enum Field {
    Key,
    Project,
    Type,
    Subtask,
    Status,
    /// `todo`, `in_progress`, `done`: of the status, by today's table of categories.
    StatusCategory,
    Priority,
    Resolution,
    Summary,
    /// Words of the description; its text is not kept.
    Description,
    Assignee,
    Reporter,
    Creator,
    Parent,
    Epic,
    StoryPoints,
    Labels,
    Components,
    FixVersions,
    AffectsVersions,
    /// Ids of the sprints it is or was in.
    Sprints,
    DueDate,
    SecurityLevel,
    Created,
    /// The last time anything happened.
    Updated,
    Resolved,
    /// How often the assignee changed.
    Hops,
    /// How often it left a Done status again.
    Bounces,
    /// Days since the status last changed, or since creation.
    DaysInStatus,
    /// In how many sprints it is or was.
    SprintCount,
    /// Days since creation.
    AgeDays,
    /// How many comments it has.
    CommentCount,
    /// A mapped field, by its id.
    Custom(Arc<str>),
}

const STANDARD: &[(Field, &str)] = &[
    (Field::Key, "key"),
    (Field::Project, "project"),
    (Field::Type, "type"),
    (Field::Subtask, "subtask"),
    (Field::Status, "status"),
    (Field::StatusCategory, "status_category"),
    (Field::Priority, "priority"),
    (Field::Resolution, "resolution"),
    (Field::Summary, "summary"),
    (Field::Description, "description"),
    (Field::Assignee, "assignee"),
    (Field::Reporter, "reporter"),
    (Field::Creator, "creator"),
    (Field::Parent, "parent"),
    (Field::Epic, "epic"),
    (Field::StoryPoints, "story_points"),
    (Field::Labels, "labels"),
    (Field::Components, "components"),
    (Field::FixVersions, "fix_versions"),
    (Field::AffectsVersions, "affects_versions"),
    (Field::Sprints, "sprints"),
    (Field::DueDate, "due_date"),
    (Field::SecurityLevel, "security_level"),
    (Field::Created, "created"),
    (Field::Updated, "updated"),
    (Field::Resolved, "resolved"),
    (Field::Hops, "hops"),
    (Field::Bounces, "bounces"),
    (Field::DaysInStatus, "days_in_status"),
    (Field::SprintCount, "sprint_count"),
    (Field::AgeDays, "age_days"),
    (Field::CommentCount, "comment_count"),
];

const CUSTOM: &str = "custom:";

/// What kind of value a field holds; it decides which operators make sense.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// A text, or a name out of a list.
    Text,
    /// A long text, of which the number of words is known.
    RichText,
    /// The id of a person.
    Person,
    /// A number.
    Number,
    /// A day.
    Date,
    /// An instant.
    Instant,
    /// Several texts.
    List,
    /// Yes or no.
    Flag,
    /// A number of events, which only grows.
    Count,
    /// Days that have gone by, which are not whole.
    Elapsed,
}

impl Field {
    /// The fields that every issue has, in a settled order.
    pub fn standard() -> impl Iterator<Item = Self> {
        STANDARD.iter().map(|(field, _)| field.clone())
    }

    /// Whether its value is kept, and not worked out from others.
    pub fn is_kept(&self) -> bool {
        !self.is_derived() && !matches!(self, Self::StatusCategory | Self::Created | Self::Updated)
    }

    /// Whether it is worked out from the history of others, so that every issue has a value.
    pub fn is_derived(&self) -> bool {
        matches!(
            self,
            Self::Hops
                | Self::Bounces
                | Self::DaysInStatus
                | Self::SprintCount
                | Self::AgeDays
                | Self::CommentCount
        )
    }

    /// Whether its changes are known. What has none is taken as it is today.
    pub fn has_history(&self) -> bool {
        self.is_kept() && !matches!(self, Self::Subtask | Self::Creator)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custom(id) => write!(f, "{CUSTOM}{id}"),
            _ => f.write_str(STANDARD.iter().find(|(field, _)| field == self).map_or("", |(_, name)| name)),
        }
    }
}

/// A name that no field has.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0} is no field")]
pub struct UnknownField(pub String);

impl FromStr for Field {
    type Err = UnknownField;

    /// Reads the name of a standard or derived field, or `custom:ID`.
    fn from_str(name: &str) -> Result<Self, UnknownField> {
        if let Some(id) = name.strip_prefix(CUSTOM).filter(|id| !id.is_empty()) {
            return Ok(Self::Custom(Arc::from(id)));
        }
        let known = STANDARD.iter().find(|(_, known)| *known == name);
        known.map(|(field, _)| field.clone()).ok_or_else(|| UnknownField(name.to_owned()))
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        name.parse().map_err(de::Error::custom)
    }
}

/// The types of the mapped fields, by id.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct FieldTypes(BTreeMap<Arc<str>, ValueType>);

impl FieldTypes {
    /// The type of a field; `None` for a field that is not mapped.
    pub fn of(&self, field: &Field) -> Option<ValueType> {
        Some(match field {
            Field::Custom(id) => return self.0.get(id).copied(),
            Field::Subtask => ValueType::Flag,
            Field::Description => ValueType::RichText,
            Field::Assignee | Field::Reporter | Field::Creator => ValueType::Person,
            Field::StoryPoints => ValueType::Number,
            Field::Labels
            | Field::Components
            | Field::FixVersions
            | Field::AffectsVersions
            | Field::Sprints => ValueType::List,
            Field::DueDate => ValueType::Date,
            Field::Created | Field::Updated | Field::Resolved => ValueType::Instant,
            Field::Hops | Field::Bounces | Field::SprintCount | Field::CommentCount => ValueType::Count,
            Field::DaysInStatus | Field::AgeDays => ValueType::Elapsed,
            Field::Key
            | Field::Project
            | Field::Type
            | Field::Status
            | Field::StatusCategory
            | Field::Priority
            | Field::Resolution
            | Field::Summary
            | Field::Parent
            | Field::Epic
            | Field::SecurityLevel => ValueType::Text,
        })
    }
}

impl<I: Into<Arc<str>>> FromIterator<(I, ValueType)> for FieldTypes {
    fn from_iter<T: IntoIterator<Item = (I, ValueType)>>(types: T) -> Self {
        Self(types.into_iter().map(|(id, kind)| (id.into(), kind)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read_as_it_is_written() {
        for field in Field::standard().chain([Field::Custom("customfield_1".into())]) {
            assert_eq!(field.to_string().parse(), Ok(field.clone()));
            let json = serde_json::to_string(&field).unwrap();
            assert_eq!(serde_json::from_str::<Field>(&json).unwrap(), field);
        }
        assert!("custom:".parse::<Field>().is_err());
        assert!("colour".parse::<Field>().is_err());
    }

    #[test]
    fn the_type_of_a_field_that_is_not_mapped_is_not_known() {
        let types = FieldTypes::from_iter([("customfield_1", ValueType::Date)]);
        assert_eq!(types.of(&Field::Custom("customfield_1".into())), Some(ValueType::Date));
        assert_eq!(types.of(&Field::Custom("customfield_2".into())), None);
        assert!(Field::standard().all(|field| types.of(&field).is_some()));
    }
}
