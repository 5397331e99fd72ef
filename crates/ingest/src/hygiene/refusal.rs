//! Why a rule, a weight or a setting is not taken, as sentences of the catalogue.

use weir_metrics::{
    FieldTypes, ValueType,
    hygiene::{Goal, Operand, OperatorKind, RuleError, TextError, WeightError},
};
use weir_model::{HygieneFault, Message};

/// A sentence, and the member of what was sent that it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// What is wrong.
    pub message: Box<Message>,
    /// Where: members of a document with a slash before each, such as `/conditions/1`; nothing where it is about none of them.
    pub at: Option<String>,
}

impl Refused {
    pub(super) fn at(fault: impl Into<Message>, at: &str) -> Self {
        Self { message: Box::new(fault.into()), at: Some(at.to_owned()) }
    }
}

impl From<Message> for Refused {
    fn from(message: Message) -> Self {
        Self { message: Box::new(message), at: None }
    }
}

impl From<HygieneFault> for Refused {
    fn from(fault: HygieneFault) -> Self {
        Message::from(fault).into()
    }
}

impl From<weir_store::StoreError> for Refused {
    fn from(error: weir_store::StoreError) -> Self {
        error.message().clone().into()
    }
}

impl From<Refused> for weir_store::StoreError {
    fn from(refused: Refused) -> Self {
        (*refused.message).into()
    }
}

/// What a field holds, in words.
pub(super) fn holds_words(holds: ValueType) -> &'static str {
    match holds {
        ValueType::Text => "a text",
        ValueType::RichText => "a long text, of which the number of words is known",
        ValueType::Person => "the id of a person",
        ValueType::Number => "a number",
        ValueType::Date | ValueType::Instant => "a day, as 2026-01-31",
        ValueType::List => "several texts",
        ValueType::Flag => "true or false",
        ValueType::Count => "a number of events",
        ValueType::Elapsed => "a number of days",
    }
}

/// Why a rule, a filter or a group cannot make sense.
pub(super) fn of_rule(error: &RuleError, types: &FieldTypes) -> Message {
    let fault = match error {
        RuleError::UnknownField { field } => HygieneFault::FieldUnmapped { field: field.to_string() },
        RuleError::OperatorNotForField { field, operator, holds } => {
            let operators = OperatorKind::of(field, types);
            let operators = operators.into_iter().map(|operator| format!("\"{}\"", operator.words()));
            HygieneFault::Operator {
                field: field.to_string(),
                operator: operator.words().to_owned(),
                holds: holds_words(*holds).to_owned(),
                operators: operators.collect::<Vec<_>>().join(", "),
            }
        }
        RuleError::WrongOperand { field, holds, found } => HygieneFault::Operand {
            field: field.to_string(),
            holds: holds_words(*holds).to_owned(),
            found: match found {
                Operand::Text(text) => weir_model::clean(text, 100),
                other => other.to_string(),
            },
        },
        RuleError::NotACategory { found } => HygieneFault::Category { found: weir_model::clean(found, 100) },
        RuleError::NeverMissing { field } => HygieneFault::NeverMissing { field: field.to_string() },
        RuleError::NoHistory { field } => HygieneFault::NoHistory { field: field.to_string() },
        RuleError::NoValues { field } => HygieneFault::NoValues { field: field.to_string() },
        RuleError::OutOfRange { found } => HygieneFault::Range { found: found.to_string() },
        RuleError::TooFew => HygieneFault::TooFew {},
        RuleError::NoConditions => HygieneFault::NoConditions {},
        RuleError::NoName => HygieneFault::NoName {},
        RuleError::NameTooLong { length, most } => {
            HygieneFault::NameLong { length: *length as u64, most: *most as u64 }
        }
        RuleError::NameTaken { name } => HygieneFault::NameTaken { name: name.clone() },
        RuleError::GoalTwice { goal } => HygieneFault::GoalTwice { which: which(goal) },
        RuleError::GoalForAll => HygieneFault::GoalForAll {},
        RuleError::NoResponse => HygieneFault::NoResponse {},
        RuleError::EmptyWindow => HygieneFault::EmptyWindow {},
        RuleError::NoGroups { field } => HygieneFault::NoGroups { field: field.to_string() },
        RuleError::Instants => return Message::Bug { detail: error.to_string() },
    };
    fault.into()
}

/// Whose goal it is.
pub(super) fn which(goal: &Goal) -> String {
    let named = [("project", &goal.project), ("type", &goal.kind), ("priority", &goal.priority)];
    let named = named.iter().filter_map(|(what, name)| Some(format!("{what}={}", name.as_deref()?)));
    weir_model::clean(&named.collect::<Vec<_>>().join(","), 200)
}

/// Why words are no rule or filter.
pub(super) fn of_words(error: &TextError) -> Message {
    let short = |text: &str| weir_model::clean(text, 60);
    let fault = match error {
        TextError::Unexpected { after, wanted, found } => {
            HygieneFault::Words { after: short(after), wanted: (*wanted).to_owned(), found: short(found) }
        }
        TextError::Value { field, wanted, found } => HygieneFault::Value {
            field: field.to_string(),
            wanted: (*wanted).to_owned(),
            found: short(found),
        },
        TextError::Quotation(text) => HygieneFault::Quotation { text: short(text) },
    };
    fault.into()
}

/// Why weights cannot be.
pub(super) fn of_weights(error: &WeightError) -> Message {
    let fault = match error {
        WeightError::NotAWeight { rule, weight } => {
            HygieneFault::WeightBad { rule: rule.to_string(), weight: weight.to_string() }
        }
        WeightError::Sum { sum } => HygieneFault::WeightsSum { sum: sum.to_string() },
    };
    fault.into()
}

/// The same of weights that a question or a report gives, where nothing scales them.
pub(super) fn of_asked_weights(error: &WeightError) -> Message {
    match error {
        WeightError::Sum { sum } => HygieneFault::AskedWeightsSum { sum: sum.to_string() }.into(),
        WeightError::NotAWeight { .. } => of_weights(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_metrics::{
        Field,
        hygiene::{Condition, CustomRule},
    };

    #[test]
    fn a_refusal_says_what_would_do() {
        let types = FieldTypes::default();
        let refused = |text: &str| {
            let condition = Condition::read(text, &types).expect(text);
            of_rule(&condition.check(&types).expect_err(text), &types)
        };
        let message = refused("summary is greater than 3");
        assert_eq!(
            (message.id(), message.what()),
            ("hygiene.operator", "\"is greater than\" is not for summary.".into())
        );
        assert!(
            message.why().contains("summary holds a text. It is compared by: \"is missing\", \"equals\"")
        );
        assert_eq!(refused("due_date equals soon").why(), "due_date holds a day, as 2026-01-31.");
        assert_eq!(refused("custom:c9 is missing").id(), "hygiene.field_unmapped");
        assert_eq!(refused("created is older than 1000000").id(), "hygiene.range");
        let words = of_words(&CustomRule::read("x", "status", &types).expect_err("no rule"));
        assert_eq!(words.what(), "The words stop making sense after \"status\".");
        let groups = of_rule(&RuleError::NoGroups { field: Field::AgeDays }, &types);
        assert_eq!(groups.id(), "hygiene.groups");
    }
}
