//! Takes what is excluded out of values that Jira sends unasked.
//!
//! Custom values can carry whole people, documents that name them, and other issues with some of their fields.

use serde_json::{Map, Value};
use weir_model::Exclusions;

/// Members of a person that are details; the id is not one.
const DETAILS: [&str; 7] =
    ["displayName", "emailAddress", "avatarUrls", "name", "timeZone", "locale", "publicName"];

/// The value without what is excluded.
pub(super) fn value(json: &str, exclusions: &Exclusions) -> Option<String> {
    let mut value: Value = serde_json::from_str(json).ok()?;
    walk(&mut value, exclusions);
    serde_json::to_string(&value).ok()
}

/// A whole issue without what is excluded. Where anything is, only its id, its key and its fields are told apart from the
/// rest: histories, and fields of another shape, may hold whatever is excluded.
pub(super) fn whole(json: &str, exclusions: &Exclusions) -> Option<String> {
    if exclusions.is_empty() {
        return value(json, exclusions);
    }
    let mut issue: Value = serde_json::from_str(json).ok()?;
    if let Value::Object(members) = &mut issue {
        members.retain(|name, member| match name.as_str() {
            "id" | "key" => !member.is_object() && !member.is_array(),
            "fields" => member.is_object(),
            _ => false,
        });
    } else {
        issue = Value::Null;
    }
    walk(&mut issue, exclusions);
    serde_json::to_string(&issue).ok()
}

fn walk(value: &mut Value, exclusions: &Exclusions) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, exclusions)),
        Value::Object(members) => {
            if exclusions.user_details {
                forget_person(members);
                forget_mention(members);
            }
            if let Some(Value::Object(fields)) = members.get_mut("fields") {
                fields.retain(|id, _| !exclusions.excludes(id));
            }
            members.values_mut().for_each(|member| walk(member, exclusions));
        }
        _ => {}
    }
}

fn forget_person(members: &mut Map<String, Value>) {
    if ["accountId", "emailAddress", "accountType", "displayName"]
        .iter()
        .any(|mark| members.contains_key(*mark))
    {
        members.retain(|name, _| !DETAILS.contains(&name.as_str()));
    }
}

fn forget_mention(members: &mut Map<String, Value>) {
    if members.get("type").and_then(Value::as_str) != Some("mention") {
        return;
    }
    if let Some(Value::Object(attrs)) = members.get_mut("attrs") {
        let id = attrs.get("id").and_then(Value::as_str).unwrap_or_default();
        let text = Value::String(format!("@{id}"));
        attrs.insert("text".to_owned(), text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(exclude: &str, json: &str, left: &str) {
        let scrubbed = value(json, &Exclusions::parse([exclude])).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&scrubbed).unwrap(),
            serde_json::from_str::<Value>(left).unwrap(),
            "{exclude}"
        );
    }

    #[test]
    fn people_keep_their_id_only() {
        check(
            "userDetails",
            r#"[{"accountId":"7:x","displayName":"Hana","emailAddress":"h@x","avatarUrls":{"16x16":"u"},"active":true}]"#,
            r#"[{"accountId":"7:x","active":true}]"#,
        );
        check("userDetails", r#"{"id":"1","name":"High"}"#, r#"{"id":"1","name":"High"}"#);
        check(
            "userDetails",
            r#"{"type":"doc","content":[{"type":"mention","attrs":{"id":"7:x","text":"@Hana"}}]}"#,
            r#"{"type":"doc","content":[{"type":"mention","attrs":{"id":"7:x","text":"@7:x"}}]}"#,
        );
    }

    #[test]
    fn embedded_issues_lose_the_excluded_fields() {
        check(
            "summary",
            r#"{"key":"A-1","fields":{"summary":"secret","status":{"id":"1"}}}"#,
            r#"{"key":"A-1","fields":{"status":{"id":"1"}}}"#,
        );
    }

    #[test]
    fn of_a_whole_issue_only_fields_are_left_where_something_is_excluded() {
        let exclusions = Exclusions::parse(["summary"]);
        let issue = r#"{"id":"1","key":"A-1","fields":{"summary":"secret","status":"odd"},
            "changelog":{"histories":[{"items":[{"field":"summary","toString":"secret"}]}]}}"#;
        let left = whole(issue, &exclusions).unwrap();
        assert_eq!(left, r#"{"fields":{"status":"odd"},"id":"1","key":"A-1"}"#);
        let odd = r#"{"id":"1","key":{"a":"secret"},"fields":["secret"]}"#;
        assert_eq!(whole(odd, &exclusions).unwrap(), r#"{"id":"1"}"#);
        assert_eq!(whole("[\"secret\"]", &exclusions).unwrap(), "null");
        assert!(whole(odd, &Exclusions::default()).unwrap().contains("secret"));
    }
}
