//! A question as people put it, in few words, and as it is asked.

use super::{
    KnownFields,
    called::{RuleOf, one_called, rule_called},
    refusal,
    settings::Base,
};
use std::collections::BTreeMap;
use weir_metrics::{
    Field, ValueType,
    hygiene::{Basis, Filter, Mode, Operand, Operator, Rule, RuleId, Scope, Weights, Window},
};
use weir_model::{HygieneFault, Message};

/// What is asked: of which issues, by which rules, with which weights, in which groups.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// The rules.
    pub rules: Vec<Rule>,
    /// The issues.
    pub scope: Scope,
    /// The weights.
    pub weights: Weights,
    /// The field by whose values the answer is parted.
    pub by: Option<Field>,
    /// How many days before the score is compared with.
    pub compare_days: Option<u32>,
    /// What may be named beside the fields that every site has.
    pub fields: KnownFields,
}

impl From<Base> for Question {
    /// All issues that are not done, by what holds.
    fn from(base: Base) -> Self {
        let Base { rules, weights, fields, .. } = base;
        Self { rules, weights, scope: Scope::default(), by: None, compare_days: None, fields }
    }
}

/// The same in words. What is not said is as it is kept.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Asked<'a> {
    /// `all`, `open`, `active_sprint`, `in_progress`, `backlog`, `created:DAYS` or `updated:DAYS`.
    pub basis: Option<&'a str>,
    /// `FIELD=VALUE,VALUE`, `FIELD!=VALUE`, `FIELD=` for those that have none, or words as in a rule.
    pub filters: &'a [String],
    /// `RULE=POINTS`; where one is given, all others are 0.
    pub weights: &'a [String],
    /// A field whose values part the answer.
    pub by: Option<&'a str>,
    /// Days.
    pub compare_days: Option<u32>,
}

impl Question {
    /// A question in words, to what holds.
    ///
    /// # Errors
    /// A sentence of [`HygieneFault`] for what means nothing.
    pub fn of(base: Base, asked: &Asked<'_>) -> Result<Self, Message> {
        let mut question = Self::from(base);
        question.scope = scope(asked.basis, asked.filters, &question.fields)?;
        if !asked.weights.is_empty() {
            question.weights = weights(asked.weights, &question.rules)?;
        }
        question.by = asked.by.map(|name| field(name, &question.fields)).transpose()?;
        question.compare_days = asked.compare_days;
        Ok(question)
    }

    /// One of its rules, by its id or name.
    ///
    /// # Errors
    /// `hygiene.rule` for a rule that it does not have.
    pub fn rule(&self, name: &str) -> Result<&Rule, Message> {
        one_called(&self.rules, name)
    }
}

/// Which issues are asked about.
///
/// # Errors
/// A sentence of [`HygieneFault`] for what means nothing.
pub fn scope(asked: Option<&str>, filters: &[String], fields: &KnownFields) -> Result<Scope, Message> {
    let filters = filters.iter().map(|text| filter(text, fields)).collect::<Result<_, _>>()?;
    let scope = Scope { basis: asked.map(basis).transpose()?, filters };
    scope.check(&fields.types).map_err(|error| fields.refusal(&error))?;
    Ok(scope)
}

fn basis(text: &str) -> Result<Basis, Message> {
    let unknown = || Message::from(HygieneFault::Basis { text: weir_model::clean(text, 60) });
    let days = |days: &str| days.parse().map(Window::LastDays).map_err(|_| unknown());
    Ok(match text.split_once(':') {
        Some(("created", ago)) => Basis::Created(days(ago)?),
        Some(("updated", ago)) => Basis::Updated(days(ago)?),
        Some(_) => return Err(unknown()),
        None => match text {
            "all" => Basis::All,
            "open" => Basis::Open,
            "active_sprint" => Basis::ActiveSprint,
            "in_progress" => Basis::InProgress,
            "backlog" => Basis::Backlog,
            _ => return Err(unknown()),
        },
    })
}

/// Filters that stand in one text with a semicolon between them; one that is quoted parts nothing.
pub fn parted(text: &str) -> Vec<String> {
    split(text, ';').into_iter().filter(|part| !part.is_empty()).collect()
}

/// Values with commas between them; one that has a comma itself stands in quotes, as in JSON.
pub fn listed(text: &str) -> Vec<String> {
    split(text, ',').iter().map(|value| unquoted(value)).filter(|value| !value.is_empty()).collect()
}

/// The parts of a text, trimmed. What stands in quotes is not parted.
pub(super) fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut is_quoted, mut is_escaped) = (vec![String::new()], false, false);
    for c in text.chars() {
        match c {
            '"' if !is_escaped => is_quoted = !is_quoted,
            c if c == at && !is_quoted => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        is_escaped = c == '\\' && is_quoted && !is_escaped;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// A filter out of its words.
///
/// # Errors
/// A sentence of [`HygieneFault`] for what means nothing.
pub fn filter(text: &str, fields: &KnownFields) -> Result<Filter, Message> {
    let short =
        text.split_once('=').filter(|(left, _)| !left.trim_end_matches('!').contains(char::is_whitespace));
    let Some((left, values)) = short else {
        return Filter::read_with(text, (&fields.types, &fields.roles)).map_err(|error| {
            match text.contains(' ') {
                true => refusal::of_words(&error),
                false => HygieneFault::FilterForm { text: weir_model::clean(text, 100) }.into(),
            }
        });
    };
    let (name, mode) = match left.strip_suffix('!') {
        Some(name) => (name, Mode::Exclude),
        None => (left, Mode::Include),
    };
    let field = field(name, fields)?;
    let any = match values.trim() {
        "" => vec![Operator::Missing],
        values => {
            let equals = |value: String| operand(&field, &unquoted(&value), fields).map(Operator::Equals);
            split(values, ',').into_iter().map(equals).collect::<Result<_, _>>()?
        }
    };
    Ok(Filter { field, mode, any })
}

/// The words of a filter that takes issues with this value of a field; with none, those without.
pub fn filter_for(field: &Field, value: Option<&str>) -> String {
    match value {
        None => format!("{field}="),
        Some(value) => format!("{field}={}", quoted(value)),
    }
}

/// A value as it stands between commas and semicolons.
pub(super) fn quoted(value: &str) -> String {
    let is_plain = !value.contains(['"', ',', ';']) && !value.is_empty() && value.trim() == value;
    if is_plain { value.to_owned() } else { serde_json::Value::from(value).to_string() }
}

/// Values with commas between them, as [`listed`] reads them.
pub fn unlisted(values: &[String]) -> String {
    values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ")
}

pub(super) fn unquoted(value: &str) -> String {
    let quoted = value.starts_with('"').then(|| serde_json::from_str::<String>(value).ok());
    quoted.flatten().unwrap_or_else(|| value.to_owned())
}

/// The field of this name.
///
/// # Errors
/// `hygiene.field` for a name that no field has.
pub fn field(name: &str, fields: &KnownFields) -> Result<Field, Message> {
    let name = name.trim();
    if let Some(field) = fields.roles.get(name) {
        return Ok(field.clone());
    }
    name.parse().map_err(|_| {
        let standard = Field::standard().map(|field| field.to_string());
        let known: Vec<String> = standard.chain(fields.roles.keys().map(|role| (*role).to_owned())).collect();
        let known = format!("{} and custom:ID", known.join(", "));
        HygieneFault::FieldUnknown { name: weir_model::clean(name, 60), known }.into()
    })
}

/// The field of this name, where its values make groups of issues.
///
/// # Errors
/// `hygiene.field`, `hygiene.field_unmapped`, `hygiene.groups`.
pub fn group(name: &str, fields: &KnownFields) -> Result<Field, Message> {
    let field = field(name, fields)?;
    let Some(holds) = fields.types.of(&field) else {
        return Err(fields.unmapped(&field));
    };
    match (field.is_kept() || field == Field::StatusCategory) && holds != ValueType::RichText {
        true => Ok(field),
        false => Err(HygieneFault::NoGroups { field: field.to_string() }.into()),
    }
}

fn operand(field: &Field, value: &str, fields: &KnownFields) -> Result<Operand, Message> {
    let unfit = |wanted: &str| {
        let (field, wanted, found) = (field.to_string(), wanted.to_owned(), weir_model::clean(value, 60));
        Message::from(HygieneFault::Value { field, wanted, found })
    };
    Ok(match fields.types.of(field) {
        Some(ValueType::Number | ValueType::Count | ValueType::Elapsed) => {
            Operand::Number(value.parse().map_err(|_| unfit("a number"))?)
        }
        Some(ValueType::Flag) => Operand::Flag(value.parse().map_err(|_| unfit("true or false"))?),
        _ => Operand::Text(value.to_owned()),
    })
}

/// Points of some rules in words.
///
/// # Errors
/// `hygiene.weight`, `hygiene.rule`, `hygiene.rule_ambiguous`.
pub fn points(texts: &[String], rules: &[RuleOf]) -> Result<BTreeMap<RuleId, f64>, Message> {
    let mut points: BTreeMap<RuleId, f64> = BTreeMap::new();
    for text in texts {
        let unfit = || Message::from(HygieneFault::WeightForm { text: weir_model::clean(text, 60) });
        let (rule, weight) = text.rsplit_once('=').ok_or_else(unfit)?;
        let weight = weight.trim().parse().map_err(|_| unfit())?;
        points.insert(rule_called(rules, rule)?.id.clone(), weight);
    }
    Ok(points)
}

fn weights(texts: &[String], rules: &[Rule]) -> Result<Weights, Message> {
    let rules: Vec<RuleOf> = rules.iter().cloned().map(RuleOf::from).collect();
    Weights::new(points(texts, &rules)?).map_err(|error| refusal::of_asked_weights(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(basis: Option<&str>, filters: &[&str], weights: &[&str]) -> Result<Question, Message> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let (filters, weights) = (owned(filters), owned(weights));
        let asked = Asked { basis, filters: &filters, weights: &weights, ..Asked::default() };
        Question::of(Base::default(), &asked)
    }

    #[test]
    fn words_become_a_question() {
        assert_eq!(of(None, &[], &[]).unwrap(), Question::from(Base::default()));
        let question = of(
            Some("created:30"),
            &["project=ENG,OPS", "type!=Sub-task", "due_date=", "hops=2", "not age_days is less than 3"],
            &["idle=60", "no assignee=40"],
        )
        .unwrap();
        assert_eq!(question.scope.basis, Some(Basis::Created(Window::LastDays(30.0))));
        let equals = |text: &str| Operator::Equals(Operand::Text(text.to_owned()));
        assert_eq!(question.scope.filters[0].any, [equals("ENG"), equals("OPS")]);
        assert_eq!(question.scope.filters[1].mode, Mode::Exclude);
        assert_eq!(question.scope.filters[2].any, [Operator::Missing]);
        assert_eq!(question.scope.filters[3].any, [Operator::Equals(Operand::Number(2.0))]);
        assert_eq!(question.scope.filters[4].to_string(), "not age_days is less than 3");
        assert_eq!(question.weights.of(&RuleId::from("idle")), 60.0);
    }

    #[test]
    fn a_value_may_hold_anything() {
        for value in ["a, b", "x;y", " ", "say \"no\"", "plain words", "=1", "", "\\"] {
            let text = filter_for(&Field::Labels, Some(value));
            let expected = Operator::Equals(Operand::Text(value.to_owned()));
            assert_eq!(filter(&text, &KnownFields::default()).expect(&text).any, [expected], "{text}");
            assert_eq!(parted(&format!("{text};type=Bug")), [text.as_str(), "type=Bug"]);
        }
        let none = filter(&filter_for(&Field::Labels, None), &KnownFields::default());
        assert_eq!(none.unwrap().any, [Operator::Missing]);
    }

    #[test]
    fn what_means_nothing_is_refused_with_the_reason() {
        for (basis, filters, weights, why) in [
            (Some("yesterday"), &[][..], &[][..], "The time basis yesterday is not known"),
            (Some("created:x"), &[], &[], "The time basis created:x"),
            (None, &["project"], &[], "\"project\" is no filter"),
            (None, &["colour=red"], &[], "There is no field colour"),
            (None, &["story_points=many"], &[], "compared with a number"),
            (None, &["status_category=open"], &[], "no category"),
            (None, &["status is"], &[], "stop making sense"),
            (None, &[], &["idle=60"], "Weights add up to 60"),
            (None, &[], &["speed=100"], "There is no rule speed"),
            (None, &[], &["idle"], "\"idle\" is no weight"),
        ] {
            let message = of(basis, filters, weights).unwrap_err();
            assert!(message.what().contains(why), "{}", message.what());
        }
    }
}
