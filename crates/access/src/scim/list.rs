//! Lists of resources: what is asked for, in which order, and which page (RFC 7644 §3.4.2).

use super::{
    Filter, LARGEST_PAGE, Projection, ScimError,
    error::shown,
    filter::comparable_moment,
    fold::comparable,
    path::AttributePath,
    schema::{ResourceKind, Type},
    value::is_primary,
};
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What is asked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Search {
    /// Which resources; all of them without one.
    pub filter: Option<Filter>,
    /// By what they are put in order; by when they were added without one.
    pub sort_by: Option<AttributePath>,
    /// Whether the order is the other way round.
    pub descending: bool,
    /// The first one, counted from 1.
    pub start_index: u32,
    /// At most this many.
    pub count: u32,
    /// What is shown of each.
    pub projection: Projection,
}

/// The words of a request, from a query or from a body.
#[derive(Clone, Debug, Default)]
struct Asked {
    filter: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    attributes: Vec<String>,
    excluded: Vec<String>,
}

impl Search {
    /// From the query of a `GET`; parameters that SCIM does not have are passed over.
    ///
    /// # Errors
    /// `invalidFilter`, `invalidPath` for an attribute to sort by that there is not, `invalidValue`.
    pub fn of_query(query: &[(String, String)], kinds: &[ResourceKind]) -> Result<Self, ScimError> {
        let mut asked = Asked::default();
        for (name, value) in query {
            match name.to_ascii_lowercase().as_str() {
                "filter" => asked.filter = Some(value.clone()),
                "sortby" => asked.sort_by = Some(value.clone()),
                "sortorder" => asked.sort_order = Some(value.clone()),
                "startindex" => asked.start_index = Some(number("startIndex", value)?),
                "count" => asked.count = Some(number("count", value)?),
                "attributes" => asked.attributes.extend(Projection::names(value)),
                "excludedattributes" => asked.excluded.extend(Projection::names(value)),
                _ => {}
            }
        }
        asked.read(kinds)
    }

    /// From the body of a `POST` to `/.search`.
    ///
    /// # Errors
    /// As [`Self::of_query`], and `invalidSyntax` for what is no request to search.
    pub fn of_body(body: &Value, kinds: &[ResourceKind]) -> Result<Self, ScimError> {
        let body = body.as_object().ok_or_else(|| ScimError::syntax("The body is not a JSON object"))?;
        let named = |wanted: &str| body.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        let value = |wanted: &str| named(wanted).map(|(_, value)| value).filter(|value| !value.is_null());
        let urns = value("schemas").and_then(Value::as_array).into_iter().flatten();
        if !urns.filter_map(Value::as_str).any(|urn| urn.eq_ignore_ascii_case(SEARCH)) {
            return Err(ScimError::syntax(format!("schemas does not name {SEARCH}")));
        }
        let text = |name: &'static str| match value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(ScimError::value(format!("{name} is a text"))),
        };
        let whole = |name: &'static str| match value(name) {
            None => Ok(None),
            Some(value) => {
                value.as_i64().map(Some).ok_or_else(|| ScimError::value(format!("{name} is a whole number")))
            }
        };
        let names = |name: &'static str| match value(name) {
            None => Ok(vec![]),
            Some(Value::Array(all)) => {
                let all: Option<Vec<String>> =
                    all.iter().map(|one| one.as_str().map(str::to_owned)).collect();
                all.ok_or_else(|| ScimError::value(format!("{name} is a list of names")))
            }
            Some(Value::String(text)) => Ok(Projection::names(text)),
            Some(_) => Err(ScimError::value(format!("{name} is a list of names"))),
        };
        let asked = Asked {
            filter: text("filter")?,
            sort_by: text("sortBy")?,
            sort_order: text("sortOrder")?,
            start_index: whole("startIndex")?,
            count: whole("count")?,
            attributes: names("attributes")?,
            excluded: names("excludedAttributes")?,
        };
        asked.read(kinds)
    }
}

impl Asked {
    fn read(self, kinds: &[ResourceKind]) -> Result<Search, ScimError> {
        let filter = self.filter.as_deref().map(|text| Filter::read(text, kinds)).transpose()?;
        let sort_by = self.sort_by.as_deref().map(|text| sorted_by(text, kinds)).transpose()?;
        let descending = match self.sort_order.as_deref() {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("ascending") => false,
            Some(word) if word.eq_ignore_ascii_case("descending") => true,
            Some(_) => return Err(ScimError::value("sortOrder is ascending or descending")),
        };
        let bounded = |number: i64, least: i64| number.clamp(least, i64::from(u32::MAX)) as u32;
        Ok(Search {
            filter,
            sort_by,
            descending,
            start_index: bounded(self.start_index.unwrap_or(1), 1),
            count: bounded(self.count.unwrap_or(i64::from(LARGEST_PAGE)), 0).min(LARGEST_PAGE),
            projection: Projection::of(self.attributes, self.excluded)?,
        })
    }
}

fn number(name: &str, text: &str) -> Result<i64, ScimError> {
    text.trim().parse().map_err(|_| ScimError::value(format!("{name} is a whole number")))
}

fn sorted_by(text: &str, kinds: &[ResourceKind]) -> Result<AttributePath, ScimError> {
    let path = AttributePath::read(text.trim());
    let bound = path.filter(|path| kinds.iter().any(|kind| path.bind(*kind).is_some()));
    bound.ok_or_else(|| ScimError::path(format!("There is no attribute {} to sort by", shown(text))))
}

/// What a resource is sorted by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SortKey {
    /// A flag.
    Flag(bool),
    /// A moment.
    Moment(i128),
    /// A text, as it is compared.
    Text(String),
    /// What has nothing of it comes last.
    Nothing,
}

/// By what a resource is sorted: of several values the primary one, or the first.
pub fn sort_key(path: &AttributePath, kind: ResourceKind, resource: &Map<String, Value>) -> SortKey {
    let Some(bound) = path.bind(kind) else { return SortKey::Nothing };
    let of_objects = bound.attribute.kind == Type::Complex;
    let part = bound.part.or_else(|| bound.attribute.part("value").filter(|_| of_objects));
    let value = match bound.value(resource) {
        Some(Value::Array(all)) => all.iter().find(|one| is_primary(one)).or_else(|| all.first()),
        value => value,
    };
    let value = match part {
        Some(part) => value.and_then(|value| value.get(part.name)),
        None => value,
    };
    let compared = part.unwrap_or(bound.attribute);
    match value {
        Some(Value::Bool(flag)) => SortKey::Flag(*flag),
        Some(value) if compared.kind == Type::DateTime => {
            comparable_moment(value).map_or(SortKey::Nothing, SortKey::Moment)
        }
        Some(Value::String(text)) => SortKey::Text(comparable(text, compared.case_exact).into_owned()),
        _ => SortKey::Nothing,
    }
}

/// The order of two keys; what has nothing comes last, and first the other way round.
pub fn in_order(a: &SortKey, b: &SortKey, descending: bool) -> Ordering {
    if descending { b.cmp(a) } else { a.cmp(b) }
}

/// The answer to a list.
pub fn response(total: u64, start_index: u32, resources: Vec<Value>) -> Value {
    json!({
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}
