//! What a path of a PATCH points at.

use crate::scim::{
    ScimError,
    error::shown,
    filter::{Filter, Reader, check::check_within},
    path::Bound,
    schema::{Attribute, Mutability, ResourceKind, Schema, Type},
};

/// What a path points at.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// The resource itself.
    Resource,
    /// All of an extension.
    Extension(&'static Schema),
    /// An attribute, or a part of it: of all its values, or of those that a filter takes.
    Attribute(Bound, Option<Filter>),
}

impl Target {
    /// Reads a path.
    ///
    /// # Errors
    /// `invalidPath`, and `invalidFilter` for what is wrong within its brackets.
    pub(super) fn read(kind: ResourceKind, path: &str) -> Result<Self, ScimError> {
        let path = path.trim();
        if path.is_empty() || path.eq_ignore_ascii_case(kind.core().id) {
            return Ok(Self::Resource);
        }
        if let Some(schema) = kind.extension().filter(|one| one.id.eq_ignore_ascii_case(path)) {
            return Ok(Self::Extension(schema));
        }
        let mut reader = Reader::new(path).map_err(|fault| ScimError::path(fault.about("path")))?;
        let read = (|| {
            let name = reader.name()?;
            let filter = reader.brackets()?;
            let part = if filter.is_some() { reader.part()? } else { None };
            reader.end().map(|()| (name, filter, part))
        })();
        let (name, filter, part) = read.map_err(|fault| ScimError::path(fault.about("path")))?;
        let unknown = || ScimError::path(format!("There is no attribute {}", shown(path)));
        let bound = name.bind(kind).ok_or_else(unknown)?;
        let Some(filter) = filter else { return Ok(Self::Attribute(bound, None)) };
        if bound.part.is_some() {
            return Err(ScimError::path("Brackets stand behind an attribute, and not behind a part of one"));
        }
        if !bound.attribute.multi_valued || bound.attribute.kind != Type::Complex {
            let detail = format!("{} has not several values to choose from", bound.attribute.name);
            return Err(ScimError::filter(detail));
        }
        check_within(&filter, &bound)?;
        let part = match part {
            None => None,
            Some(part) => Some(bound.attribute.part(&part).ok_or_else(unknown)?),
        };
        Ok(Self::Attribute(Bound { part, ..bound }, Some(filter)))
    }

    /// That clients may change it.
    pub(super) fn check_may_change(&self, path: &str) -> Result<(), ScimError> {
        let Self::Attribute(bound, _) = self else { return Ok(()) };
        let is_fixed = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
        match is_fixed(bound.attribute) || bound.part.is_some_and(is_fixed) {
            true => Err(ScimError::mutability(format!("{} is read-only", shown(path)))),
            false => Ok(()),
        }
    }
}
