//! Custom fields: which there are, of what kind, and which of them are left out.

use super::{named, path};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        body::query,
        extract::{Params, Segments},
    },
    pages::{
        format::{count, inert},
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use weir_store::CustomField;

/// Fields on a page.
const ON_A_PAGE: usize = 100;

/// Which fields.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    /// Those that have this in their name or id.
    #[serde(default)]
    q: String,
    /// The page, from 1 on.
    #[serde(default)]
    page: Option<usize>,
}

/// A field.
struct Row {
    name: String,
    id: String,
    kind: String,
    source: String,
    /// Whether another field has this name.
    is_namesake: bool,
    is_left_out: bool,
}

#[derive(Template)]
#[template(path = "fields.html")]
struct FieldsPage {
    shell: Shell,
    head: Head,
    here: String,
    sentence: String,
    /// Whether there is none at all, so that there is nothing to choose from either.
    is_empty: bool,
    asked: String,
    rows: Vec<Row>,
    before: Option<String>,
    next: Option<String>,
}

/// `GET /integrations/{name}/fields`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let mut fields = app.store.custom_fields(&integration.id).await?;
    fields.sort_by_cached_key(|field| (field.name.to_lowercase(), field.id.clone()));
    let names = Names::of(&fields);
    let sentence = sentence(fields.len(), names.shared);
    let is_empty = fields.is_empty();
    let wanted = asked.q.trim().to_lowercase();
    fields.retain(|field| field.name.to_lowercase().contains(&wanted) || field.id.contains(&wanted));
    let page = asked.page.unwrap_or(1).max(1);
    let skipped = (page - 1).saturating_mul(ON_A_PAGE);
    let has_more = fields.len() > skipped.saturating_add(ON_A_PAGE);
    let rows = fields.iter().skip(skipped).take(ON_A_PAGE).map(|field| Row {
        name: inert(&field.name),
        id: inert(&field.id),
        kind: inert(field.kind.as_deref().unwrap_or("unknown")),
        source: inert(
            field.source.as_deref().and_then(|source| source.rsplit(':').next()).unwrap_or_default(),
        ),
        is_namesake: names.is_shared(&field.name),
        is_left_out: integration.settings.exclusions.excludes(&field.id),
    });
    let here = path(&integration, "fields");
    let at = |page: usize| format!("{here}?{}", query(&[("q", &asked.q), ("page", &page.to_string())]));
    rendered(&FieldsPage {
        shell: Shell::new(
            &app,
            Some(&caller),
            &format!("{}, Custom fields", integration.name),
            "/integrations",
        ),
        head: Head::of(&integration).at("Custom fields"),
        sentence,
        is_empty,
        rows: rows.collect(),
        before: (page > 1).then(|| at(page - 1)),
        next: has_more.then(|| at(page + 1)),
        asked: inert(&asked.q),
        here,
    })
}

/// How often fields are called the same, whatever the case of their letters.
struct Names {
    fields_by_name: BTreeMap<String, usize>,
    /// Fields that share their name with another.
    shared: usize,
}

impl Names {
    fn of(fields: &[CustomField]) -> Self {
        let mut fields_by_name: BTreeMap<String, usize> = BTreeMap::new();
        for field in fields {
            *fields_by_name.entry(field.name.to_lowercase()).or_default() += 1;
        }
        let shared = fields_by_name.values().filter(|fields| **fields > 1).sum();
        Self { fields_by_name, shared }
    }

    fn is_shared(&self, name: &str) -> bool {
        self.fields_by_name.get(&name.to_lowercase()).is_some_and(|fields| *fields > 1)
    }
}

/// What there is, in a sentence.
fn sentence(all: usize, namesakes: usize) -> String {
    match (all, namesakes) {
        (0, _) => "No custom field yet: they come with the first sync.".to_owned(),
        (all, 0) => {
            format!("{}, each with a name of its own.", count(all as u64, "custom field", "custom fields"))
        }
        (all, some) => format!(
            "{}. {some} of them share a name with another: their ids tell them apart.",
            count(all as u64, "custom field", "custom fields")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn the_sentence_says_how_many_and_which_cannot_be_told_by_their_names() {
        assert_eq!(sentence(0, 0), "No custom field yet: they come with the first sync.");
        assert_eq!(sentence(1, 0), "1 custom field, each with a name of its own.");
        assert!(sentence(9, 2).starts_with("9 custom fields. 2 of them share"));
    }
}
