//! Rules: each states what nobody wants of an issue. Thresholds and definitions: `docs` of each variant.

use super::{Condition, Filter, Goals, Operator, RuleError, condition::check_days};
use crate::{Field, FieldTypes};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{collections::BTreeSet, fmt};

/// The rules that everybody has, by their public ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "they are those of `Check`")]
pub enum BuiltIn {
    Idle,
    PoorDescription,
    NoDueDate,
    NoAssignee,
    NoComponents,
    MissedResponseTime,
    MissedResolutionTime,
    InactiveAssignee,
}

impl BuiltIn {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Idle,
        Self::PoorDescription,
        Self::NoDueDate,
        Self::NoAssignee,
        Self::NoComponents,
        Self::MissedResponseTime,
        Self::MissedResolutionTime,
        Self::InactiveAssignee,
    ];

    /// Its public id.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::PoorDescription => "poor_description",
            Self::NoDueDate => "no_due_date",
            Self::NoAssignee => "no_assignee",
            Self::NoComponents => "no_components",
            Self::MissedResponseTime => "missed_response_time",
            Self::MissedResolutionTime => "missed_resolution_time",
            Self::InactiveAssignee => "inactive_assignee",
        }
    }

    /// With the thresholds that hold where nobody chose others.
    pub fn by_default(self) -> Rule {
        let check = match self {
            Self::Idle => Check::Idle { days: 30.0 },
            Self::PoorDescription => Check::PoorDescription { words: 10 },
            Self::NoDueDate => Check::NoDueDate,
            Self::NoAssignee => Check::NoAssignee,
            Self::NoComponents => Check::NoComponents,
            Self::MissedResponseTime => Check::MissedResponseTime {
                goals: Goals::of(2.0),
                by: [Response::StatusChange, Response::Comment].into(),
            },
            Self::MissedResolutionTime => {
                Check::MissedResolutionTime { goals: Goals::of(14.0), left_out: Vec::new() }
            }
            Self::InactiveAssignee => Check::InactiveAssignee,
        };
        Rule { id: RuleId::BuiltIn(self), check }
    }
}

/// What a rule is called by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RuleId {
    /// One that everybody has.
    BuiltIn(BuiltIn),
    /// One that somebody wrote, by the id that it is kept under.
    Custom(String),
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(rule) => f.write_str(rule.as_str()),
            Self::Custom(id) => f.write_str(id),
        }
    }
}

impl From<&str> for RuleId {
    fn from(id: &str) -> Self {
        let known = BuiltIn::ALL.into_iter().find(|rule| rule.as_str() == id);
        known.map_or_else(|| Self::Custom(id.to_owned()), Self::BuiltIn)
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer).map(|id| Self::from(&*id))
    }
}

/// What counts as a response.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// The first change of status.
    StatusChange,
    /// The first comment by a known author who is not today's reporter.
    Comment,
    /// The first time that it had an assignee; creation, where it was created with one.
    Assignment,
}

/// What a rule looks for. T is the instant that is asked about.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "check", rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// More than so many days since anything happened: since the last edit that the tool saw, where that is not after T;
    /// else since the last thing known to have happened until T.
    Idle {
        /// Days.
        days: f64,
    },
    /// The description at T has fewer words, or there is none.
    PoorDescription {
        /// Words.
        words: u64,
    },
    /// No due date at T.
    NoDueDate,
    /// No assignee at T.
    NoAssignee,
    /// No components at T.
    NoComponents,
    /// The first response came later than the goal after creation; or has not come by T, and the goal is over. The goal is
    /// that for the project, type and priority at T.
    MissedResponseTime {
        /// Goals.
        goals: Goals,
        /// What counts as a response; the first of them.
        by: BTreeSet<Response>,
    },
    /// Done at T: its last entry into the category came later than the goal after creation. Not done at T: the goal is over.
    /// The goal is that for the project, type and priority at T.
    MissedResolutionTime {
        /// Goals.
        goals: Goals,
        /// Names of statuses in which time does not count.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<String>,
    },
    /// The account of the assignee at T is inactive or deleted today.
    InactiveAssignee,
    /// Whatever somebody wrote.
    Custom(CustomRule),
}

/// A rule that somebody wrote.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomRule {
    /// Its name.
    pub name: String,
    /// An issue is a miss when all of them hold.
    pub conditions: Vec<Condition>,
    /// Only issues that all of these let through can miss it. The others stay in scope.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Filter>,
}

/// A rule.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// What it looks for.
    #[serde(flatten)]
    pub check: Check,
}

impl Check {
    /// The conditions that all hold when an issue misses it; none where it is not made of conditions.
    pub fn conditions(&self) -> Vec<Condition> {
        let one = |field, operator| vec![Condition { field, operator }];
        match self {
            Self::Idle { days } => one(Field::Updated, Operator::OlderThan(*days)),
            Self::PoorDescription { words } => one(Field::Description, Operator::ShorterThan(*words)),
            Self::NoDueDate => one(Field::DueDate, Operator::Missing),
            Self::NoAssignee => one(Field::Assignee, Operator::Missing),
            Self::NoComponents => one(Field::Components, Operator::Missing),
            Self::Custom(custom) => custom.conditions.clone(),
            Self::MissedResponseTime { .. } | Self::MissedResolutionTime { .. } | Self::InactiveAssignee => {
                Vec::new()
            }
        }
    }
}

const LONGEST_NAME: usize = 40;

impl Rule {
    /// Whether it can make sense.
    ///
    /// # Errors
    /// The first reason why it cannot.
    pub fn check(&self, types: &FieldTypes) -> Result<(), RuleError> {
        match &self.check {
            Check::Idle { days } => check_days(*days),
            Check::PoorDescription { words: 0 } => Err(RuleError::TooFew),
            Check::MissedResponseTime { goals, by } => {
                if by.is_empty() {
                    return Err(RuleError::NoResponse);
                }
                goals.check()
            }
            Check::MissedResolutionTime { goals, .. } => goals.check(),
            Check::Custom(custom) => custom.check(types),
            _ => Ok(()),
        }
    }

    /// The fields that it looks at: where one of them is left out by configuration, it says nothing.
    pub fn fields(&self) -> BTreeSet<Field> {
        let with_goals = |goals: &Goals, field| {
            let by = |named: bool, field| named.then_some(field);
            let of_goal = goals.by.iter().flat_map(move |goal| {
                [
                    by(goal.project.is_some(), Field::Project),
                    by(goal.kind.is_some(), Field::Type),
                    by(goal.priority.is_some(), Field::Priority),
                ]
            });
            of_goal.flatten().chain([field, Field::Created]).collect()
        };
        match &self.check {
            Check::Idle { .. } => [Field::Updated].into(),
            Check::PoorDescription { .. } => [Field::Description].into(),
            Check::NoDueDate => [Field::DueDate].into(),
            Check::NoAssignee | Check::InactiveAssignee => [Field::Assignee].into(),
            Check::NoComponents => [Field::Components].into(),
            Check::MissedResponseTime { goals, by } => {
                let mut fields: BTreeSet<Field> = with_goals(goals, Field::Status);
                for response in by {
                    match response {
                        // A comment by whoever reported the issue is none.
                        Response::Comment => fields.extend([Field::CommentCount, Field::Reporter]),
                        Response::Assignment => fields.extend([Field::Assignee]),
                        Response::StatusChange => {}
                    }
                }
                fields
            }
            Check::MissedResolutionTime { goals, .. } => with_goals(goals, Field::Status),
            Check::Custom(custom) => {
                let fields = custom.conditions.iter().map(|condition| &condition.field);
                fields.chain(custom.only.iter().map(|filter| &filter.field)).cloned().collect()
            }
        }
    }
}

impl CustomRule {
    fn check(&self, types: &FieldTypes) -> Result<(), RuleError> {
        let length = self.name.chars().count();
        if self.name.trim().is_empty() {
            return Err(RuleError::NoName);
        }
        if length > LONGEST_NAME {
            return Err(RuleError::NameTooLong { length, most: LONGEST_NAME });
        }
        if self.conditions.is_empty() {
            return Err(RuleError::NoConditions);
        }
        self.conditions.iter().try_for_each(|condition| condition.check(types))?;
        self.only.iter().try_for_each(|filter| filter.check(types))
    }
}

/// Whether rules can make sense side by side.
///
/// # Errors
/// The first reason why one of them cannot, or why two cannot be told apart.
pub fn check_rules(rules: &[Rule], types: &FieldTypes) -> Result<(), RuleError> {
    let mut taken = BTreeSet::new();
    for rule in rules {
        rule.check(types)?;
        let name = match &rule.check {
            Check::Custom(custom) => custom.name.trim().to_lowercase(),
            _ => rule.id.to_string(),
        };
        let is_new = taken.insert(name.clone());
        if !is_new || rules.iter().filter(|other| other.id == rule.id).count() > 1 {
            return Err(RuleError::NameTaken { name });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        for rule in BuiltIn::ALL.map(BuiltIn::by_default) {
            let json = serde_json::to_string(&rule).unwrap();
            assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), rule, "{json}");
            rule.check(&FieldTypes::default()).unwrap();
        }
        let json = r#"{"id":"r1","check":"custom","name":"Old bugs","conditions":[{"field":"age_days","op":"greater_than","value":90.0}],"only":[{"field":"type","mode":"include","any":[{"op":"equals","value":"Bug"}]}]}"#;
        let rule: Rule = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&rule).unwrap(), json);
        assert_eq!(rule.fields(), [Field::Type, Field::AgeDays].into());
        let json = r#"{"id":"missed_resolution_time","check":"missed_resolution_time","goals":{"days":14.0,"by":[{"type":"Bug","days":3.5}]},"left_out":["Waiting"]}"#;
        let rule: Rule = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&rule).unwrap(), json);
    }

    #[test]
    fn rules_that_cannot_be_told_apart_are_refused() {
        let custom = |id: &str, name: &str| Rule {
            id: RuleId::from(id),
            check: Check::Custom(CustomRule {
                name: name.into(),
                conditions: vec![Condition { field: Field::Labels, operator: Operator::Missing }],
                only: Vec::new(),
            }),
        };
        let check = |rules: &[Rule]| check_rules(rules, &FieldTypes::default());
        assert_eq!(check(&[custom("a", "One"), custom("b", "Two")]), Ok(()));
        assert!(matches!(
            check(&[custom("a", "One"), custom("b", "one ")]),
            Err(RuleError::NameTaken { .. })
        ));
        assert!(matches!(check(&[custom("a", "One"), custom("a", "Two")]), Err(RuleError::NameTaken { .. })));
        assert_eq!(check(&[custom("a", " ")]), Err(RuleError::NoName));
        let long = "x".repeat(41);
        assert_eq!(check(&[custom("a", &long)]), Err(RuleError::NameTooLong { length: 41, most: 40 }));
    }
}
