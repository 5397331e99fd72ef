//! What cannot be asked because of a field: a rule on it says nothing, and a filter on it is refused.

use super::KnownFields;
use serde::Serialize;
use std::collections::BTreeMap;
use weir_metrics::{
    Field, FieldTypes,
    hygiene::{Check, Rule, Scope},
};
use weir_model::{Exclusions, HygieneFault, HygieneWords as Words, Integration};

/// Why a rule is not asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockedBecause {
    /// Configuration leaves the field out.
    LeftOut,
    /// The field was left out before, and has not been read again yet.
    NotReadYet,
    /// The field is not mapped.
    Unmapped,
    /// The field is mapped as something else than when the rule was written, so that its comparison makes no sense.
    ReadDifferently,
}

impl BlockedBecause {
    /// What programs read: `left_out`, `not_read_yet`, `unmapped` or `read_differently`.
    pub fn word(self) -> &'static str {
        match self {
            Self::LeftOut => "left_out",
            Self::NotReadYet => "not_read_yet",
            Self::Unmapped => "unmapped",
            Self::ReadDifferently => "read_differently",
        }
    }

    /// The same of a field, as people read it at a terminal.
    fn said(self, field: &str) -> String {
        let field = field.to_owned();
        match self {
            Self::LeftOut => Words::FieldLeftOut { field },
            Self::NotReadYet => Words::FieldNotReadYet { field },
            Self::Unmapped => Words::FieldUnmapped { field },
            Self::ReadDifferently => Words::FieldReadDifferently { field },
        }
        .to_string()
    }

    /// The same on a page.
    fn shown(self, field: &str) -> String {
        match self {
            Self::Unmapped => Words::FieldUnmappedHere { field: field.to_owned() }.to_string(),
            Self::LeftOut | Self::NotReadYet | Self::ReadDifferently => self.said(field),
        }
    }
}

/// A field that keeps a rule from being asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blocked {
    /// The field.
    pub field: String,
    /// Why it does.
    pub because: BlockedBecause,
}

impl Blocked {
    /// Why it was not asked, as people read it at a terminal.
    pub fn said(&self) -> String {
        self.because.said(&self.field)
    }

    /// The same on a page.
    pub fn shown(&self) -> String {
        self.because.shown(&self.field)
    }

    /// What is said where the rule is asked for by itself.
    pub(super) fn fault(self, rule: String) -> HygieneFault {
        let field = self.field;
        match self.because {
            BlockedBecause::LeftOut => HygieneFault::RuleLeftOut { rule, field },
            BlockedBecause::NotReadYet => HygieneFault::RuleNotReadYet { rule, field },
            BlockedBecause::Unmapped => HygieneFault::RuleUnmapped { rule, field },
            BlockedBecause::ReadDifferently => HygieneFault::RuleOutdated { rule, field },
        }
    }
}

/// What keeps a rule of an integration from being asked, where something does.
pub fn blocked_of(rule: &Rule, integration: &Integration, fields: &KnownFields) -> Option<Blocked> {
    blocked(rule, &integration.settings.exclusions, fields)
}

/// Why a rule cannot be asked, where it cannot.
pub(super) fn blocked(rule: &Rule, exclusions: &Exclusions, known: &KnownFields) -> Option<Blocked> {
    let types = &known.types;
    let fields = rule.fields();
    let because = |because| move |field| Blocked { field, because };
    let left_out = fields.iter().find_map(|field| excluded(field, exclusions, known));
    let unread = || fields.iter().find_map(|field| unread(field, known));
    let unmapped = || fields.iter().find(|field| types.of(field).is_none()).map(ToString::to_string);
    left_out
        .map(because(BlockedBecause::LeftOut))
        .or_else(|| unread().map(because(BlockedBecause::NotReadYet)))
        .or_else(|| unmapped().map(because(BlockedBecause::Unmapped)))
        .or_else(|| unfit(rule, types).map(because(BlockedBecause::ReadDifferently)))
}

/// A field that is compared with what it does not hold any more.
fn unfit(rule: &Rule, types: &FieldTypes) -> Option<String> {
    let Check::Custom(custom) = &rule.check else { return None };
    let condition = custom.conditions.iter().find(|one| one.check(types).is_err()).map(|one| &one.field);
    let filter = || custom.only.iter().find(|one| one.check(types).is_err()).map(|one| &one.field);
    condition.or_else(filter).map(ToString::to_string)
}

/// What is said of a field that the scope asks for and of which nothing is known.
pub(super) fn asked_for(scope: &Scope, exclusions: &Exclusions, known: &KnownFields) -> Option<HygieneFault> {
    scope.fields().iter().find_map(|field| not_known(field, exclusions, known))
}

/// What is said of a field of which nothing is known: configuration leaves it out, or did so when issues were read last.
pub(crate) fn not_known(field: &Field, exclusions: &Exclusions, known: &KnownFields) -> Option<HygieneFault> {
    let left_out = excluded(field, exclusions, known).map(|field| HygieneFault::FieldLeftOut { field });
    left_out.or_else(|| unread(field, known).map(|field| HygieneFault::FieldNotReadYet { field }))
}

/// What Jira calls a field, or what feeds it, where that is left out.
pub(crate) fn excluded(field: &Field, exclusions: &Exclusions, known: &KnownFields) -> Option<String> {
    among(field, exclusions, &known.left_out)
}

/// The same where it was left out, and has not been read again yet.
fn unread(field: &Field, known: &KnownFields) -> Option<String> {
    among(field, &known.unread, &known.fed_by_unread)
}

fn among(field: &Field, exclusions: &Exclusions, fed: &BTreeMap<Field, String>) -> Option<String> {
    let id = match field {
        Field::Summary => "summary",
        Field::Description => "description",
        Field::Priority => "priority",
        Field::Resolution => "resolution",
        Field::Assignee | Field::Hops => "assignee",
        Field::Reporter => "reporter",
        Field::Creator => "creator",
        Field::Parent => "parent",
        Field::Labels => "labels",
        Field::Components => "components",
        Field::FixVersions => "fixVersions",
        Field::AffectsVersions => "versions",
        Field::DueDate => "duedate",
        Field::SecurityLevel => "security",
        Field::Resolved => "resolutiondate",
        Field::CommentCount => "comment",
        Field::Custom(id) => id,
        Field::StoryPoints | Field::Epic => return fed.get(field).cloned(),
        Field::Sprints | Field::SprintCount => return fed.get(&Field::Sprints).cloned(),
        // Without these nothing is read, or they are not fields of Jira's that can be left out by a name of their own.
        Field::Key
        | Field::Project
        | Field::Type
        | Field::Subtask
        | Field::Status
        | Field::StatusCategory
        | Field::Created
        | Field::Updated
        | Field::Bounces
        | Field::DaysInStatus
        | Field::AgeDays => return None,
    };
    exclusions.excludes(id).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_metrics::{
        ValueType,
        hygiene::{Basis, BuiltIn, CustomRule, Filter, Goals, Response, RuleId},
    };

    #[test]
    fn a_rule_on_a_field_that_is_left_out_says_nothing() {
        let exclusions = Exclusions::parse(["duedate,comment"]);
        let left_out: Vec<_> = BuiltIn::ALL
            .map(BuiltIn::by_default)
            .iter()
            .filter_map(|rule| {
                Some((rule.id.to_string(), blocked(rule, &exclusions, &KnownFields::default())?.field))
            })
            .collect();
        let of = |rule: &str, field: &str| (rule.to_owned(), field.to_owned());
        assert_eq!(left_out, [of("no_due_date", "duedate"), of("missed_response_time", "comment")]);
        let scope = Scope { filters: vec![Filter::one_of(Field::DueDate, ["2026-03-04"])], basis: None };
        let left_out = |field: &str| Some(HygieneFault::FieldLeftOut { field: field.to_owned() });
        assert_eq!(asked_for(&scope, &exclusions, &KnownFields::default()), left_out("duedate"));
        assert_eq!(asked_for(&Scope::default(), &exclusions, &KnownFields::default()), None);
    }

    #[test]
    fn a_response_is_not_looked_for_where_what_tells_it_is_left_out() {
        let rule = |by: Response| Rule {
            id: RuleId::from("missed_response_time"),
            check: Check::MissedResponseTime { goals: Goals::of(2.0), by: [by].into() },
        };
        for (by, fields) in [
            (Response::Comment, &["comment", "reporter"][..]),
            (Response::Assignment, &["assignee"]),
            (Response::StatusChange, &[]),
        ] {
            for field in ["comment", "reporter", "assignee"] {
                let exclusions = Exclusions::parse([field]);
                let known = KnownFields { unread: exclusions.clone(), ..KnownFields::default() };
                let found = [
                    blocked(&rule(by), &exclusions, &KnownFields::default()),
                    blocked(&rule(by), &Exclusions::default(), &known),
                ]
                .map(|found| found.map(|one| (one.field, one.because)));
                let of = |because| fields.contains(&field).then(|| (field.to_owned(), because));
                assert_eq!(
                    found,
                    [BlockedBecause::LeftOut, BlockedBecause::NotReadYet].map(of),
                    "{by:?} {field}"
                );
            }
        }
    }

    #[test]
    fn what_is_brought_in_again_says_nothing_until_it_is_read() {
        let known = KnownFields { unread: Exclusions::parse(["duedate,comment"]), ..KnownFields::default() };
        let none = Exclusions::default();
        let blocked_by: Vec<_> = BuiltIn::ALL
            .map(BuiltIn::by_default)
            .iter()
            .filter_map(|rule| blocked(rule, &none, &known))
            .map(|one| (one.field, one.because))
            .collect();
        let of = |field: &str| (field.to_owned(), BlockedBecause::NotReadYet);
        assert_eq!(blocked_by, [of("duedate"), of("comment")]);
        let unread = Some(HygieneFault::FieldNotReadYet { field: "duedate".to_owned() });
        assert_eq!(not_known(&Field::DueDate, &none, &known), unread);
        assert_eq!(not_known(&Field::Labels, &none, &known), None);
    }

    #[test]
    fn what_is_fed_by_a_field_that_is_left_out_is_left_out_with_it() {
        let known = KnownFields {
            left_out: [(Field::Sprints, "c1".to_owned()), (Field::StoryPoints, "c2".to_owned())].into(),
            ..KnownFields::default()
        };
        let none = Exclusions::default();
        for (text, field) in [
            ("sprints is missing", Some("c1")),
            ("sprint_count is greater than 1", Some("c1")),
            ("labels is missing only for story_points is greater than 3", Some("c2")),
            ("epic is missing", None),
            ("bounces is greater than 1", None),
        ] {
            let custom = CustomRule::read("x", text, &known.types).expect(text);
            let rule = Rule { id: RuleId::from("r"), check: Check::Custom(custom) };
            let found = blocked(&rule, &none, &known).map(|one| (one.field, one.because));
            assert_eq!(found, field.map(|field| (field.to_owned(), BlockedBecause::LeftOut)), "{text}");
        }
        let of_sprints = Scope { filters: vec![], basis: Some(Basis::ActiveSprint) };
        let left_out = HygieneFault::FieldLeftOut { field: "c1".to_owned() };
        assert_eq!(asked_for(&of_sprints, &none, &known), Some(left_out));
    }

    #[test]
    fn a_rule_on_a_field_that_is_read_differently_now_is_told_from_one_that_is_not_mapped() {
        let types = |kind| FieldTypes::from_iter([("c1", kind)]);
        let none = Exclusions::default();
        for text in ["custom:c1 is greater than 3", "labels is missing only for custom:c1 is greater than 3"]
        {
            let custom = CustomRule::read("Big", text, &types(ValueType::Number)).expect(text);
            let rule = Rule { id: RuleId::from("r"), check: Check::Custom(custom) };
            let because = |types: &FieldTypes| {
                let known = KnownFields { types: types.clone(), ..KnownFields::default() };
                blocked(&rule, &none, &known).map(|one| (one.field, one.because))
            };
            let of_it = |because| Some(("custom:c1".to_owned(), because));
            assert_eq!(because(&types(ValueType::Number)), None);
            assert_eq!(because(&types(ValueType::Text)), of_it(BlockedBecause::ReadDifferently), "{text}");
            assert_eq!(because(&FieldTypes::default()), of_it(BlockedBecause::Unmapped), "{text}");
        }
        let said = BlockedBecause::Unmapped.said("custom:c1");
        assert_eq!(said, "custom:c1 is not mapped; map it with weir fields map");
    }
}
