//! The form of a rule: a sentence of lines with a field, a comparison and a value, or words.

use crate::{
    app::App,
    http::Problem,
    pages::{format::inert, forms::Fields},
};
use weir_ingest::fields::mapped;
use weir_ingest::hygiene::{
    Condition, ConditionWish, CustomRule, Field, Filter, FilterWish, KnownFields, Mode, Operand, Operator,
    OperatorKind, RuleWish, condition_of, listed,
};
use weir_model::Integration;

/// Lines that an empty form has, and that are added when somebody asks for more.
const LINES: usize = 2;

/// Lines that a form can have of each kind.
const MOST_LINES: usize = 20;

/// What the form holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) name: String,
    /// Whether it is written in words.
    pub(super) is_words: bool,
    pub(super) text: String,
    conditions: Vec<Line>,
    only: Vec<Line>,
}

/// A comparison as it was typed.
#[derive(Clone, Debug, Default)]
struct Line {
    is_excluding: bool,
    field: String,
    operator: String,
    value: String,
}

/// A line as it is shown.
pub(super) struct LineShown {
    pub(super) no: usize,
    pub(super) is_excluding: bool,
    pub(super) fields: Vec<Choice>,
    pub(super) operators: Vec<Choice>,
    pub(super) value: String,
}

/// Something to choose.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) word: String,
    pub(super) is_chosen: bool,
}

/// A custom field that may be named.
pub(super) struct MappedField {
    /// As rules name it.
    pub(super) word: String,
    pub(super) name: String,
    id: String,
}

impl MappedField {
    /// Those of an integration, by name.
    pub(super) async fn all(app: &App, integration: &Integration) -> Result<Vec<Self>, Problem> {
        let mapped = mapped(&app.store, integration).await?;
        let exclusions = &integration.settings.exclusions;
        let known = app.store.custom_fields(&integration.id).await?;
        let mut fields: Vec<Self> = mapped
            .into_iter()
            .map(|one| one.mapping.field_id)
            .filter(|id| !exclusions.excludes(id))
            .map(|id| Self {
                word: Field::Custom(id.as_str().into()).to_string(),
                name: known
                    .iter()
                    .find(|field| field.id == id)
                    .map_or_else(|| id.clone(), |field| field.name.clone()),
                id,
            })
            .collect();
        fields.sort_by_cached_key(|field| (field.name.to_lowercase(), field.id.clone()));
        Ok(fields)
    }
}

/// What people call a field.
pub(super) fn field_words(field: &Field) -> String {
    field.to_string().replace('_', " ")
}

impl Typed {
    /// A rule that is there. What lines cannot say stands in words.
    pub(super) fn of(rule: &CustomRule, is_words: bool) -> Self {
        let conditions = rule.conditions.iter().map(|one| Line::of(&one.field, &one.operator, Mode::Include));
        let only = rule.only.iter().filter_map(|filter| match filter.any.as_slice() {
            [operator] => Some(Line::of(&filter.field, operator, filter.mode)),
            _ => None,
        });
        let only: Vec<Line> = only.collect();
        Self {
            name: rule.name.clone(),
            is_words: is_words || only.len() < rule.only.len(),
            text: rule.to_string(),
            conditions: conditions.collect(),
            only,
        }
    }

    /// Nothing yet.
    pub(super) fn empty(is_words: bool) -> Self {
        Self { is_words, ..Self::default() }
    }

    pub(super) fn entered(fields: &Fields) -> Result<Self, Problem> {
        let lines = |prefix: &str| -> Result<Vec<Line>, Problem> {
            let names = ["mode", "field", "operator", "value"].map(|name| format!("{prefix}{name}"));
            let [modes, chosen, operators, values] =
                [0, 1, 2, 3].map(|place| fields.all(&names[place]).collect::<Vec<_>>());
            let is_whole = chosen.len() == operators.len() && chosen.len() == values.len();
            if !is_whole || (!modes.is_empty() && modes.len() != chosen.len()) || chosen.len() > MOST_LINES {
                return Err(Problem::bad("Each line of the form has a field, a comparison and a value"));
            }
            let line = |place: usize| Line {
                is_excluding: modes.get(place) == Some(&"exclude"),
                field: chosen[place].to_owned(),
                operator: operators[place].to_owned(),
                value: values[place].trim().to_owned(),
            };
            Ok((0..chosen.len()).map(line).collect())
        };
        Ok(Self {
            name: fields.text("name").to_owned(),
            is_words: fields.text("as") == "words",
            text: fields.text("text").replace(['\r', '\n'], " "),
            conditions: lines("")?,
            only: lines("only_")?,
        })
    }

    /// With further empty lines.
    pub(super) fn longer(mut self) -> Self {
        for lines in [&mut self.conditions, &mut self.only] {
            let wanted = (lines.len() + LINES).min(MOST_LINES);
            lines.resize_with(wanted, Line::default);
        }
        self
    }

    /// The rule that it asks for.
    pub(super) fn wish(&self, fields: &KnownFields) -> Result<RuleWish, Problem> {
        let name = self.name.clone();
        if self.is_words {
            return Ok(RuleWish { name, text: Some(self.text.clone()), ..RuleWish::default() });
        }
        let conditions: Vec<Condition> =
            read(&self.conditions, fields)?.into_iter().map(|(one, _)| one).collect();
        let only = read(&self.only, fields)?
            .into_iter()
            .map(|(one, mode)| FilterWish::from(&Filter { field: one.field, mode, any: vec![one.operator] }));
        Ok(RuleWish {
            name,
            text: None,
            conditions: Some(conditions.iter().map(ConditionWish::from).collect()),
            only: Some(only.collect()),
        })
    }

    /// `mapped` are the custom fields that may be named, besides those that every site has.
    pub(super) fn conditions(&self, mapped: &[MappedField]) -> Vec<LineShown> {
        shown(&self.conditions, mapped)
    }

    pub(super) fn only(&self, mapped: &[MappedField]) -> Vec<LineShown> {
        shown(&self.only, mapped)
    }
}

/// Lines of which a field was chosen.
fn read(lines: &[Line], fields: &KnownFields) -> Result<Vec<(Condition, Mode)>, Problem> {
    let chosen = lines.iter().filter(|line| !line.field.is_empty());
    chosen
        .map(|line| {
            let kind = OperatorKind::ALL.into_iter().find(|kind| word_of(*kind) == line.operator);
            let kind = kind.ok_or_else(|| Problem::bad("There is no such comparison"))?;
            let values = match kind {
                OperatorKind::OneOf => listed(&line.value),
                _ => vec![line.value.clone()],
            };
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let mode = if line.is_excluding { Mode::Exclude } else { Mode::Include };
            Ok((condition_of(&line.field, (kind, &values), fields)?, mode))
        })
        .collect()
}

fn shown(lines: &[Line], mapped: &[MappedField]) -> Vec<LineShown> {
    let empty = vec![Line::default(); LINES];
    let lines = if lines.is_empty() { &empty } else { lines };
    lines.iter().enumerate().map(|(place, line)| line.shown(place + 1, mapped)).collect()
}

fn word_of(kind: OperatorKind) -> String {
    serde_json::to_value(kind).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Line {
    fn of(field: &Field, operator: &Operator, mode: Mode) -> Self {
        let text = |operand: &Operand| match operand {
            Operand::Text(text) => text.clone(),
            other => other.to_string(),
        };
        let value = match operator {
            Operator::Missing => String::new(),
            Operator::Equals(one) | Operator::IsNot(one) => text(one),
            Operator::GreaterThan(one) | Operator::LessThan(one) => text(one),
            Operator::OneOf(these) => these.iter().map(Operand::to_string).collect::<Vec<_>>().join(", "),
            Operator::Contains(text) => text.clone(),
            Operator::ShorterThan(number) | Operator::ChangedMoreThan(number) => number.to_string(),
            Operator::OlderThan(days) | Operator::InLast(days) | Operator::NotChangedFor(days) => {
                days.to_string()
            }
        };
        Self {
            is_excluding: mode == Mode::Exclude,
            field: field.to_string(),
            operator: word_of(operator.kind()),
            value,
        }
    }

    fn shown(&self, no: usize, mapped: &[MappedField]) -> LineShown {
        let field = |field: Field| Choice {
            is_chosen: field.to_string() == self.field,
            word: field_words(&field),
            id: field.to_string(),
        };
        let custom = |one: &MappedField| Choice {
            is_chosen: one.word == self.field,
            word: inert(&format!("{} ({})", one.name, one.id)),
            id: inert(&one.word),
        };
        let mut fields: Vec<Choice> = Field::standard().map(field).chain(mapped.iter().map(custom)).collect();
        if !self.field.is_empty() && !fields.iter().any(|choice| choice.is_chosen) {
            let (id, word) = (inert(&self.field), inert(&self.field));
            fields.push(Choice { id, word, is_chosen: true });
        }
        let operator = |kind: OperatorKind| Choice {
            is_chosen: word_of(kind) == self.operator,
            word: match kind.unit() {
                Some(unit) => format!("{} … {unit}", kind.words()),
                None => kind.words().to_owned(),
            },
            id: word_of(kind),
        };
        LineShown {
            no,
            is_excluding: self.is_excluding,
            fields,
            operators: OperatorKind::ALL.map(operator).into(),
            value: inert(&self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_ingest::hygiene::rule_of_words;

    #[test]
    fn a_rule_that_is_shown_in_lines_is_the_same_when_it_is_sent_back() {
        for text in [
            "due_date is missing",
            "labels is one of \"a, b\", c and summary contains missing parts",
            "age_days is greater than 2.5 only for not type equals Bug and project is one of A, B",
            "status has not changed for 14 days and subtask equals true",
        ] {
            let rule = rule_of_words("Old", text, &KnownFields::default()).expect(text);
            let typed = Typed::of(&rule, false);
            assert!(!typed.is_words, "{text}");
            let wish = typed.wish(&KnownFields::default()).expect("a wish");
            let words: Vec<ConditionWish> = rule.conditions.iter().map(ConditionWish::from).collect();
            assert_eq!(wish.conditions, Some(words), "{text}");
            let only: Vec<FilterWish> = rule.only.iter().map(FilterWish::from).collect();
            assert_eq!(wish.only, Some(only), "{text}");
        }
        let text = "labels is missing only for type is missing or equals Bug";
        let rule = rule_of_words("Old", text, &KnownFields::default());
        assert!(Typed::of(&rule.expect("a rule"), false).is_words, "lines cannot say that");
    }
}
