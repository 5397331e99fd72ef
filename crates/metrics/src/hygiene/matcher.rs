//! A comparison, ready to be held against values: for a value, the instants at which it holds.

use super::{
    condition::{Operand, Operator},
    context::Known,
    spans::{ALWAYS, NEVER, Range},
};
use crate::{
    DAY, Day, Field, ValueType,
    columns::{Entries, ValueRef},
};
use foldhash::fast::RandomState;
use std::{collections::HashSet, sync::Arc};
use weir_model::Millis;

/// What of a value is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Facet {
    /// The value itself.
    Whole,
    /// The category of a status.
    Category,
    /// How many entries a list has.
    Length,
}

/// A value as a comparison sees it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Seen<'a> {
    Nothing,
    Text(&'a str),
    Number(f64),
    Day(Day),
    Instant(Millis),
    List(Entries<'a>),
    Flag(bool),
}

/// What a value of a field is to a comparison.
pub(super) fn see<'a>(
    field: &Field,
    facet: Facet,
    value: Option<ValueRef<'a>>,
    known: &'a Known,
) -> Seen<'a> {
    match (facet, value) {
        (Facet::Category, value) => match known.category(value) {
            Some(category) => Seen::Text(category.as_str()),
            None => Seen::Nothing,
        },
        (Facet::Length, Some(ValueRef::List(entries))) => Seen::Number(entries.len() as f64),
        (Facet::Length, _) => Seen::Number(0.0),
        (Facet::Whole, None) => Seen::Nothing,
        (Facet::Whole, Some(value)) => match value {
            ValueRef::Text(text) | ValueRef::Status { name: text, .. } => Seen::Text(text),
            ValueRef::Named { id, name } => Seen::Text(known.name(field, id, name)),
            ValueRef::Number(number) => Seen::Number(number),
            ValueRef::Day(day) => Seen::Day(day),
            ValueRef::Instant(at) => Seen::Instant(at),
            ValueRef::List(entries) => Seen::List(entries),
            ValueRef::Flag(flag) => Seen::Flag(flag),
        },
    }
}

/// How numbers and days are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Than {
    Greater,
    Less,
}

/// A comparison.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Matcher {
    Missing,
    /// One of these texts, which are in lower case and in order (see [`Self::one_of`]).
    Texts(Vec<String>),
    /// One of these ids.
    Ids(HashSet<Arc<str>, RandomState>),
    Numbers(Vec<f64>),
    Days(Vec<Day>),
    Flag(bool),
    Not(Box<Matcher>),
    /// A part, in lower case.
    Contains(String),
    Shorter(u64),
    Number(Than, f64),
    Day(Than, Day),
    /// More than so many milliseconds ago.
    Older(i64),
    /// Up to so many milliseconds ago.
    InLast(i64),
    /// From an instant until before another.
    Between(i64, i64),
    /// Of a list of sprints: one of them is active.
    Active,
}

/// Milliseconds of a threshold in days.
pub(super) fn days(days: f64) -> i64 {
    (days * DAY as f64).round() as i64
}

impl Matcher {
    /// Of an operator that passed its check; those that look at changes are none.
    pub(super) fn new(operator: &Operator, holds: ValueType) -> Option<Self> {
        Some(match operator {
            Operator::Missing if holds == ValueType::RichText => Self::Shorter(1),
            Operator::Missing => Self::Missing,
            Operator::Equals(one) => Self::equal(std::slice::from_ref(one), holds),
            Operator::IsNot(one) => Self::Not(Box::new(Self::equal(std::slice::from_ref(one), holds))),
            Operator::OneOf(values) => Self::equal(values, holds),
            Operator::Contains(text) => Self::Contains(text.to_lowercase()),
            Operator::ShorterThan(length) => Self::Shorter(*length),
            Operator::GreaterThan(one) => Self::than(Than::Greater, one)?,
            Operator::LessThan(one) => Self::than(Than::Less, one)?,
            Operator::OlderThan(ago) => Self::Older(days(*ago)),
            Operator::InLast(ago) => Self::InLast(days(*ago)),
            Operator::ChangedMoreThan(_) | Operator::NotChangedFor(_) => return None,
        })
    }

    fn equal(values: &[Operand], holds: ValueType) -> Self {
        let texts = || {
            values.iter().filter_map(|value| match value {
                Operand::Text(text) => Some(text.as_str()),
                _ => None,
            })
        };
        match holds {
            ValueType::Person => Self::Ids(texts().map(Arc::from).collect()),
            ValueType::Date | ValueType::Instant => Self::Days(texts().filter_map(Day::parse).collect()),
            ValueType::Flag => Self::Flag(values.contains(&Operand::Flag(true))),
            ValueType::Number | ValueType::Count | ValueType::Elapsed => Self::Numbers(
                values
                    .iter()
                    .filter_map(
                        |value| if let Operand::Number(number) = value { Some(*number) } else { None },
                    )
                    .collect(),
            ),
            ValueType::Text | ValueType::RichText | ValueType::List => Self::one_of(texts()),
        }
    }

    /// One of these texts, in any case.
    pub(super) fn one_of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut texts: Vec<String> = texts.map(str::to_lowercase).collect();
        texts.sort_unstable();
        Self::Texts(texts)
    }

    fn than(than: Than, operand: &Operand) -> Option<Self> {
        match operand {
            Operand::Number(number) => Some(Self::Number(than, *number)),
            Operand::Text(day) => Some(Self::Day(than, Day::parse(day)?)),
            Operand::Flag(_) => None,
        }
    }

    /// The instants at which it holds for a value; of [`Self::Active`] see [`activities`].
    pub(super) fn range(&self, seen: Seen<'_>, known: &Known) -> Range {
        let since = |at: i64, ago: i64| at.saturating_add(ago).saturating_add(1);
        if let Self::Older(ago) | Self::InLast(ago) = self {
            let begin = match seen {
                Seen::Instant(at) => Some(at.0),
                Seen::Day(day) => day.begin(&known.zone).map(|at| at.0),
                _ => None,
            };
            return match (begin, self) {
                (None, _) => NEVER,
                (Some(at), Self::Older(_)) => (since(at, *ago), i64::MAX),
                (Some(at), _) => (at, since(at, *ago)),
            };
        }
        if self.holds(seen, known) { ALWAYS } else { NEVER }
    }

    fn holds(&self, seen: Seen<'_>, known: &Known) -> bool {
        match (self, seen) {
            (Self::Not(other), _) => !other.holds(seen, known),
            (Self::Missing, _) => match seen {
                Seen::Nothing => true,
                Seen::Text(text) => text.trim().is_empty(),
                Seen::List(entries) => entries.len() == 0,
                _ => false,
            },
            (Self::Shorter(length), _) => match seen {
                Seen::Nothing => true,
                Seen::Text(text) => (text.chars().count() as u64) < *length,
                Seen::List(entries) => (entries.len() as u64) < *length,
                Seen::Number(words) => words < *length as f64,
                _ => false,
            },
            (Self::Texts(texts), Seen::Text(text)) => is_one_of(texts, text),
            (Self::Texts(texts), Seen::List(entries)) => entries.iter().any(|entry| is_one_of(texts, entry)),
            (Self::Ids(ids), Seen::Text(id)) => ids.contains(id),
            (Self::Contains(part), Seen::Text(text)) => text.to_lowercase().contains(part),
            (Self::Contains(part), Seen::List(entries)) => {
                entries.iter().any(|entry| entry.to_lowercase().contains(part))
            }
            (Self::Numbers(numbers), Seen::Number(number)) => numbers.contains(&number),
            (Self::Number(Than::Greater, than), Seen::Number(number)) => number > *than,
            (Self::Number(Than::Less, than), Seen::Number(number)) => number < *than,
            (Self::Flag(wanted), Seen::Flag(flag)) => *wanted == flag,
            (Self::Between(from, until), Seen::Instant(at)) => (*from..*until).contains(&at.0),
            (Self::Days(_) | Self::Day(..), _) => {
                let day = match seen {
                    Seen::Day(day) => Some(day),
                    Seen::Instant(at) => Day::of(at, &known.zone),
                    _ => None,
                };
                day.is_some_and(|day| self.holds_on(day))
            }
            _ => false,
        }
    }

    fn holds_on(&self, day: Day) -> bool {
        match self {
            Self::Days(days) => days.contains(&day),
            Self::Day(Than::Greater, than) => day > *than,
            Self::Day(Than::Less, than) => day < *than,
            _ => false,
        }
    }
}

/// When a sprint of a list is active; in no order.
pub(super) fn activities(seen: Seen<'_>, known: &Known) -> impl Iterator<Item = Range> {
    let sprints = if let Seen::List(sprints) = seen { Some(sprints.iter()) } else { None };
    sprints.into_iter().flatten().filter_map(|sprint| known.activity(sprint))
}

/// Up to how many texts are compared one by one; more are searched.
const FEW: usize = 8;

fn is_one_of(texts: &[String], text: &str) -> bool {
    if texts.len() > FEW {
        return texts.binary_search(&text.to_lowercase()).is_ok();
    }
    texts.iter().any(|wanted| {
        if text.is_ascii() { wanted.eq_ignore_ascii_case(text) } else { *wanted == text.to_lowercase() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Value, columns::Distinct, hygiene::Context};

    fn holds(operator: Operator, holds: ValueType, value: Option<Value>) -> bool {
        let known = Known::new(&Context::default(), Millis(0));
        let matcher = Matcher::new(&operator, holds).unwrap();
        let distinct = Distinct::of(value.as_slice());
        let value = distinct.get(value.is_some().into());
        matcher.range(see(&Field::Summary, Facet::Whole, value, &known), &known) == ALWAYS
    }

    fn text(text: &str) -> Operand {
        Operand::Text(text.into())
    }

    #[test]
    fn texts_are_compared_as_a_whole_and_in_any_case() {
        let is = |operator, value: &str| holds(operator, ValueType::Text, Some(Value::text(value)));
        assert!(is(Operator::Equals(text("high")), "HIGH"));
        assert!(is(Operator::Equals(text("ŽLUŤ")), "žluť"));
        assert!(!is(Operator::Equals(text("high")), "highest"));
        assert!(is(Operator::Contains("IGH".into()), "highest"));
        assert!(is(Operator::IsNot(text("high")), "low"));
        assert!(holds(Operator::IsNot(text("high")), ValueType::Text, None), "nothing is not high");
        assert!(!holds(Operator::Equals(text("")), ValueType::Text, None));
        assert!(!holds(Operator::Equals(text("A")), ValueType::Person, Some(Value::text("a"))));
    }

    #[test]
    fn one_of_many_is_found() {
        let many = (0..40).rev().map(|number| text(&format!("Ž{number}"))).collect();
        let operator = Operator::OneOf(many);
        let is = |value: &str| holds(operator.clone(), ValueType::Text, Some(Value::text(value)));
        assert!(is("ž0") && is("Ž39") && is("ž17") && !is("ž40") && !is("Ž"));
    }

    #[test]
    fn white_space_and_empty_lists_are_missing() {
        let missing = |value| holds(Operator::Missing, ValueType::Text, value);
        assert!(missing(None) && missing(Some(Value::text(" \t"))) && missing(Some(Value::List(Vec::new()))));
        assert!(!missing(Some(Value::text("x"))) && !missing(Some(Value::Number(0.0))));
    }

    #[test]
    fn a_list_is_what_one_of_its_entries_is() {
        let list = || Some(Value::list(["api", "ui"]));
        assert!(holds(Operator::Equals(text("API")), ValueType::List, list()));
        assert!(holds(Operator::Contains("u".into()), ValueType::List, list()));
        assert!(!holds(Operator::IsNot(text("api")), ValueType::List, list()));
        assert!(holds(Operator::ShorterThan(3), ValueType::List, list()));
        assert!(!holds(Operator::ShorterThan(2), ValueType::List, list()));
    }

    #[test]
    fn days_are_compared_with_days() {
        let instant = Some(Value::Instant(Millis(DAY + 5)));
        assert!(holds(Operator::Equals(text("1970-01-02")), ValueType::Instant, instant.clone()));
        assert!(holds(Operator::GreaterThan(text("1970-01-01")), ValueType::Instant, instant.clone()));
        assert!(!holds(Operator::LessThan(text("1970-01-02")), ValueType::Instant, instant));
        assert!(holds(Operator::LessThan(text("1970-01-02")), ValueType::Date, Some(Value::Day(Day(0)))));
    }

    #[test]
    fn what_is_older_is_not_in_the_last_days() {
        let known = Known::new(&Context::default(), Millis(0));
        let seen = Seen::Instant(Millis(100));
        assert_eq!(Matcher::Older(DAY).range(seen, &known), (100 + DAY + 1, i64::MAX));
        assert_eq!(Matcher::InLast(DAY).range(seen, &known), (100, 100 + DAY + 1));
        assert_eq!(Matcher::Older(DAY).range(Seen::Nothing, &known), NEVER);
    }
}
