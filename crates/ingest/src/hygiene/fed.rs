//! Standard fields that custom fields of a site feed: of what is left out of them, nothing whole is known.

use super::known::replaced;
use crate::fields::Mapped;
use std::collections::BTreeMap;
use weir_metrics::Field;
use weir_model::Exclusions;
use weir_store::CustomField;

/// Standard fields that are fed by what configuration leaves out, each with what Jira calls that.
///
/// A field that somebody mapped in the place of a standard one feeds it alone; else all do that are recognised.
pub(super) fn left_out(
    listed: &[CustomField],
    mapped: &[Mapped],
    exclusions: &Exclusions,
) -> BTreeMap<Field, String> {
    let of = |field: &Field| {
        let chosen = mapped
            .iter()
            .map(|one| &one.mapping)
            .find(|one| one.role.and_then(replaced).as_ref() == Some(field));
        if let Some(chosen) = chosen {
            return exclusions.excludes(&chosen.field_id).then(|| chosen.field_id.clone());
        }
        if *field == Field::Epic && exclusions.excludes("parent") {
            return Some("parent".to_owned());
        }
        let feeds = |one: &&CustomField| one.gone_at.is_none() && fed(one).as_ref() == Some(field);
        listed.iter().filter(feeds).find(|one| exclusions.excludes(&one.id)).map(|one| one.id.clone())
    };
    let fields = [Field::StoryPoints, Field::Sprints, Field::Epic];
    fields.into_iter().filter_map(|field| Some((field.clone(), of(&field)?))).collect()
}

/// The standard field that a custom one is recognised to feed.
fn fed(field: &CustomField) -> Option<Field> {
    let source = field.source.as_deref().and_then(|source| source.rsplit(':').next()).unwrap_or_default();
    match source {
        "gh-sprint" => Some(Field::Sprints),
        "gh-epic-link" => Some(Field::Epic),
        "jsw-story-points" => Some(Field::StoryPoints),
        _ => {
            let is_points =
                field.kind.as_deref() == Some("number") && field.name.to_lowercase() == "story points";
            is_points.then_some(Field::StoryPoints)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_metrics::ValueType;
    use weir_model::{FieldMapping, FieldRole, Millis};

    fn listed() -> Vec<CustomField> {
        let one = |id: &str, name: &str, kind: &str, source: &str| CustomField {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: Some(kind.to_owned()),
            source: Some(source.to_owned()),
            gone_at: None,
        };
        vec![
            one("c1", "Sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint"),
            one("c2", "Epic Link", "any", "com.pyxis.greenhopper.jira:gh-epic-link"),
            one("c3", "Story point estimate", "number", "com.pyxis.greenhopper.jira:jsw-story-points"),
            one("c4", "Story Points", "number", "x:float"),
            one("c5", "Effort", "number", "x:float"),
        ]
    }

    fn told(mapped: &[Mapped], exclude: &str) -> Vec<(Field, String)> {
        left_out(&listed(), mapped, &Exclusions::parse([exclude])).into_iter().collect()
    }

    #[test]
    fn a_standard_field_is_left_out_with_any_field_that_feeds_it() {
        for (exclude, field) in [
            ("c1", Field::Sprints),
            ("c2", Field::Epic),
            ("parent", Field::Epic),
            ("c3", Field::StoryPoints),
            ("c4", Field::StoryPoints),
        ] {
            assert_eq!(told(&[], exclude), [(field, exclude.to_owned())]);
        }
        assert_eq!(told(&[], "c5"), []);
        let mut gone = listed();
        gone.iter_mut().for_each(|one| one.gone_at = Some(Millis(1)));
        assert!(left_out(&gone, &[], &Exclusions::parse(["c1"])).is_empty(), "it feeds nothing any more");
    }

    #[test]
    fn a_field_that_is_mapped_in_its_place_feeds_it_alone() {
        let mapping = FieldMapping {
            field_id: "c5".to_owned(),
            holds: "number".to_owned(),
            role: Some(FieldRole::StoryPoints),
            seen_type: None,
            seen_source: None,
            mapped_at: Millis(0),
        };
        let mapped = [Mapped { mapping, kind: ValueType::Number, has_changed: false, gone_at: None }];
        assert_eq!(told(&mapped, "c4"), []);
        assert_eq!(told(&mapped, "c5"), [(Field::StoryPoints, "c5".to_owned())]);
    }
}
