//! Rules that people wrote for an integration: made, changed as they were seen, taken away.

use super::{
    KnownFields, blocked,
    question::field,
    refusal::{self, Refused},
    unfit,
    words::built_in_name,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use weir_metrics::{
    Field,
    hygiene::{
        BuiltIn, Check, Condition, CustomRule, Filter, Mode, Operator, OperatorKind, Rule, RuleError, RuleId,
    },
};
use weir_model::{
    Entropy, HygieneFault, HygieneRuleId, Integration, IntegrationId, KeptRule, Message, Millis,
};
use weir_store::{Store, StoreError};

/// Rules of its own that an integration can have.
pub const MOST_RULES: u64 = 50;

/// Characters that a rule can have in words.
pub const LONGEST_RULE: usize = 2_000;

/// A rule that somebody wrote for an integration.
#[derive(Clone, PartialEq, Debug)]
pub struct OwnRule {
    /// Its id.
    pub id: HygieneRuleId,
    /// Its name, and what it looks for.
    pub rule: CustomRule,
    /// Grows by one with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it changed last.
    pub changed_at: Millis,
}

/// What a rule looks for, as it is kept: without its name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    conditions: Vec<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    only: Vec<Filter>,
}

impl OwnRule {
    /// As questions take it.
    pub fn asked(&self) -> Rule {
        Rule { id: RuleId::Custom(self.id.to_string()), check: Check::Custom(self.rule.clone()) }
    }

    pub(super) fn of(kept: KeptRule) -> Result<Self, StoreError> {
        let Document { conditions, only } = serde_json::from_str(&kept.document).map_err(unfit)?;
        let rule = CustomRule { name: kept.name, conditions, only };
        let KeptRule { id, revision, created_at, changed_at, .. } = kept;
        Ok(Self { id, rule, revision, created_at, changed_at })
    }

    fn kept(&self) -> Result<KeptRule, StoreError> {
        let CustomRule { name, conditions, only } = self.rule.clone();
        let document = serde_json::to_string(&Document { conditions, only }).map_err(unfit)?;
        let Self { id, revision, created_at, changed_at, .. } = *self;
        Ok(KeptRule { id, name, document, revision, created_at, changed_at })
    }
}

/// A rule as somebody writes it: in words, or as conditions and filters.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleWish {
    /// Its name.
    pub name: String,
    /// What it looks for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The same as conditions, all of which hold of a miss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Vec<ConditionWish>>,
    /// Filters: other issues cannot miss it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<FilterWish>>,
}

/// A condition as somebody writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionWish {
    /// The name of a field.
    pub field: String,
    /// How it is compared.
    pub op: OperatorKind,
    /// With what: a value, or a list of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// A comparison as somebody writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonWish {
    /// How it is compared.
    pub op: OperatorKind,
    /// With what: a value, or a list of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// A filter as somebody writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterWish {
    /// The name of a field.
    pub field: String,
    /// What becomes of the issues that it finds.
    #[serde(default)]
    pub mode: Mode,
    /// It finds an issue when one of these holds.
    pub any: Vec<ComparisonWish>,
}

impl From<&Operator> for ComparisonWish {
    fn from(operator: &Operator) -> Self {
        let value =
            serde_json::to_value(operator).ok().and_then(|mut all| Some(all.get_mut("value")?.take()));
        Self { op: operator.kind(), value }
    }
}

impl From<&Condition> for ConditionWish {
    fn from(condition: &Condition) -> Self {
        let ComparisonWish { op, value } = ComparisonWish::from(&condition.operator);
        Self { field: condition.field.to_string(), op, value }
    }
}

impl From<&Filter> for FilterWish {
    fn from(filter: &Filter) -> Self {
        let any = filter.any.iter().map(ComparisonWish::from).collect();
        Self { field: filter.field.to_string(), mode: filter.mode, any }
    }
}

impl ComparisonWish {
    fn operator(&self, field: &Field) -> Result<Operator, HygieneFault> {
        let mut parts = serde_json::Map::from_iter([("op".to_owned(), serde_json::json!(self.op))]);
        parts.extend(self.value.clone().map(|value| ("value".to_owned(), value)));
        let is_taken = self.op != OperatorKind::Missing || self.value.is_none();
        let operator = serde_json::from_value(Value::Object(parts)).ok().filter(|_| is_taken);
        operator.ok_or_else(|| HygieneFault::Value {
            field: field.to_string(),
            wanted: match self.op {
                OperatorKind::Missing => "nothing",
                OperatorKind::OneOf => "a list of values",
                OperatorKind::Contains => "a text",
                OperatorKind::ShorterThan | OperatorKind::ChangedMoreThan => "a whole number",
                OperatorKind::OlderThan | OperatorKind::InLast | OperatorKind::NotChangedFor => {
                    "a number of days"
                }
                _ => "a value",
            }
            .to_owned(),
            found: self
                .value
                .as_ref()
                .map_or_else(String::new, |value| weir_model::clean(&value.to_string(), 60)),
        })
    }
}

/// Each of a list, with its place as what a refusal is about.
fn each<W, T>(wishes: &[W], member: &str, one: impl Fn(&W) -> Result<T, Message>) -> Result<Vec<T>, Refused> {
    let placed = wishes.iter().enumerate();
    placed
        .map(|(place, wish)| one(wish).map_err(|fault| Refused::at(fault, &format!("{member}/{place}"))))
        .collect()
}

impl RuleWish {
    /// The rule, where it can make sense for an integration.
    ///
    /// # Errors
    /// Why not, and about which member.
    pub fn rule(self, integration: &Integration, fields: &KnownFields) -> Result<CustomRule, Refused> {
        let is_words = self.text.is_some();
        let rule = match (self.text, self.conditions, self.only) {
            (Some(text), None, None) => {
                long(&text)?;
                rule_of_words(&self.name, &text, fields).map_err(|message| Refused::at(message, "/text"))?
            }
            (Some(_), ..) => return Err(Refused::at(HygieneFault::RuleTwice {}, "/text")),
            (None, conditions, only) => CustomRule {
                name: self.name.trim().to_owned(),
                conditions: each(&conditions.unwrap_or_default(), "/conditions", |wish| {
                    let field = field(&wish.field, fields)?;
                    let comparison = ComparisonWish { op: wish.op, value: wish.value.clone() };
                    Ok(Condition { operator: comparison.operator(&field)?, field })
                })?,
                only: each(&only.unwrap_or_default(), "/only", |wish| {
                    let field = field(&wish.field, fields)?;
                    let any = wish.any.iter().map(|one| one.operator(&field));
                    Ok(Filter { any: any.collect::<Result<_, _>>()?, mode: wish.mode, field })
                })?,
            },
        };
        checked(rule, integration, fields, is_words)
    }
}

/// A condition out of what was chosen and typed apart.
///
/// # Errors
/// `hygiene.field`, `hygiene.value`.
pub fn condition_of(
    name: &str,
    (kind, values): (OperatorKind, &[&str]),
    fields: &KnownFields,
) -> Result<Condition, Message> {
    Condition::of(field(name, fields)?, kind, values, &fields.types)
        .map_err(|error| refusal::of_words(&error))
}

/// A rule out of words alone: whether an integration can have it is not looked at.
///
/// # Errors
/// `hygiene.words`, `hygiene.value`.
pub fn rule_of_words(name: &str, text: &str, fields: &KnownFields) -> Result<CustomRule, Message> {
    CustomRule::read_with(name, text, (&fields.types, &fields.roles))
        .map_err(|error| refusal::of_words(&error))
}

fn long(text: &str) -> Result<(), Refused> {
    match text.chars().count() {
        length if length > LONGEST_RULE => {
            let (length, most) = (length as u64, LONGEST_RULE as u64);
            Err(Refused::at(HygieneFault::RuleLong { length, most }, "/text"))
        }
        _ => Ok(()),
    }
}

/// A rule that can make sense for an integration.
fn checked(
    rule: CustomRule,
    integration: &Integration,
    fields: &KnownFields,
    is_words: bool,
) -> Result<CustomRule, Refused> {
    let types = &fields.types;
    let at = |member: &str| if is_words { "/text".to_owned() } else { member.to_owned() };
    let refused = |error: RuleError, member: &str| Refused::at(fields.refusal(&error), &at(member));
    if rule.name.chars().any(char::is_control) {
        return Err(Refused::at(HygieneFault::NameOdd {}, "/name"));
    }
    let name = rule.name.to_lowercase();
    if BuiltIn::ALL.iter().any(|known| known.as_str() == name || built_in_name(*known).to_lowercase() == name)
    {
        return Err(Refused::at(HygieneFault::NameTaken { name: rule.name }, "/name"));
    }
    for (place, condition) in rule.conditions.iter().enumerate() {
        let member = format!("/conditions/{place}");
        condition.check(types).map_err(|error| refused(error, &member))?;
        left_in(&condition.field, integration, fields).map_err(|fault| Refused::at(fault, &at(&member)))?;
    }
    for (place, filter) in rule.only.iter().enumerate() {
        let member = format!("/only/{place}");
        filter.check(types).map_err(|error| refused(error, &member))?;
        left_in(&filter.field, integration, fields).map_err(|fault| Refused::at(fault, &at(&member)))?;
    }
    let whole = Rule { id: RuleId::Custom(String::new()), check: Check::Custom(rule.clone()) };
    whole.check(types).map_err(|error| match error {
        RuleError::NoName | RuleError::NameTooLong { .. } => Refused::at(fields.refusal(&error), "/name"),
        error => refused(error, "/conditions"),
    })?;
    long(&rule.to_string())?;
    Ok(rule)
}

fn left_in(field: &Field, integration: &Integration, known: &KnownFields) -> Result<(), HygieneFault> {
    match blocked::excluded(field, &integration.settings.exclusions, known) {
        Some(field) => Err(HygieneFault::FieldLeftOut { field }),
        None => Ok(()),
    }
}

/// The rules of an integration, by name.
pub async fn own_rules(store: &Store, integration: &IntegrationId) -> Result<Vec<OwnRule>, StoreError> {
    store.hygiene_rules(integration).await?.into_iter().map(OwnRule::of).collect()
}

/// One of them.
pub async fn own_rule(
    store: &Store,
    integration: &IntegrationId,
    id: &HygieneRuleId,
) -> Result<Option<OwnRule>, StoreError> {
    store.hygiene_rule(integration, id).await?.map(OwnRule::of).transpose()
}

/// Keeps a rule of an integration that was checked.
///
/// # Errors
/// `hygiene.name_taken`, `hygiene.rules_many`.
pub async fn add_rule(
    store: &Store,
    integration: &Integration,
    rule: CustomRule,
    (now, entropy): (Millis, &dyn Entropy),
) -> Result<OwnRule, Refused> {
    let id = HygieneRuleId::generate(now, entropy);
    let made = OwnRule { id, rule, revision: 1, created_at: now, changed_at: now };
    store
        .add_hygiene_rule(&integration.id, &made.kept()?, MOST_RULES)
        .await
        .map_err(|error| about_name(&error))?;
    Ok(made)
}

/// Makes a rule what it is to be, as it was seen.
///
/// # Errors
/// `hygiene.name_taken`, `changed.meanwhile`.
pub async fn change_rule(
    store: &Store,
    integration: &Integration,
    (seen, rule): (&OwnRule, CustomRule),
    now: Millis,
) -> Result<OwnRule, Refused> {
    let changed = OwnRule { rule, revision: seen.revision + 1, changed_at: now, ..seen.clone() };
    store.change_hygiene_rule(&integration.id, &changed.kept()?).await.map_err(|error| about_name(&error))?;
    Ok(changed)
}

/// Takes a rule away, as it was seen. Its weight falls to the others.
///
/// # Errors
/// `changed.meanwhile`.
pub async fn delete_rule(store: &Store, integration: &Integration, seen: &OwnRule) -> Result<(), StoreError> {
    store.delete_hygiene_rule(&integration.id, (&seen.id, seen.revision)).await
}

fn about_name(error: &StoreError) -> Refused {
    match error.message() {
        Message::HygieneFault(fault @ HygieneFault::NameTaken { .. }) => Refused::at(fault.clone(), "/name"),
        other => other.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use weir_model::Exclusions;

    fn integration() -> Integration {
        let mut one = samples::integration("acme", 1, Millis(0));
        one.settings.exclusions = Exclusions::parse(["duedate"]);
        one
    }

    fn wish(json: &str) -> Result<CustomRule, Refused> {
        serde_json::from_str::<RuleWish>(json).expect(json).rule(&integration(), &KnownFields::default())
    }

    #[test]
    fn words_and_conditions_are_the_same_rule() {
        let words = wish(r#"{"name":" Old ","text":"age_days > 90 only for type is Bug"}"#);
        let parts = wish(
            r#"{"name":"Old","conditions":[{"field":"age_days","op":"greater_than","value":90}],"only":[{"field":"type","any":[{"op":"equals","value":"Bug"}]}]}"#,
        );
        assert_eq!(words, parts);
        assert_eq!(
            words.expect("a rule").to_string(),
            "age_days is greater than 90 only for type equals Bug"
        );
    }

    #[test]
    fn a_refusal_names_the_member_that_it_is_about() {
        for (json, code, at) in [
            (r#"{"name":"","text":"labels is missing"}"#, "hygiene.rule_name", "/name"),
            (r#"{"name":"Idle","text":"labels is missing"}"#, "hygiene.name_taken", "/name"),
            (r#"{"name":"no due DATE","text":"labels is missing"}"#, "hygiene.name_taken", "/name"),
            (r#"{"name":"a\nb","text":"labels is missing"}"#, "hygiene.rule_name", "/name"),
            (
                r#"{"name":"12345678901234567890123456789012345678901","text":"labels is missing"}"#,
                "hygiene.rule_name",
                "/name",
            ),
            (r#"{"name":"x","text":"colour is red"}"#, "hygiene.words", "/text"),
            (r#"{"name":"x","text":"summary > 3"}"#, "hygiene.operator", "/text"),
            (r#"{"name":"x","text":"due_date is missing"}"#, "hygiene.left_out", "/text"),
            (r#"{"name":"x"}"#, "hygiene.no_conditions", "/conditions"),
            (r#"{"name":"x","text":"labels is missing","conditions":[]}"#, "hygiene.rule_form", "/text"),
            (
                r#"{"name":"x","conditions":[{"field":"labels","op":"missing"},{"field":"summary","op":"equals","value":3}]}"#,
                "hygiene.value",
                "/conditions/1",
            ),
            (
                r#"{"name":"x","conditions":[{"field":"colour","op":"missing"}]}"#,
                "hygiene.field",
                "/conditions/0",
            ),
            (
                r#"{"name":"x","conditions":[{"field":"labels","op":"shorter_than","value":"two"}]}"#,
                "hygiene.value",
                "/conditions/0",
            ),
            (
                r#"{"name":"x","conditions":[{"field":"labels","op":"missing","value":"two"}]}"#,
                "hygiene.value",
                "/conditions/0",
            ),
            (
                r#"{"name":"x","conditions":[{"field":"labels","op":"missing"}],"only":[{"field":"due_date","any":[{"op":"missing"}]}]}"#,
                "hygiene.left_out",
                "/only/0",
            ),
        ] {
            let refused = wish(json).expect_err(json);
            assert_eq!((refused.message.id(), refused.at.as_deref()), (code, Some(at)), "{json}");
        }
        let long = format!(r#"{{"name":"x","text":"labels contains {}"}}"#, "x".repeat(LONGEST_RULE));
        assert_eq!(wish(&long).expect_err("too long").message.id(), "hygiene.rule_long");
    }
}
