//! Filters (RFC 7644 §3.4.2.2): read from text, checked against the schemas, and held against resources.
//!
//! A comparison with an attribute of several values holds where it holds of one of them, and `ne` where it holds of all of them. With an
//! attribute of several objects it means their `value`. What is not there is `null`.

pub(super) mod check;
mod compare;
mod eval;
mod parse;

pub(super) use compare::comparable_moment;
pub(super) use eval::{matches, selects};
pub(super) use parse::Reader;

use super::{
    ScimError,
    path::{AttributePath, Bound},
    schema::{Attribute, ResourceKind, Type},
};
use serde_json::{Map, Value};

/// How two values are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// The same.
    Equal,
    /// Not the same.
    NotEqual,
    /// Has it somewhere.
    Contains,
    /// Begins with it.
    StartsWith,
    /// Ends with it.
    EndsWith,
    /// After it.
    Greater,
    /// After it, or the same.
    GreaterOrEqual,
    /// Before it.
    Less,
    /// Before it, or the same.
    LessOrEqual,
}

impl Operator {
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "co" => Self::Contains,
            "sw" => Self::StartsWith,
            "ew" => Self::EndsWith,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    fn is_about_parts(self) -> bool {
        matches!(self, Self::Contains | Self::StartsWith | Self::EndsWith)
    }

    fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// A filter as it is written.
#[derive(Clone, PartialEq, Debug)]
pub enum Filter {
    /// A comparison with a value: text, number, flag or null.
    Compare(AttributePath, Operator, Value),
    /// Something is there.
    Present(AttributePath),
    /// All of them hold.
    All(Vec<Filter>),
    /// One of them holds.
    Any(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// One of the values of an attribute is so.
    Values(AttributePath, Box<Filter>),
}

impl Filter {
    /// Reads one, and checks it against the kinds of resources that it is for: an attribute that one of them has is known.
    ///
    /// # Errors
    /// `invalidFilter`, with the column where the form is wrong.
    pub fn read(text: &str, kinds: &[ResourceKind]) -> Result<Self, ScimError> {
        let mut reader = Reader::new(text).map_err(|fault| ScimError::filter(fault.about("filter")))?;
        let filter = reader.filter().and_then(|filter| reader.end().map(|()| filter));
        let filter = filter.map_err(|fault| ScimError::filter(fault.about("filter")))?;
        let scopes: Vec<Scope> = kinds.iter().copied().map(Scope::Resource).collect();
        check::check(&filter, &scopes)?;
        Ok(filter)
    }

    /// Whether a resource is so.
    pub fn matches(&self, kind: ResourceKind, resource: &Map<String, Value>) -> bool {
        matches(self, Scope::Resource(kind), resource)
    }

    /// The text that this attribute, or this part of it, has to be equal to, where nothing else can match: what an index is asked for.
    pub fn equal_to(&self, name: &str, part: Option<&str>) -> Option<&str> {
        match self {
            Self::Compare(path, Operator::Equal, Value::String(text)) => {
                let is_it = path.urn.is_none() && path.name.eq_ignore_ascii_case(name);
                let is_part = match (path.part.as_deref(), part) {
                    (None, None) => true,
                    // Of several objects a comparison means the value.
                    (None, Some(part)) => part == "value",
                    (Some(found), Some(part)) => found.eq_ignore_ascii_case(part),
                    (Some(_), None) => false,
                };
                (is_it && is_part).then_some(text)
            }
            Self::All(all) => all.iter().find_map(|one| one.equal_to(name, part)),
            Self::Values(path, inner) if path.urn.is_none() && path.name.eq_ignore_ascii_case(name) => {
                inner.equal_to(part?, None)
            }
            _ => None,
        }
    }

    /// Whether it asks for anything of this attribute.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().any(|one| one.mentions(name)),
            Self::Not(inner) => inner.mentions(name),
            Self::Compare(path, ..) | Self::Present(path) | Self::Values(path, _) => {
                path.name.eq_ignore_ascii_case(name)
            }
        }
    }
}

/// What names in a filter are names of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    /// Attributes of a resource.
    Resource(ResourceKind),
    /// Parts of the values of an attribute.
    Part(&'static Attribute),
}

impl Scope {
    pub(super) fn bind(self, path: &AttributePath) -> Option<Bound> {
        match self {
            Self::Resource(kind) => path.bind(kind),
            Self::Part(attribute) if path.urn.is_none() && path.part.is_none() => {
                Some(Bound { extension: None, attribute: attribute.part(&path.name)?, part: None })
            }
            Self::Part(_) => None,
        }
    }

    /// The same for a comparison: of several objects it is about their values.
    pub(super) fn bind_compared(self, path: &AttributePath) -> Option<Bound> {
        let bound = self.bind(path)?;
        let is_of_objects = bound.attribute.multi_valued && bound.attribute.kind == Type::Complex;
        match bound.part {
            None if is_of_objects => Some(Bound { part: bound.attribute.part("value"), ..bound }),
            _ => Some(bound),
        }
    }
}
