//! A question as people put it, in few words, and as it is asked.

use super::known::types;
use std::collections::BTreeMap;
use weir_metrics::{
    Field, ValueType,
    hygiene::{Basis, BuiltIn, Filter, Mode, Operand, Operator, Rule, RuleId, Scope, Weights, Window},
};
use weir_model::Message;

/// What is asked: of which issues, by which rules, with which weights.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// The rules.
    pub rules: Vec<Rule>,
    /// The issues.
    pub scope: Scope,
    /// The weights.
    pub weights: Weights,
}

impl Default for Question {
    /// The built-in rules, each with the same weight, of all issues that are not done.
    fn default() -> Self {
        Self {
            rules: BuiltIn::ALL.map(BuiltIn::by_default).to_vec(),
            scope: Scope::default(),
            weights: Weights::default(),
        }
    }
}

/// The same in words.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Asked<'a> {
    /// `all`, `active_sprint`, `in_progress`, `backlog`, `created:DAYS` or `updated:DAYS`.
    pub basis: Option<&'a str>,
    /// `FIELD=VALUE,VALUE`, `FIELD!=VALUE`, and `FIELD=` for those that have none.
    pub filters: &'a [String],
    /// `RULE=POINTS`; where one is given, all others are 0.
    pub weights: &'a [String],
}

impl Question {
    /// A question in words.
    ///
    /// # Errors
    /// `hygiene.question` for what means nothing.
    pub fn of(asked: &Asked<'_>) -> Result<Self, Message> {
        let filters = asked.filters.iter().map(|text| filter(text)).collect::<Result<_, _>>()?;
        let scope = Scope { basis: asked.basis.map(basis).transpose()?, filters };
        scope.check(&types()).map_err(|error| refused(error.to_string()))?;
        let mut question = Self { scope, ..Self::default() };
        if !asked.weights.is_empty() {
            question.weights = weights(asked.weights)?;
        }
        Ok(question)
    }

    /// One of its rules, by its id.
    ///
    /// # Errors
    /// `hygiene.question` for a rule that it does not have.
    pub fn rule(&self, id: &str) -> Result<&RuleId, Message> {
        let found = self.rules.iter().map(|rule| &rule.id).find(|known| known.to_string() == id);
        found.ok_or_else(|| {
            let known: Vec<String> = self.rules.iter().map(|rule| rule.id.to_string()).collect();
            refused(format!("there is no rule {id}; there are {}", known.join(", ")))
        })
    }
}

fn refused(detail: String) -> Message {
    Message::HygieneQuestion { detail }
}

fn basis(text: &str) -> Result<Basis, Message> {
    let unknown = || {
        refused(format!(
            "the time basis {text} is none of all, active_sprint, in_progress, backlog, created:DAYS, updated:DAYS"
        ))
    };
    let days = |days: &str| days.parse().map(Window::LastDays).map_err(|_| unknown());
    Ok(match text.split_once(':') {
        Some(("created", ago)) => Basis::Created(days(ago)?),
        Some(("updated", ago)) => Basis::Updated(days(ago)?),
        Some(_) => return Err(unknown()),
        None => match text {
            "all" => Basis::All,
            "active_sprint" => Basis::ActiveSprint,
            "in_progress" => Basis::InProgress,
            "backlog" => Basis::Backlog,
            _ => return Err(unknown()),
        },
    })
}

fn filter(text: &str) -> Result<Filter, Message> {
    let unfit = || refused(format!("the filter {text} is not FIELD=VALUE or FIELD!=VALUE"));
    let (left, values) = text.split_once('=').ok_or_else(unfit)?;
    let (name, mode) = match left.strip_suffix('!') {
        Some(name) => (name, Mode::Exclude),
        None => (left, Mode::Include),
    };
    let field = field(name)?;
    let any = match values {
        "" => vec![Operator::Missing],
        values => {
            let equals = |value| operand(&field, value).map(Operator::Equals);
            values.split(',').map(equals).collect::<Result<_, _>>()?
        }
    };
    Ok(Filter { field, mode, any })
}

/// The field of this name.
///
/// # Errors
/// `hygiene.question` for a name that no field has.
pub fn field(name: &str) -> Result<Field, Message> {
    name.trim().parse().map_err(|_| {
        let known: Vec<String> = Field::standard().map(|field| field.to_string()).collect();
        refused(format!("there is no field {name}; there are {}", known.join(", ")))
    })
}

/// The field of this name, where its values make groups of issues.
///
/// # Errors
/// `hygiene.question`.
pub fn group(name: &str) -> Result<Field, Message> {
    let field = field(name)?;
    let is_known = types().of(&field).is_some();
    if is_known && (field.is_kept() || field == Field::StatusCategory) {
        Ok(field)
    } else {
        Err(refused(format!("{field} makes no groups")))
    }
}

fn operand(field: &Field, value: &str) -> Result<Operand, Message> {
    let value = value.trim();
    let unfit = |wanted: &str| refused(format!("{field} is compared with {wanted}, and {value} is none"));
    Ok(match types().of(field) {
        Some(ValueType::Number | ValueType::Count | ValueType::Elapsed) => {
            Operand::Number(value.parse().map_err(|_| unfit("a number"))?)
        }
        Some(ValueType::Flag) => Operand::Flag(value.parse().map_err(|_| unfit("true or false"))?),
        _ => Operand::Text(value.to_owned()),
    })
}

fn weights(texts: &[String]) -> Result<Weights, Message> {
    let mut points: BTreeMap<RuleId, f64> = BTreeMap::new();
    for text in texts {
        let unfit = || refused(format!("the weight {text} is not RULE=POINTS"));
        let (rule, weight) = text.split_once('=').ok_or_else(unfit)?;
        let weight = weight.trim().parse().map_err(|_| unfit())?;
        points.insert(Question::default().rule(rule.trim())?.clone(), weight);
    }
    Weights::new(points).map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(basis: Option<&str>, filters: &[&str], weights: &[&str]) -> Result<Question, Message> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let (filters, weights) = (owned(filters), owned(weights));
        Question::of(&Asked { basis, filters: &filters, weights: &weights })
    }

    #[test]
    fn words_become_a_question() {
        assert_eq!(of(None, &[], &[]).unwrap(), Question::default());
        let question = of(
            Some("created:30"),
            &["project=ENG,OPS", "type!=Sub-task", "due_date=", "hops=2"],
            &["idle=60", "no_assignee=40"],
        )
        .unwrap();
        assert_eq!(question.scope.basis, Some(Basis::Created(Window::LastDays(30.0))));
        let equals = |text: &str| Operator::Equals(Operand::Text(text.to_owned()));
        assert_eq!(question.scope.filters[0].any, [equals("ENG"), equals("OPS")]);
        assert_eq!(question.scope.filters[1].mode, Mode::Exclude);
        assert_eq!(question.scope.filters[2].any, [Operator::Missing]);
        assert_eq!(question.scope.filters[3].any, [Operator::Equals(Operand::Number(2.0))]);
        assert_eq!(question.weights.of(&RuleId::from("idle")), 60.0);
    }

    #[test]
    fn what_means_nothing_is_refused_with_the_reason() {
        for (basis, filters, weights, why) in [
            (Some("yesterday"), &[][..], &[][..], "the time basis yesterday is none of"),
            (Some("created:x"), &[], &[], "the time basis created:x"),
            (None, &["project"], &[], "is not FIELD=VALUE"),
            (None, &["colour=red"], &[], "there is no field colour"),
            (None, &["story_points=many"], &[], "compared with a number"),
            (None, &["status_category=open"], &[], "no category"),
            (None, &[], &["idle=60"], "add up to 60 and not to 100"),
            (None, &[], &["speed=100"], "there is no rule speed"),
            (None, &[], &["idle"], "is not RULE=POINTS"),
        ] {
            let message = of(basis, filters, weights).unwrap_err();
            assert!(message.what().contains(why), "{}", message.what());
        }
    }
}
