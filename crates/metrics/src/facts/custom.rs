//! The JSON of a mapped field into a value of its type.

use crate::{Day, Value, ValueType};
use serde_json::Value as Json;
use std::sync::Arc;
use weir_model::Millis;

/// The value of a mapped field from the JSON that the tool gives, by the type that it is mapped to; `None` where it is
/// null, or of a shape that the type does not have.
pub fn custom_value(json: &Json, kind: ValueType) -> Option<Value> {
    Some(match kind {
        ValueType::Text => Value::Text(text(json)?),
        ValueType::RichText => {
            let text = document(json).map(Arc::from).or_else(|| text(json))?;
            Value::Number(text.split_whitespace().count() as f64)
        }
        ValueType::Person => Value::Text(person(json)?),
        ValueType::Number => Value::Number(number(json)?),
        ValueType::Date => Value::Day(Day::parse(json.as_str()?)?),
        ValueType::Instant => Value::Instant(instant(json.as_str()?)?),
        ValueType::List => {
            let entries: Vec<Arc<str>> = match json {
                Json::Array(entries) => entries.iter().filter_map(person).collect(),
                one => person(one).into_iter().collect(),
            };
            return (!entries.is_empty()).then_some(Value::List(entries));
        }
        ValueType::Flag => Value::Flag(json.as_bool()?),
        ValueType::Count | ValueType::Elapsed => return None,
    })
}

/// The plain text of a document of Jira Cloud (Atlassian Document Format), each block on a line of its own.
fn document(json: &Json) -> Option<String> {
    let is_document = json.get("type").and_then(Json::as_str) == Some("doc");
    let mut plain = String::new();
    is_document.then(|| add_plain(json, &mut plain))?;
    Some(plain)
}

fn add_plain(node: &Json, plain: &mut String) {
    let own = node.get("text").or_else(|| node.pointer("/attrs/text"));
    plain.push_str(own.and_then(Json::as_str).unwrap_or_default());
    let Some(content) = node.get("content").and_then(Json::as_array) else { return };
    content.iter().for_each(|inner| add_plain(inner, plain));
    plain.push('\n');
}

/// An instant of RFC 3339, or with an offset without a colon as Jira writes it.
pub(super) fn instant(text: &str) -> Option<Millis> {
    if let Some(at) = Millis::parse(text) {
        return Some(at);
    }
    let (before, minutes) = text.split_at_checked(text.len().checked_sub(2)?)?;
    Millis::parse(&format!("{before}:{minutes}"))
}

fn number(json: &Json) -> Option<f64> {
    let number = match json {
        Json::Number(number) => number.as_f64(),
        _ => text(json)?.trim().parse().ok(),
    };
    number.filter(|number| number.is_finite())
}

/// A text, or what stands for one: an option's value, a name, a key; a cascading option as `parent / child`.
fn text(json: &Json) -> Option<Arc<str>> {
    match json {
        Json::String(text) => Some(Arc::from(text.as_str())),
        Json::Number(number) => Some(Arc::from(number.to_string())),
        Json::Bool(flag) => Some(Arc::from(flag.to_string())),
        Json::Object(members) => {
            let named = ["value", "name", "displayName", "key", "id"].into_iter();
            let first = named.filter_map(|member| members.get(member)).find_map(text)?;
            match members.get("child").and_then(text) {
                Some(child) => Some(Arc::from(format!("{first} / {child}"))),
                None => Some(first),
            }
        }
        Json::Array(entries) => {
            let texts: Vec<_> = entries.iter().filter_map(text).collect();
            (!texts.is_empty()).then(|| Arc::from(texts.join(", ")))
        }
        Json::Null => None,
    }
}

/// The id of a person, or the text of anything else.
fn person(json: &Json) -> Option<Arc<str>> {
    let id = |json: &Json| {
        let account = json.get("accountId").and_then(Json::as_str).map(Arc::from);
        let is_person = json.get("displayName").is_some() || json.get("emailAddress").is_some();
        account.or_else(|| json.get("key").filter(|_| is_person).and_then(Json::as_str).map(Arc::from))
    };
    match json {
        Json::Array(entries) => entries.first().and_then(person),
        _ => id(json).or_else(|| text(json)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_type_reads_the_shapes_that_jira_gives() {
        let read = |json, kind| custom_value(&json, kind);
        assert_eq!(read(json!({"value": "S1", "id": "9"}), ValueType::Text), Some(Value::text("S1")));
        assert_eq!(
            read(json!({"value": "EU", "child": {"value": "Prague"}}), ValueType::Text),
            Some(Value::text("EU / Prague"))
        );
        assert_eq!(read(json!("a  b c"), ValueType::RichText), Some(Value::Number(3.0)));
        let document = json!({"type": "doc", "version": 1, "content": [
            {"type": "paragraph", "content": [
                {"type": "text", "text": "on"}, {"type": "text", "text": "ce ", "marks": []},
                {"type": "mention", "attrs": {"id": "a-1", "text": "@Hana"}}]},
            {"type": "paragraph", "content": [{"type": "text", "text": "more"}]}]});
        assert_eq!(read(document, ValueType::RichText), Some(Value::Number(3.0)));
        assert_eq!(
            read(json!({"accountId": "a-1", "displayName": "Hana"}), ValueType::Person),
            Some(Value::text("a-1"))
        );
        assert_eq!(
            read(json!({"key": "JIRAUSER1", "name": "hana", "displayName": "Hana"}), ValueType::Person),
            Some(Value::text("JIRAUSER1"))
        );
        assert_eq!(read(json!("2.5"), ValueType::Number), Some(Value::Number(2.5)));
        assert_eq!(read(json!("1970-01-03"), ValueType::Date), Some(Value::Day(Day(2))));
        assert_eq!(
            read(json!("1970-01-01T01:00:00.000+0100"), ValueType::Instant),
            Some(Value::Instant(Millis(0)))
        );
        assert_eq!(read(json!([{"value": "a"}, "b"]), ValueType::List), Some(Value::list(["a", "b"])));
        for (nothing, kind) in [
            (json!(null), ValueType::Text),
            (json!([]), ValueType::List),
            (json!("soon"), ValueType::Date),
            (json!("é1"), ValueType::Instant),
            (json!({}), ValueType::Number),
        ] {
            assert_eq!(read(nothing, kind), None);
        }
    }
}
