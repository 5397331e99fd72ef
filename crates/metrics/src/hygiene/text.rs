//! Rules in words, as people type and read them: what is written is read again as the same.
//!
//! ```text
//! rule       = condition *( "and" condition ) [ "only for" filter *( "and" filter ) ]
//! condition  = field comparison
//! filter     = [ "not" ] field comparison *( "or" comparison )
//! comparison = "is missing" | "equals" value | "is one of" value *( "," value ) | …
//! ```
//!
//! A value may have blanks; it is quoted as in JSON where it could be taken for something else.

use super::{Condition, CustomRule, Filter, Mode, Operand, Operator, OperatorKind};
use crate::{Field, FieldTypes, ValueType};
use std::{collections::BTreeMap, fmt};

/// Words that end a value.
const JOINTS: [&str; 3] = ["and", "or", "only"];

/// Fields by names that they have besides, in small letters, such as what a mapped one stands for.
pub type Names = BTreeMap<&'static str, Field>;

/// Most words that the name of a field has.
const LONGEST_FIELD: usize = 4;

impl OperatorKind {
    /// Every one, in a settled order.
    pub const ALL: [Self; 12] = [
        Self::Missing,
        Self::Equals,
        Self::IsNot,
        Self::OneOf,
        Self::Contains,
        Self::ShorterThan,
        Self::GreaterThan,
        Self::LessThan,
        Self::OlderThan,
        Self::InLast,
        Self::ChangedMoreThan,
        Self::NotChangedFor,
    ];

    /// What stands for it in a rule.
    pub fn words(self) -> &'static str {
        match self {
            Self::Missing => "is missing",
            Self::Equals => "equals",
            Self::IsNot => "is not",
            Self::OneOf => "is one of",
            Self::Contains => "contains",
            Self::ShorterThan => "is shorter than",
            Self::GreaterThan => "is greater than",
            Self::LessThan => "is less than",
            Self::OlderThan => "is older than",
            Self::InLast => "is within the last",
            Self::ChangedMoreThan => "changed more than",
            Self::NotChangedFor => "has not changed for",
        }
    }

    /// What its number counts, where that is always the same.
    pub fn unit(self) -> Option<&'static str> {
        match self {
            Self::OlderThan | Self::InLast | Self::NotChangedFor => Some("days"),
            Self::ChangedMoreThan => Some("times"),
            _ => None,
        }
    }

    /// Other ways to say it.
    fn also(self) -> &'static [&'static str] {
        match self {
            Self::Missing => &["missing"],
            Self::Equals => &["is", "="],
            Self::IsNot => &["!="],
            Self::OneOf => &["one of"],
            Self::Contains => &[],
            Self::ShorterThan => &["shorter than"],
            Self::GreaterThan => &["greater than", ">"],
            Self::LessThan => &["less than", "<"],
            Self::OlderThan => &["older than"],
            Self::InLast => &["within the last", "in last"],
            Self::ChangedMoreThan => &["has changed more than"],
            Self::NotChangedFor => &["not changed for"],
        }
    }
}

/// Why words are no rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the members are what the message names")]
pub enum TextError {
    /// Something else was to come.
    #[error("after \"{after}\" {wanted} was to come, and \"{found}\" came")]
    Unexpected { after: String, wanted: &'static str, found: String },
    /// A value that the field cannot have.
    #[error("{field} is compared with {wanted}, and \"{found}\" is none")]
    Value { field: Field, wanted: &'static str, found: String },
    /// A quotation that does not end.
    #[error("the quotation {0} does not end")]
    Quotation(String),
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => quoted(text, f),
        }
    }
}

/// A text as it is, or in quotes where it could be taken for something else.
fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let words: Vec<&str> = text.split(char::is_whitespace).collect();
    let is_joint = |word: &&str| JOINTS.iter().any(|joint| joint.eq_ignore_ascii_case(word));
    let is_plain = !words.iter().any(|word| word.is_empty() || is_joint(word))
        && !text.contains(|c: char| {
            c == '"' || c == ',' || c == ';' || c.is_control() || (c.is_whitespace() && c != ' ')
        })
        && !text.eq_ignore_ascii_case("missing");
    match is_plain {
        true => f.write_str(text),
        false => f.write_str(&serde_json::Value::from(text).to_string()),
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        f.write_str(kind.words())?;
        match self {
            Self::Missing => Ok(()),
            Self::Equals(one) | Self::IsNot(one) | Self::GreaterThan(one) | Self::LessThan(one) => {
                write!(f, " {one}")
            }
            Self::OneOf(these) => {
                let these: Vec<String> = these.iter().map(Operand::to_string).collect();
                write!(f, " {}", these.join(", "))
            }
            Self::Contains(text) => {
                f.write_str(" ")?;
                quoted(text, f)
            }
            Self::ShorterThan(length) => write!(f, " {length}"),
            Self::ChangedMoreThan(times) => write!(f, " {times}"),
            Self::OlderThan(days) | Self::InLast(days) | Self::NotChangedFor(days) => write!(f, " {days}"),
        }?;
        kind.unit().map_or(Ok(()), |unit| write!(f, " {unit}"))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quoted(&self.field.to_string(), f)?;
        write!(f, " {}", self.operator)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mode == Mode::Exclude {
            f.write_str("not ")?;
        }
        quoted(&self.field.to_string(), f)?;
        let any: Vec<String> = self.any.iter().map(Operator::to_string).collect();
        write!(f, " {}", any.join(" or "))
    }
}

/// What it looks for, without its name.
impl fmt::Display for CustomRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions: Vec<String> = self.conditions.iter().map(Condition::to_string).collect();
        f.write_str(&conditions.join(" and "))?;
        if self.only.is_empty() {
            return Ok(());
        }
        let only: Vec<String> = self.only.iter().map(Filter::to_string).collect();
        write!(f, " only for {}", only.join(" and "))
    }
}

impl CustomRule {
    /// A rule of this name out of words. Whether it can make sense, [`super::Rule::check`] says.
    ///
    /// # Errors
    /// When the words are no rule.
    pub fn read(name: &str, text: &str, types: &FieldTypes) -> Result<Self, TextError> {
        Self::read_with(name, text, (types, &Names::new()))
    }

    /// The same where some fields have names besides.
    ///
    /// # Errors
    /// When the words are no rule.
    pub fn read_with(name: &str, text: &str, known: (&FieldTypes, &Names)) -> Result<Self, TextError> {
        let mut reader = Reader::new(text, known)?;
        let mut conditions = vec![reader.condition()?];
        while reader.take(&["and"]) {
            conditions.push(reader.condition()?);
        }
        let mut only = Vec::new();
        if reader.take(&["only", "for"]) {
            only.push(reader.filter()?);
            while reader.take(&["and"]) {
                only.push(reader.filter()?);
            }
        }
        reader.end("\"and\", \"only for\" or the end")?;
        Ok(Self { name: name.trim().to_owned(), conditions, only })
    }
}

impl Filter {
    /// A filter out of words.
    ///
    /// # Errors
    /// When the words are no filter.
    pub fn read(text: &str, types: &FieldTypes) -> Result<Self, TextError> {
        Self::read_with(text, (types, &Names::new()))
    }

    /// The same where some fields have names besides.
    ///
    /// # Errors
    /// When the words are no filter.
    pub fn read_with(text: &str, known: (&FieldTypes, &Names)) -> Result<Self, TextError> {
        let mut reader = Reader::new(text, known)?;
        let filter = reader.filter()?;
        reader.end("\"or\" or the end")?;
        Ok(filter)
    }
}

impl Condition {
    /// A condition out of words.
    ///
    /// # Errors
    /// When the words are no condition.
    pub fn read(text: &str, types: &FieldTypes) -> Result<Self, TextError> {
        let names = Names::new();
        let mut reader = Reader::new(text, (types, &names))?;
        let condition = reader.condition()?;
        reader.end("the end")?;
        Ok(condition)
    }

    /// A comparison of a field by an operator, with values that were typed apart.
    ///
    /// # Errors
    /// When a value is not of the kind that the operator takes.
    pub fn of(
        field: Field,
        kind: OperatorKind,
        values: &[&str],
        types: &FieldTypes,
    ) -> Result<Self, TextError> {
        let operator = compared(&field, kind, values, types)?;
        Ok(Self { field, operator })
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Word(String),
    Quoted(String),
    Comma,
}

impl Token {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found.eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Word(text) | Self::Quoted(text) => text,
            Self::Comma => ",",
        })
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, TextError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ',' => {
                tokens.push(Token::Comma);
                1
            }
            '"' => {
                let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                let quoted = values.next().and_then(Result::ok);
                let quoted = quoted.ok_or_else(|| TextError::Quotation(rest.chars().take(40).collect()))?;
                tokens.push(Token::Quoted(quoted));
                values.byte_offset()
            }
            _ => {
                let is_end = |c: char| c.is_whitespace() || c == ',' || c == '"';
                let length = rest.find(is_end).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..length].to_owned()));
                length
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    types: &'a FieldTypes,
    names: &'a Names,
}

impl<'a> Reader<'a> {
    fn new(text: &str, (types, names): (&'a FieldTypes, &'a Names)) -> Result<Self, TextError> {
        Ok(Self { tokens: tokens(text)?, at: 0, types, names })
    }

    /// The field of this name, in any case of letters.
    fn named(&self, name: &str) -> Option<Field> {
        let lower = name.to_lowercase();
        let own = self.names.get(lower.as_str()).cloned();
        own.or_else(|| name.parse().ok()).or_else(|| lower.parse().ok())
    }

    fn rest(&self) -> &[Token] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    /// Takes these words, where they come next.
    fn take(&mut self, words: &[&str]) -> bool {
        let is_there = self.rest().len() >= words.len()
            && self.rest().iter().zip(words).all(|(token, word)| token.is(word));
        if is_there {
            self.at += words.len();
        }
        is_there
    }

    fn unexpected(&self, wanted: &'static str) -> TextError {
        let before = self.at.checked_sub(1).and_then(|before| self.tokens.get(before));
        TextError::Unexpected {
            after: before.map_or_else(|| "the beginning".to_owned(), Token::to_string),
            wanted,
            found: self.rest().first().map_or_else(|| "the end".to_owned(), Token::to_string),
        }
    }

    fn end(&self, wanted: &'static str) -> Result<(), TextError> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.unexpected(wanted)) }
    }

    fn condition(&mut self) -> Result<Condition, TextError> {
        let field = self.field()?;
        let operator = self.operator(&field)?;
        Ok(Condition { field, operator })
    }

    fn filter(&mut self) -> Result<Filter, TextError> {
        let mode = if self.take(&["not"]) { Mode::Exclude } else { Mode::Include };
        let field = self.field()?;
        let mut any = vec![self.operator(&field)?];
        while self.take(&["or"]) {
            any.push(self.operator(&field)?);
        }
        Ok(Filter { field, mode, any })
    }

    /// A field by its name, the words of which may stand apart.
    fn field(&mut self) -> Result<Field, TextError> {
        if let Some(Token::Quoted(name)) = self.rest().first()
            && let Some(field) = self.named(name)
        {
            self.at += 1;
            return Ok(field);
        }
        for length in (1..=LONGEST_FIELD.min(self.rest().len())).rev() {
            let words = self.rest()[..length].iter().map(|token| match token {
                Token::Word(word) => Some(word.as_str()),
                _ => None,
            });
            let Some(words) = words.collect::<Option<Vec<_>>>() else { continue };
            let field = self.named(&words.join("_"));
            // The id of a mapped field is one word.
            if let Some(field) = field.filter(|field| length == 1 || !matches!(field, Field::Custom(_))) {
                self.at += length;
                return Ok(field);
            }
        }
        Err(self.unexpected("the name of a field"))
    }

    fn operator(&mut self, field: &Field) -> Result<Operator, TextError> {
        let Some(kind) = self.kind() else { return Err(self.unexpected("a comparison")) };
        if kind == OperatorKind::Missing {
            return Ok(Operator::Missing);
        }
        let mut values = vec![self.value(kind)?];
        while kind == OperatorKind::OneOf && self.rest().first() == Some(&Token::Comma) {
            self.at += 1;
            values.push(self.value(kind)?);
        }
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        compared(field, kind, &values, self.types)
    }

    /// The operator that comes next, by the longest of its names.
    fn kind(&mut self) -> Option<OperatorKind> {
        let mut names: Vec<(Vec<&str>, OperatorKind)> = Vec::new();
        for kind in OperatorKind::ALL {
            names.extend(
                [kind.words()].iter().chain(kind.also()).map(|words| (words.split(' ').collect(), kind)),
            );
        }
        names.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        let said = names.into_iter().find(|(words, _)| self.take(words)).map(|(_, kind)| kind);
        said.or_else(|| {
            // As programs write it.
            let word = serde_json::Value::from(self.rest().first()?.to_string().to_lowercase());
            let kind = serde_json::from_value(word).ok()?;
            self.at += 1;
            Some(kind)
        })
    }

    /// A value up to the next comma or joint, without the unit that the operator implies.
    fn value(&mut self, kind: OperatorKind) -> Result<String, TextError> {
        if let Some(Token::Quoted(text)) = self.rest().first() {
            let text = text.clone();
            self.at += 1;
            return Ok(text);
        }
        let mut words: Vec<String> = Vec::new();
        while let Some(Token::Word(word)) = self.rest().first() {
            if JOINTS.iter().any(|joint| joint.eq_ignore_ascii_case(word)) {
                break;
            }
            words.push(word.clone());
            self.at += 1;
        }
        let unit = kind.unit().map(|unit| [unit, unit.trim_end_matches('s')]);
        let is_unit = |word: &String| unit.iter().flatten().any(|unit| unit.eq_ignore_ascii_case(word));
        if words.len() > 1 && words.last().is_some_and(is_unit) {
            words.pop();
        }
        match words.join(" ") {
            text if text.is_empty() => Err(self.unexpected("a value")),
            text if text.eq_ignore_ascii_case("missing") => {
                self.at -= 1;
                Err(self.unexpected("a value; the word missing as a value stands in quotes"))
            }
            text => Ok(text),
        }
    }
}

/// An operator with the values that it takes.
fn compared(
    field: &Field,
    kind: OperatorKind,
    values: &[&str],
    types: &FieldTypes,
) -> Result<Operator, TextError> {
    let first = values.first().copied().unwrap_or_default();
    let one = || operand(field, first, types);
    let unfit = |wanted| TextError::Value { field: field.clone(), wanted, found: first.to_owned() };
    let days =
        || first.parse::<f64>().ok().filter(|days| days.is_finite()).ok_or_else(|| unfit("a number of days"));
    let whole = || first.parse::<u64>().map_err(|_| unfit("a whole number"));
    Ok(match kind {
        OperatorKind::Missing => Operator::Missing,
        OperatorKind::Equals => Operator::Equals(one()?),
        OperatorKind::IsNot => Operator::IsNot(one()?),
        OperatorKind::OneOf => {
            let all = values.iter().map(|value| operand(field, value, types));
            Operator::OneOf(all.collect::<Result<_, _>>()?)
        }
        OperatorKind::Contains => Operator::Contains(first.to_owned()),
        OperatorKind::ShorterThan => Operator::ShorterThan(whole()?),
        OperatorKind::GreaterThan => Operator::GreaterThan(one()?),
        OperatorKind::LessThan => Operator::LessThan(one()?),
        OperatorKind::OlderThan => Operator::OlderThan(days()?),
        OperatorKind::InLast => Operator::InLast(days()?),
        OperatorKind::ChangedMoreThan => Operator::ChangedMoreThan(whole()?),
        OperatorKind::NotChangedFor => Operator::NotChangedFor(days()?),
    })
}

/// A value of a field out of a text.
fn operand(field: &Field, text: &str, types: &FieldTypes) -> Result<Operand, TextError> {
    let unfit = |wanted| TextError::Value { field: field.clone(), wanted, found: text.to_owned() };
    Ok(match types.of(field) {
        Some(ValueType::Number | ValueType::Count | ValueType::Elapsed) => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            Operand::Number(number.ok_or_else(|| unfit("a number"))?)
        }
        Some(ValueType::Flag) => Operand::Flag(match text {
            _ if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("yes") => true,
            _ if text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("no") => false,
            _ => return Err(unfit("true or false")),
        }),
        _ => Operand::Text(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<CustomRule, TextError> {
        CustomRule::read("Old", text, &FieldTypes::from_iter([("c1", ValueType::Number)]))
    }

    #[test]
    fn words_are_a_rule_and_a_rule_is_words() {
        for (typed, written) in [
            ("due_date missing", "due_date is missing"),
            (
                "Due Date is missing and Days In Status > 3",
                "due_date is missing and days_in_status is greater than 3",
            ),
            ("status is In Progress", "status equals In Progress"),
            ("status is not changed", "status is not changed"),
            ("labels contains \"a, b\"", "labels contains \"a, b\""),
            (
                "type is one of Bug, Sub task only for not project is missing or = ENG and custom:c1 < 2.5",
                "type is one of Bug, Sub task only for not project is missing or equals ENG and custom:c1 is less than 2.5",
            ),
            ("updated older than 1 day", "updated is older than 1 days"),
            ("assignee changed more than 3", "assignee changed more than 3 times"),
            ("status not_changed_for 14 days", "status has not changed for 14 days"),
            ("subtask = yes", "subtask equals true"),
            ("summary equals \"This and that\"", "summary equals \"This and that\""),
            ("summary equals \"missing\"", "summary equals \"missing\""),
            ("summary equals \"\"", "summary equals \"\""),
        ] {
            let rule = read(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!(rule.to_string(), written);
            assert_eq!(read(written).unwrap(), rule, "{written}");
        }
    }

    #[test]
    fn a_field_can_be_named_by_what_it_stands_for() {
        let types = FieldTypes::from_iter([("c1", ValueType::Text)]);
        let names = Names::from([("severity", Field::Custom("c1".into()))]);
        for text in ["severity equals S1", "Severity = S1", "\"severity\" is S1", "custom:c1 equals S1"] {
            let filter = Filter::read_with(text, (&types, &names)).expect(text);
            assert_eq!(filter.to_string(), "custom:c1 equals S1", "{text}");
        }
        let text = "severity is missing only for severity is S1";
        let rule = CustomRule::read_with("Bad", text, (&types, &names)).expect(text);
        assert_eq!(rule.to_string(), "custom:c1 is missing only for custom:c1 equals S1");
        assert!(Filter::read("severity equals S1", &types).is_err());
    }

    #[test]
    fn words_that_are_no_rule_say_where_they_stop_making_sense() {
        for (typed, why) in [
            ("", "after \"the beginning\" the name of a field was to come, and \"the end\" came"),
            ("colour is red", "and \"colour\" came"),
            ("status", "after \"status\" a comparison was to come"),
            ("status equals", "a value was to come"),
            ("due_date is not missing", "stands in quotes"),
            ("status equals Open, Done", "\"only for\" or the end was to come, and \",\" came"),
            ("hops > many", "hops is compared with a number"),
            ("hops > inf", "hops is compared with a number"),
            ("subtask is perhaps", "true or false"),
            ("summary is shorter than 2.5", "a whole number"),
            ("summary contains \"x", "does not end"),
            ("type is Bug or Task", "and \"or\" came"),
        ] {
            let error = read(typed).expect_err(typed).to_string();
            assert!(error.contains(why), "{typed}: {error}");
        }
    }
}
