//! A query that a site refuses: what it says, and the fields that are called nearly as one that it does not know.

use super::{Words, unquoted};
use crate::jira::{preflight::bounded, site::Site};
use weir_model::{Message, PreflightFault};

/// How alike two names have to be.
const ALIKE: f64 = 0.84;

/// Names that are offered.
const OFFERED: usize = 3;

/// Names of fields that are looked at.
const LOOKED_AT: usize = 5_000;

/// What there is to say of a query that a site refused with these words. Fields are asked for where it does not know one.
pub(in crate::jira) async fn refused(site: &Site, said: String) -> Message {
    let near = match unknown_field(&said) {
        Some(name) => near(site, name).await,
        None => vec![],
    };
    match near.is_empty() {
        true => Message::JqlRefused { said },
        false => PreflightFault::JqlField { said, near: near.join(" or ") }.into(),
    }
}

/// The field that a site says it does not know.
fn unknown_field(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("Field '")?;
    let (name, rest) = rest.split_once('\'')?;
    (!name.is_empty() && rest.trim_start().starts_with("does not exist")).then_some(name)
}

/// A site that does not tell its fields has none to offer, which is not in the way of the refusal.
async fn near(site: &Site, name: &str) -> Vec<String> {
    let Ok(reply) = site.get("completion", "api/jql/autocompletedata", &[]).await else { return vec![] };
    match reply.ok().and_then(|reply| reply.read::<Words>()) {
        Ok(words) => alike(&words, name),
        Err(_) => vec![],
    }
}

fn alike(words: &Words, name: &str) -> Vec<String> {
    let name = name.to_lowercase();
    let mut found: Vec<(f64, String)> = vec![];
    for field in words.visible_field_names.iter().take(LOOKED_AT) {
        let likeness = strsim::jaro_winkler(&bounded(unquoted(&field.value)).to_lowercase(), &name);
        let shown = bounded(&words.quoted(&field.value));
        if likeness >= ALIKE && !found.iter().any(|(_, known)| *known == shown) {
            found.push((likeness, shown));
        }
    }
    found.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.cmp(second)));
    found.into_iter().take(OFFERED).map(|(_, shown)| shown).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::FieldWord, *};

    #[test]
    fn a_field_is_named_where_the_site_does_not_know_it() {
        let said = "Field 'asignee' does not exist or you do not have permission to view it.";
        assert_eq!(unknown_field(said), Some("asignee"));
        for other in [
            "The value 'X' does not exist for the field 'status'.",
            "Field '' does not exist",
            "Field 'a' is odd",
        ] {
            assert_eq!(unknown_field(other), None, "{other}");
        }
    }

    #[test]
    fn names_that_are_nearly_the_same_are_offered_the_nearest_first() {
        let field = |value: &str| FieldWord { value: value.into(), ..FieldWord::default() };
        let fields = ["status", "assignee", "\"Story Points\"", "statusCategory", "due", "assignee"];
        let words = Words { visible_field_names: fields.map(field).into(), ..Words::default() };
        assert_eq!(alike(&words, "Asignee"), ["assignee"]);
        assert_eq!(alike(&words, "story point"), ["\"Story Points\""]);
        assert_eq!(alike(&words, "statuss"), ["status", "statusCategory"]);
        assert!(alike(&words, "colour of the sky").is_empty());
    }
}
