//! Filters from text. Length and depth are bounded, so that nobody makes the server dig without end.

use super::{Filter, Operator};
use crate::scim::{
    DEEPEST_FILTER, LONGEST_EXPRESSION,
    path::{AttributePath, is_name},
};
use serde_json::Value;

/// What is wrong with the form of an expression, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::scim) struct Fault {
    what: String,
    column: Option<usize>,
}

impl Fault {
    /// As a sentence about a filter or a path.
    pub(in crate::scim) fn about(&self, thing: &str) -> String {
        match self.column {
            Some(column) => format!("The {thing} cannot be read: {} at column {column}", self.what),
            None => format!("The {thing} cannot be read: {}", self.what),
        }
    }
}

type Read<T> = Result<T, Fault>;

/// Reads an expression from left to right.
#[derive(Debug)]
pub(in crate::scim) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// Whether it is within brackets, where there are no others.
    is_within: bool,
}

impl<'a> Reader<'a> {
    pub(in crate::scim) fn new(text: &'a str) -> Read<Self> {
        if text.len() > LONGEST_EXPRESSION {
            let what = format!("it is longer than {LONGEST_EXPRESSION} bytes");
            return Err(Fault { what, column: None });
        }
        Ok(Self { text, at: 0, depth: 0, is_within: false })
    }

    /// A whole filter.
    pub(in crate::scim) fn filter(&mut self) -> Read<Filter> {
        self.deeper()?;
        let mut any = vec![self.conjunction()?];
        while self.keyword("or") {
            any.push(self.conjunction()?);
        }
        self.depth -= 1;
        Ok(only_or(any, Filter::Any))
    }

    /// That nothing is left.
    pub(in crate::scim) fn end(&mut self) -> Read<()> {
        self.skip();
        if self.at < self.text.len() { Err(self.fault("something is left")) } else { Ok(()) }
    }

    /// A name of an attribute.
    pub(in crate::scim) fn name(&mut self) -> Read<AttributePath> {
        self.skip();
        let begin = self.at;
        let word = self.word();
        AttributePath::read(word).ok_or_else(|| {
            self.at = begin;
            self.fault("a name of an attribute is missing")
        })
    }

    /// What stands in brackets, if anything does.
    pub(in crate::scim) fn brackets(&mut self) -> Read<Option<Filter>> {
        if !self.takes('[') {
            return Ok(None);
        }
        if self.is_within {
            return Err(self.fault("brackets stand within brackets"));
        }
        self.is_within = true;
        let filter = self.filter()?;
        self.is_within = false;
        if !self.takes(']') {
            return Err(self.fault("a bracket is not closed"));
        }
        Ok(Some(filter))
    }

    /// A part that is named behind brackets, if one is.
    pub(in crate::scim) fn part(&mut self) -> Read<Option<String>> {
        if !self.text[self.at..].starts_with('.') {
            return Ok(None);
        }
        self.at += 1;
        let word = self.word();
        if is_name(word) { Ok(Some(word.to_owned())) } else { Err(self.fault("a name of a part is missing")) }
    }

    fn conjunction(&mut self) -> Read<Filter> {
        let mut all = vec![self.single()?];
        while self.keyword("and") {
            all.push(self.single()?);
        }
        Ok(only_or(all, Filter::All))
    }

    fn single(&mut self) -> Read<Filter> {
        if self.takes('(') {
            return self.grouped();
        }
        let begin = self.at;
        if self.keyword("not") {
            if self.takes('(') {
                return Ok(Filter::Not(Box::new(self.grouped()?)));
            }
            self.at = begin;
        }
        let path = self.name()?;
        if let Some(filter) = self.brackets()? {
            if path.part.is_some() {
                return Err(self.fault("brackets stand behind a part of an attribute"));
            }
            let filter = match self.part()? {
                None => filter,
                // As Entra writes it: one of the values is so, and its part too.
                Some(part) => {
                    let path = AttributePath { urn: None, name: part, part: None };
                    Filter::All(vec![filter, self.expression(path)?])
                }
            };
            return Ok(Filter::Values(path, Box::new(filter)));
        }
        self.expression(path)
    }

    /// The rest of a group whose parenthesis is open.
    fn grouped(&mut self) -> Read<Filter> {
        let filter = self.filter()?;
        if self.takes(')') { Ok(filter) } else { Err(self.fault("a parenthesis is not closed")) }
    }

    /// What is said of an attribute.
    fn expression(&mut self, path: AttributePath) -> Read<Filter> {
        self.skip();
        let begin = self.at;
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(operator) = Operator::named(word) else {
            self.at = begin;
            return Err(self.fault("an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr) is missing"));
        };
        Ok(Filter::Compare(path, operator, self.literal()?))
    }

    fn literal(&mut self) -> Read<Value> {
        self.skip();
        let begin = self.at;
        let text = if self.text[begin..].starts_with('"') { self.quoted()? } else { self.word() };
        let value = match text.to_ascii_lowercase().as_str() {
            word @ ("true" | "false" | "null") => serde_json::from_str(word),
            _ => serde_json::from_str(text),
        };
        match value {
            // No text of ours has this character, so nothing can be equal to it.
            Ok(Value::String(text)) if text.contains('\0') => Err(self.fault("a NUL character stands")),
            Ok(value) if !text.is_empty() => Ok(value),
            _ => {
                self.at = begin;
                Err(self.fault("a value (a text in quotes, a number, true, false or null) is missing"))
            }
        }
    }

    /// A text with its quotes, as JSON has it.
    fn quoted(&mut self) -> Read<&'a str> {
        let begin = self.at;
        let mut is_escaped = false;
        for (offset, byte) in self.text[begin + 1..].bytes().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => {
                    self.at = begin + offset + 2;
                    return Ok(&self.text[begin..self.at]);
                }
                _ => {}
            }
        }
        Err(self.fault("a text is not closed"))
    }

    /// Letters, digits and the signs that names, URNs and numbers have.
    fn word(&mut self) -> &'a str {
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || "-_.:$+%~/".contains(c);
        let rest = &self.text[self.at..];
        let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Whether this word comes next; it is passed then.
    fn keyword(&mut self, wanted: &str) -> bool {
        self.skip();
        let begin = self.at;
        if self.word().eq_ignore_ascii_case(wanted) {
            return true;
        }
        self.at = begin;
        false
    }

    /// Whether this sign comes next; it is passed then.
    fn takes(&mut self, sign: char) -> bool {
        self.skip();
        let takes = self.text[self.at..].starts_with(sign);
        if takes {
            self.at += sign.len_utf8();
        }
        takes
    }

    fn skip(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{c}']).len();
    }

    fn deeper(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > DEEPEST_FILTER {
            let what = format!("it is nested more than {DEEPEST_FILTER} deep");
            return Err(Fault { what, column: None });
        }
        Ok(())
    }

    fn fault(&self, what: &str) -> Fault {
        let column = self.text[..self.at].chars().count() + 1;
        Fault { what: what.to_owned(), column: Some(column) }
    }
}

/// The one, or all of them as something.
fn only_or(mut all: Vec<Filter>, of: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        Some(last) => {
            all.push(last);
            of(all)
        }
        None => of(all),
    }
}
