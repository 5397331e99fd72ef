//! A rule as programs write it.

use crate::http::name::Printable;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, Type},
    },
};
use weir_ingest::hygiene::{ComparisonWish, ConditionWish, FilterWish, Mode, OperatorKind, RuleWish};

/// A rule: in words, or as conditions and filters. It states what nobody wants.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleBody {
    // Unique in the integration, in any case of letters.
    #[schema(inline)]
    name: Printable<40>,
    /// What nobody wants, in words: `due_date is missing and age_days is greater than 90 only for type is one of Bug, Task`.
    #[serde(default)]
    text: Option<String>,
    /// The same as conditions, all of which hold of a miss.
    #[serde(default)]
    conditions: Option<Vec<ConditionBody>>,
    /// Issues that these filters do not let through cannot miss it.
    #[serde(default)]
    only: Option<Vec<FilterBody>>,
}

/// A comparison of a field.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConditionBody {
    /// The name of a field, or `custom:ID`.
    field: String,
    op: OperatorWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<ValueBody>,
}

/// A filter: it finds an issue when one of its comparisons holds.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilterBody {
    /// The name of a field, or `custom:ID`.
    field: String,
    #[serde(default)]
    mode: ModeWord,
    any: Vec<ComparisonBody>,
}

/// A comparison of the field of a filter.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComparisonBody {
    op: OperatorWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<ValueBody>,
}

/// How a value is compared, in the words of the engine.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct OperatorWord(OperatorKind);

impl PartialSchema for OperatorWord {
    fn schema() -> RefOr<Schema> {
        let words = OperatorKind::ALL.map(|kind| serde_json::to_value(kind).unwrap_or_default());
        let text = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
        text.description(Some("How a value is compared.")).into()
    }
}

impl ToSchema for OperatorWord {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("OperatorWord")
    }
}

/// What becomes of the issues that a filter finds.
#[derive(Clone, Copy, Default, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ModeWord {
    #[default]
    Include,
    Exclude,
}

/// What is compared with: of `one_of` a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
enum ValueBody {
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<OperandBody>),
}

/// A value.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
enum OperandBody {
    Flag(bool),
    Number(f64),
    Text(String),
}

/// A number as JSON writes it: a whole one without a point.
fn number(number: f64) -> Value {
    match number.fract() == 0.0 && number.abs() < 9e15 {
        true => Value::from(number as i64),
        false => Value::from(number),
    }
}

impl From<ValueBody> for Value {
    fn from(value: ValueBody) -> Self {
        let operand = |one| match one {
            OperandBody::Flag(flag) => Value::from(flag),
            OperandBody::Number(found) => number(found),
            OperandBody::Text(text) => Value::from(text),
        };
        match value {
            ValueBody::Flag(flag) => Value::from(flag),
            ValueBody::Number(found) => number(found),
            ValueBody::Text(text) => Value::from(text),
            ValueBody::List(all) => all.into_iter().map(operand).collect(),
        }
    }
}

/// One of ours as the same one of the engine's, which have the same words.
fn as_same<A: Serialize, B: for<'de> Deserialize<'de>>(from: A) -> Option<B> {
    serde_json::to_value(from).and_then(serde_json::from_value).ok()
}

impl From<ConditionBody> for ConditionWish {
    fn from(body: ConditionBody) -> Self {
        Self { field: body.field, op: body.op.0, value: body.value.map(Value::from) }
    }
}

impl From<ConditionWish> for ConditionBody {
    fn from(wish: ConditionWish) -> Self {
        Self { field: wish.field, op: OperatorWord(wish.op), value: wish.value.and_then(as_same) }
    }
}

impl From<ComparisonBody> for ComparisonWish {
    fn from(body: ComparisonBody) -> Self {
        Self { op: body.op.0, value: body.value.map(Value::from) }
    }
}

impl From<FilterBody> for FilterWish {
    fn from(body: FilterBody) -> Self {
        Self {
            field: body.field,
            mode: match body.mode {
                ModeWord::Include => Mode::Include,
                ModeWord::Exclude => Mode::Exclude,
            },
            any: body.any.into_iter().map(ComparisonWish::from).collect(),
        }
    }
}

impl From<FilterWish> for FilterBody {
    fn from(wish: FilterWish) -> Self {
        let comparison = |one: ComparisonWish| ComparisonBody {
            op: OperatorWord(one.op),
            value: one.value.and_then(as_same),
        };
        Self {
            field: wish.field,
            mode: match wish.mode {
                Mode::Include => ModeWord::Include,
                Mode::Exclude => ModeWord::Exclude,
            },
            any: wish.any.into_iter().map(comparison).collect(),
        }
    }
}

impl From<RuleBody> for RuleWish {
    fn from(body: RuleBody) -> Self {
        Self {
            name: body.name.0,
            text: body.text,
            conditions: body.conditions.map(|all| all.into_iter().map(ConditionWish::from).collect()),
            only: body.only.map(|all| all.into_iter().map(FilterWish::from).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_of_the_engine_has_its_word() {
        let schema = serde_json::to_value(OperatorWord::schema()).expect("a document");
        for kind in OperatorKind::ALL {
            let word = serde_json::to_value(OperatorWord(kind)).expect("a word");
            assert!(schema["enum"].as_array().is_some_and(|words| words.contains(&word)), "{word}");
        }
    }
}
