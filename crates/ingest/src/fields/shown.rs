//! Values as they may be shown: short, and of people nothing but that they are people.

use super::{SAMPLES, counting::filled, unfit};
use serde_json::Value;
use std::collections::BTreeMap;
use weir_metrics::{ValueType, facts::custom_value};
use weir_model::Integration;
use weir_store::{FieldUses, Store, StoreError};

/// What stands for a person.
const PERSON: &str = "(a person)";

/// What stands for an e-mail address.
const ADDRESS: &str = "(an address)";

/// Entries of a list that are shown.
const ENTRIES: usize = 5;

/// Characters of a value that are shown.
const LONGEST: usize = 80;

/// Some values of each field that was counted and is not left out, from issues in which it stands.
pub(super) async fn samples_of(
    store: &Store,
    integration: &Integration,
    counted: &FieldUses,
) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let exclusions = &integration.settings.exclusions;
    let mut wanted: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for one in counted.uses.iter().filter(|one| !exclusions.excludes(&one.field_id)) {
        let numbers = wanted.entry(&one.field_id).or_default();
        for no in [one.first_issue_no, one.last_issue_no] {
            if numbers.len() < SAMPLES && !numbers.contains(&no) {
                numbers.push(no);
            }
        }
    }
    let mut numbers: Vec<i64> = wanted.values().flatten().copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    let documents = store.field_documents_of(&integration.id, &numbers).await?;
    let documents: BTreeMap<i64, &str> =
        documents.iter().map(|document| (document.no, document.fields.as_str())).collect();
    let mut samples: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (field, numbers) in wanted {
        let of_field = samples.entry(field.to_owned()).or_default();
        for fields in numbers.iter().filter_map(|no| documents.get(no)) {
            if let Some(value) = value_of(fields, field)?.filter(|value| !of_field.contains(value)) {
                of_field.push(value);
            }
        }
    }
    Ok(samples)
}

/// The value of a field in a document, where something stands there.
pub(super) fn value_of(fields: &str, id: &str) -> Result<Option<String>, StoreError> {
    let filled = filled(fields)?;
    let Some(value) = filled.get(id) else { return Ok(None) };
    let value = serde_json::from_str(value.get()).map_err(unfit)?;
    Ok(Some(shown(&value)))
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Array(entries) => {
            let mut texts: Vec<String> = entries.iter().take(ENTRIES).map(entry).collect();
            if entries.len() > ENTRIES {
                texts.push(format!("and {} more", entries.len() - ENTRIES));
            }
            texts.join(", ")
        }
        one => entry(one),
    };
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn entry(value: &Value) -> String {
    if is_person(value) {
        return PERSON.to_owned();
    }
    let text = match custom_value(value, ValueType::Text) {
        Some(weir_metrics::Value::Text(text)) => text.to_string(),
        // Of a shape that no field has that people fill in.
        _ => "(a document)".to_owned(),
    };
    let words = text.split_whitespace().map(|word| if is_address(word) { ADDRESS } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Cloud names people by their account, Data Center by a key beside a name.
fn is_person(value: &Value) -> bool {
    let has = |member| value.get(member).is_some();
    has("accountId") || has("emailAddress") || (has("displayName") && (has("key") || has("name")))
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(before, behind)| !before.is_empty() && behind.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_shown_short_and_without_people() {
        for (value, text) in [
            (json!("three\n words"), "three words"),
            (json!(2.5), "2.5"),
            (json!({"value": "EU", "child": {"value": "Prague"}}), "EU / Prague"),
            (json!([{"value": "a"}, "b"]), "a, b"),
            (json!([1, 2, 3, 4, 5, 6, 7]), "1, 2, 3, 4, 5, and 2 more"),
            (json!({"accountId": "a-1", "displayName": "Hana"}), PERSON),
            (json!([{"key": "JIRAUSER1", "name": "hana", "displayName": "Hana"}]), PERSON),
            (json!("ask hana@acme.example today"), "ask (an address) today"),
            (json!({"deep": {"er": 1}}), "(a document)"),
        ] {
            assert_eq!(shown(&value), text, "{value}");
        }
        assert_eq!(shown(&json!("x".repeat(500))).chars().count(), LONGEST + 1);
    }

    #[test]
    fn where_nothing_stands_there_is_no_value() {
        assert_eq!(value_of(r#"{"a":[],"b":null}"#, "a").unwrap(), None);
        assert_eq!(value_of(r#"{"a":[],"b":1}"#, "b").unwrap(), Some("1".to_owned()));
    }
}
