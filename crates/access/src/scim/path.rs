//! Names of attributes as filters, paths and lists of attributes have them (RFC 7644 §3.10), and what they stand for.

use super::schema::{Attribute, ResourceKind, Schema};
use serde_json::{Map, Value};

/// A name: perhaps the URN of a schema, an attribute, perhaps a part of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttributePath {
    /// The URN before it.
    pub urn: Option<String>,
    /// The attribute.
    pub name: String,
    /// The part.
    pub part: Option<String>,
}

impl AttributePath {
    /// Reads one; nothing where it has not the form of one.
    pub fn read(text: &str) -> Option<Self> {
        let (urn, rest) = match text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) {
            // A URN has dots in its version, so what is behind the last colon is the attribute.
            true => text.rsplit_once(':').map(|(urn, rest)| (Some(urn.to_owned()), rest))?,
            false => (None, text),
        };
        let (name, part) = match rest.split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (rest, None),
        };
        let well_formed = is_name(name) && part.is_none_or(is_name);
        well_formed.then(|| Self { urn, name: name.to_owned(), part: part.map(str::to_owned) })
    }

    /// What it stands for in a resource; nothing where there is no such attribute.
    pub fn bind(&self, kind: ResourceKind) -> Option<Bound> {
        let (extension, attribute) = match &self.urn {
            None => (None, kind.attribute(&self.name)?),
            Some(urn) if urn.eq_ignore_ascii_case(kind.core().id) => (None, kind.attribute(&self.name)?),
            Some(urn) => {
                let schema = kind.schema(urn)?;
                (Some(schema), schema.attribute(&self.name)?)
            }
        };
        let part = match &self.part {
            Some(part) => Some(attribute.part(part)?),
            None => None,
        };
        Some(Bound { extension, attribute, part })
    }
}

impl std::fmt::Display for AttributePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        self.part.iter().try_for_each(|part| write!(f, ".{part}"))
    }
}

/// Whether it has the form of a name of an attribute; `$ref` is one.
pub(super) fn is_name(text: &str) -> bool {
    let mut characters = text.bytes();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'$')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-')
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The extension that it is in.
    pub extension: Option<&'static Schema>,
    /// The attribute.
    pub attribute: &'static Attribute,
    /// The part of it.
    pub part: Option<&'static Attribute>,
}

impl Bound {
    /// What is named in the end.
    pub fn target(&self) -> &'static Attribute {
        self.part.unwrap_or(self.attribute)
    }

    /// The object of a resource that holds the attribute.
    pub(super) fn host<'a>(&self, resource: &'a Map<String, Value>) -> Option<&'a Map<String, Value>> {
        match self.extension {
            None => Some(resource),
            Some(schema) => resource.get(schema.id).and_then(Value::as_object),
        }
    }

    /// What a resource has of the attribute, without regard to the part.
    pub(super) fn value<'a>(&self, resource: &'a Map<String, Value>) -> Option<&'a Value> {
        self.host(resource)?.get(self.attribute.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::ENTERPRISE;

    fn bound(text: &str) -> Option<String> {
        let bound = AttributePath::read(text)?.bind(ResourceKind::User)?;
        let extension = bound.extension.map(|one| one.name).unwrap_or_default();
        let part = bound.part.map(|one| one.name).unwrap_or_default();
        Some(format!("{extension}/{}/{part}", bound.attribute.name))
    }

    #[test]
    fn a_name_is_found_in_whatever_case_and_with_its_urn() {
        assert_eq!(bound("USERNAME").as_deref(), Some("/userName/"));
        assert_eq!(bound("name.FamilyName").as_deref(), Some("/name/familyName"));
        assert_eq!(
            bound("URN:ietf:params:scim:schemas:core:2.0:User:emails.value").as_deref(),
            Some("/emails/value")
        );
        let manager = format!("{ENTERPRISE}:manager.$ref");
        assert_eq!(bound(&manager).as_deref(), Some("EnterpriseUser/manager/$ref"));
        assert_eq!(bound("meta.lastModified").as_deref(), Some("/meta/lastModified"));
    }

    #[test]
    fn what_no_schema_has_is_nothing() {
        for text in ["", "password", "name.x", "userName.x.y", "1a", "a b", "urn:x:y", ".a", "a.", "urn:"] {
            assert_eq!(bound(text), None, "{text}");
        }
    }
}
