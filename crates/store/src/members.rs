//! Members taken out of the JSON in which raw fields are kept.

use serde_json::{Value, value::RawValue};
use std::collections::{BTreeMap, BTreeSet};

/// The object without the members of these names, at its top and in the `fields` of issues that are embedded in it;
/// `None` where it has none of them. What is not touched stays as it is, number by number.
pub(crate) fn without(json: &str, names: &BTreeSet<String>) -> Option<String> {
    let Ok(mut members) = serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(json) else {
        // Nobody can tell what it holds.
        return Some("{}".to_owned());
    };
    let mut changed = false;
    members.retain(|name, raw| {
        let kept = !names.contains(name);
        match kept.then(|| scrubbed(raw, names)) {
            None => changed = true,
            Some(Scrubbed::Untouched) => {}
            Some(Scrubbed::To(left)) => {
                *raw = left;
                changed = true;
            }
            Some(Scrubbed::Unreadable) => {
                changed = true;
                return false;
            }
        }
        kept
    });
    changed.then(|| serde_json::to_string(&members).unwrap_or_else(|_| "{}".to_owned()))
}

enum Scrubbed {
    Untouched,
    To(Box<RawValue>),
    Unreadable,
}

fn scrubbed(raw: &RawValue, names: &BTreeSet<String>) -> Scrubbed {
    if !raw.get().contains(r#""fields""#) {
        return Scrubbed::Untouched;
    }
    let Ok(mut value) = serde_json::from_str::<Value>(raw.get()) else { return Scrubbed::Unreadable };
    match embedded(&mut value, names).then(|| serde_json::value::to_raw_value(&value)) {
        None => Scrubbed::Untouched,
        Some(Ok(left)) => Scrubbed::To(left),
        Some(Err(_)) => Scrubbed::Unreadable,
    }
}

/// Takes members out of every embedded `fields`; says whether there were any.
fn embedded(value: &mut Value, names: &BTreeSet<String>) -> bool {
    let mut changed = false;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| changed |= embedded(item, names)),
        Value::Object(members) => {
            if let Some(Value::Object(fields)) = members.get_mut("fields") {
                let before = fields.len();
                fields.retain(|name, _| !names.contains(name));
                changed |= fields.len() != before;
            }
            members.values_mut().for_each(|member| changed |= embedded(member, names));
        }
        _ => {}
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, names: &[&str], left: Option<&str>) {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(without(json, &names).as_deref(), left, "{json}");
    }

    #[test]
    fn members_go_and_the_others_stay_as_they_are() {
        let json = r#"{"customfield_1":1.50,"customfield_2":{"value":"secret"},"customfield_3":1e400}"#;
        check(json, &["customfield_2"], Some(r#"{"customfield_1":1.50,"customfield_3":1e400}"#));
        check(json, &["customfield_9"], None);
        check("{}", &["customfield_9"], None);
    }

    #[test]
    fn embedded_issues_lose_them_too() {
        check(
            r#"{"customfield_1":[{"key":"A-1","fields":{"summary":"secret","status":{"id":"1"}}}]}"#,
            &["summary"],
            Some(r#"{"customfield_1":[{"fields":{"status":{"id":"1"}},"key":"A-1"}]}"#),
        );
    }

    #[test]
    fn what_cannot_be_read_goes_whole() {
        check(r#"{"customfield_1":"#, &["customfield_1"], Some("{}"));
    }
}
