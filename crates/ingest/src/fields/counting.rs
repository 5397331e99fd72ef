//! Counts of the fields of all live issues, some at a time.

use super::unfit;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};
use weir_model::{Integration, Millis};
use weir_store::{FieldDocument, FieldUse, FieldUses, Store, StoreError};

/// Issues that are read together.
const TOGETHER: usize = 1_000;

/// What Jira gives for a field in which nothing stands.
const EMPTY: [&str; 4] = ["null", "[]", "{}", "\"\""];

/// Uses by project, then by field.
type Uses = BTreeMap<String, HashMap<String, FieldUse>>;

/// Counts all live issues.
pub(super) async fn count(
    store: &Store,
    integration: &Integration,
    now: Millis,
) -> Result<FieldUses, StoreError> {
    let (mut uses, mut issues, mut after) = (Uses::new(), 0, 0);
    loop {
        let some = store.field_documents(&integration.id, after, TOGETHER).await?;
        let is_last = some.len() < TOGETHER;
        issues += some.len() as u64;
        after = some.last().map_or(after, |document| document.no);
        let counted = tokio::task::spawn_blocking(move || {
            some.iter().try_for_each(|document| add(&mut uses, document))?;
            Ok::<_, StoreError>(uses)
        });
        uses = counted.await.map_err(unfit)??;
        if is_last {
            break;
        }
    }
    let uses = uses.into_values().flat_map(HashMap::into_values).collect();
    Ok(FieldUses { counted_at: now, issues, uses })
}

/// The members of a document in which something stands.
pub(super) fn filled(fields: &str) -> Result<HashMap<String, &RawValue>, StoreError> {
    let mut members: HashMap<String, &RawValue> = serde_json::from_str(fields).map_err(unfit)?;
    members.retain(|_, value| !EMPTY.contains(&value.get()));
    Ok(members)
}

fn add(uses: &mut Uses, document: &FieldDocument) -> Result<(), StoreError> {
    let of_project = uses.entry(document.project_key.clone()).or_default();
    for field in filled(&document.fields)?.into_keys() {
        if let Some(known) = of_project.get_mut(&field) {
            known.issues += 1;
            known.last_issue_no = document.no;
            continue;
        }
        let first = FieldUse {
            field_id: field.clone(),
            project_key: document.project_key.clone(),
            issues: 1,
            first_issue_no: document.no,
            last_issue_no: document.no,
        };
        of_project.insert(field, first);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(no: i64, project: &str, fields: &str) -> FieldDocument {
        let key = format!("{project}-{no}");
        FieldDocument { no, key, project_key: project.into(), fields: fields.into() }
    }

    #[test]
    fn what_is_filled_in_is_counted_by_project() {
        let mut uses = Uses::new();
        for one in [
            document(1, "A", r#"{"customfield_1":"x","customfield_2":[]}"#),
            document(2, "B", r#"{"customfield_1":0}"#),
            document(5, "A", r#"{"customfield_1":false,"customfield_2":["y"],"customfield_3":null}"#),
        ] {
            add(&mut uses, &one).unwrap();
        }
        let of = |project: &str, field: &str| {
            let found = uses.get(project)?.get(field)?;
            Some((found.issues, found.first_issue_no, found.last_issue_no))
        };
        assert_eq!(of("A", "customfield_1"), Some((2, 1, 5)));
        assert_eq!(of("B", "customfield_1"), Some((1, 2, 2)));
        assert_eq!(of("A", "customfield_2"), Some((1, 5, 5)), "an empty list is nothing");
        assert_eq!(of("A", "customfield_3"), None);
    }
}
