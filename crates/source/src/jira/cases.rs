//! Support cases in the values of a field.

use serde_json::Value;
use weir_model::{CaseSpelling, IssueCase};

/// The cases that a value of a field names, each once; `None` where it is of a shape that holds no text.
pub(super) fn in_value(json: &str, spelling: &CaseSpelling) -> Option<Vec<IssueCase>> {
    let mut cases: Vec<IssueCase> = Vec::new();
    for text in texts_of_cases(json)? {
        for case in spelling.cases(&text) {
            if !cases.iter().any(|known| known.case_id == case.case_id) {
                cases.push(case);
            }
        }
    }
    Some(cases)
}

/// The texts of a value in which cases are looked for: a text or a number, an option, a list of these; `None` of another shape.
pub fn texts_of_cases(json: &str) -> Option<Vec<String>> {
    match serde_json::from_str(json).ok()? {
        Value::Array(entries) => entries.iter().filter(|entry| !entry.is_null()).map(text).collect(),
        Value::Null => Some(Vec::new()),
        one => Some(vec![text(&one)?]),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        // People have names too, and are no cases.
        Value::Object(option) if !option.contains_key("displayName") && !option.contains_key("accountId") => {
            let text = option.get("value").or_else(|| option.get("name"))?;
            text.as_str().map(str::to_owned)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_stand_in_texts_numbers_options_and_lists_of_these() {
        let ids = |json: &str| {
            let cases = in_value(json, &CaseSpelling::default())?;
            Some(cases.into_iter().map(|case| case.case_id).collect::<Vec<_>>())
        };
        assert_eq!(ids(r#""00012345, 00012346""#).unwrap(), ["00012345", "00012346"]);
        assert_eq!(ids("12345").unwrap(), ["12345"]);
        assert_eq!(
            ids(r#"["00012345", {"value":"SF-00012345"}, null, {"name":"00012347"}]"#).unwrap(),
            ["00012345", "00012347"]
        );
        assert_eq!(ids("null").unwrap(), Vec::<String>::new());
        assert_eq!(ids(r#"{"type":"doc"}"#), None);
        assert_eq!(ids("[true]"), None);
    }
}
