//! What cannot be asked because nothing is known of a field: a rule on it says nothing, and a filter on it is refused.

use weir_metrics::{
    Field, FieldTypes,
    hygiene::{Check, Response, Rule, Scope},
};
use weir_model::Exclusions;

/// A field that the rule looks at and nothing is known of: configuration leaves it out, or it is not mapped any more.
pub(super) fn left_out(rule: &Rule, exclusions: &Exclusions, types: &FieldTypes) -> Option<String> {
    let fields = rule.fields();
    let of_field = fields.iter().find_map(|field| excluded(field, exclusions));
    let of_field =
        of_field.or_else(|| fields.iter().find(|field| types.of(field).is_none()).map(ToString::to_string));
    let of_response = match &rule.check {
        Check::MissedResponseTime { by, .. } if by.contains(&Response::Comment) => {
            exclusions.excludes("comment").then(|| "comment".to_owned())
        }
        _ => None,
    };
    of_field.or(of_response)
}

/// A field that configuration leaves out and the scope asks for.
pub(super) fn asked_for(scope: &Scope, exclusions: &Exclusions) -> Option<String> {
    scope.filters.iter().find_map(|filter| excluded(&filter.field, exclusions))
}

/// What Jira calls a field, where it is left out.
pub(crate) fn excluded(field: &Field, exclusions: &Exclusions) -> Option<String> {
    let id = match field {
        Field::Summary => "summary",
        Field::Description => "description",
        Field::Priority => "priority",
        Field::Resolution => "resolution",
        Field::Assignee | Field::Hops => "assignee",
        Field::Reporter => "reporter",
        Field::Creator => "creator",
        Field::Parent | Field::Epic => "parent",
        Field::Labels => "labels",
        Field::Components => "components",
        Field::FixVersions => "fixVersions",
        Field::AffectsVersions => "versions",
        Field::DueDate => "duedate",
        Field::SecurityLevel => "security",
        Field::Resolved => "resolutiondate",
        Field::CommentCount => "comment",
        Field::Custom(id) => id,
        // Without these nothing is read, or they are not fields of Jira's that can be left out by a name of their own.
        Field::Key
        | Field::Project
        | Field::Type
        | Field::Subtask
        | Field::Status
        | Field::StatusCategory
        | Field::StoryPoints
        | Field::Sprints
        | Field::Created
        | Field::Updated
        | Field::Bounces
        | Field::DaysInStatus
        | Field::SprintCount
        | Field::AgeDays => return None,
    };
    exclusions.excludes(id).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_metrics::hygiene::{BuiltIn, Filter};

    #[test]
    fn a_rule_on_a_field_that_is_left_out_says_nothing() {
        let exclusions = Exclusions::parse(["duedate,comment"]);
        let blocked: Vec<_> = BuiltIn::ALL
            .map(BuiltIn::by_default)
            .iter()
            .filter_map(|rule| {
                Some((rule.id.to_string(), left_out(rule, &exclusions, &FieldTypes::default())?))
            })
            .collect();
        let of = |rule: &str, field: &str| (rule.to_owned(), field.to_owned());
        assert_eq!(blocked, [of("no_due_date", "duedate"), of("missed_response_time", "comment")]);
        let scope = Scope { filters: vec![Filter::one_of(Field::DueDate, ["2026-03-04"])], basis: None };
        assert_eq!(asked_for(&scope, &exclusions).as_deref(), Some("duedate"));
        assert_eq!(asked_for(&Scope::default(), &exclusions), None);
    }
}
