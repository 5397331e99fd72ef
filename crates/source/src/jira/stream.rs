//! A page of issues in one pass.
//!
//! Every value is read as what it should be, where it stands. The first that is something else ends the attempt; the
//! page is then read again by [`Mapper::issue`], issue by issue, to which only the odd value is lost.

use super::{
    history::Embedded,
    issue::{Fields, Mapper, Parsed, Unreadable},
    met::Met,
    wire::{Changelog, History, IssueError, Text},
};
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// An issue as it was read, and its id.
pub(super) type Read = (String, Result<Parsed, Unreadable>);

/// A page of `POST /issue/bulkfetch`, or of Data Center's `POST /search`.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    pub(super) issues: Vec<Read>,
    pub(super) errors: Vec<IssueError<'a>>,
}

/// Reads a page.
pub(super) fn page<'a>(json: &'a str, mapper: &Mapper, met: &mut Met) -> Result<Page<'a>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let page = deserializer.deserialize_map(PageVisitor(Reader { mapper, met }))?;
    deserializer.end()?;
    Ok(page)
}

/// What every part needs.
struct Reader<'m> {
    mapper: &'m Mapper,
    met: &'m mut Met,
}

impl Reader<'_> {
    fn again(&mut self) -> Reader<'_> {
        Reader { mapper: self.mapper, met: self.met }
    }
}

struct PageVisitor<'m>(Reader<'m>);

impl<'de> Visitor<'de> for PageVisitor<'_> {
    type Value = Page<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page of issues")
    }
    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut page = Page::default();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match &*name {
                "issues" => page.issues = map.next_value_seed(Issues(self.0.again()))?,
                "issueErrors" => page.errors = map.next_value::<Option<Vec<_>>>()?.unwrap_or_default(),
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(page)
    }
}

struct Issues<'m>(Reader<'m>);

impl<'de> DeserializeSeed<'de> for Issues<'_> {
    type Value = Vec<Read>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Issues<'_> {
    type Value = Vec<Read>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("issues")
    }
    fn visit_seq<S: SeqAccess<'de>>(mut self, mut seq: S) -> Result<Self::Value, S::Error> {
        let mut issues = Vec::new();
        while let Some(issue) = seq.next_element_seed(Issue(self.0.again()))? {
            issues.push(issue);
        }
        Ok(issues)
    }
}

struct Issue<'m>(Reader<'m>);

impl<'de> DeserializeSeed<'de> for Issue<'_> {
    type Value = Read;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Issue<'_> {
    type Value = Read;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an issue")
    }
    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<Self::Value, M::Error> {
        let (mut id, mut key): (Option<Text<'de>>, Option<Text<'de>>) = (None, None);
        let mut fields = None;
        let mut changelog = None;
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match &*name {
                "id" => id = Some(map.next_value()?),
                "key" => key = Some(map.next_value()?),
                "fields" => fields = Some(map.next_value_seed(FieldsOf(self.0.again()))?),
                "changelog" => changelog = map.next_value::<Option<Changelog<History<'de>>>>()?,
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        let id = id.ok_or_else(|| M::Error::missing_field("id"))?;
        let key = key.ok_or_else(|| M::Error::missing_field("key"))?;
        let mut fields = fields.unwrap_or_else(|| self.0.mapper.fields());
        if let Some(log) = changelog {
            fields.draft.parsed.histories = Some(Embedded::of(&log, &self.0.mapper.fields, self.0.met));
        }
        Ok((id.to_string(), fields.finish(self.0.mapper, &id, &key, self.0.met)))
    }
}

struct FieldsOf<'m>(Reader<'m>);

impl<'de> DeserializeSeed<'de> for FieldsOf<'_> {
    type Value = Fields;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FieldsOf<'_> {
    type Value = Fields;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of fields")
    }
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let Reader { mapper, met } = self.0;
        let mut fields = mapper.fields();
        while let Some(id) = map.next_key::<Text<'de>>()? {
            mapper.field(&id, &mut map, &mut fields, met)?;
        }
        Ok(fields)
    }
}
