//! What may come next in a query that somebody writes: fields, operators, functions and values, as the site names them.
//!
//! Fields, operators and functions are asked for once; values of a field once for what is typed of them, and not again for more
//! letters where the site has told all of them.

mod near;
mod place;

use super::{
    preflight::{Door, bounded, in_time, opened},
    site::Site,
};
use crate::{Environment, SourceError};
pub(super) use near::refused;
use place::{Form, Place, Wanted, place};
use serde::Deserialize;
use std::collections::BTreeMap;
use weir_model::Message;

/// What is offered at once.
const OFFERED: usize = 12;

/// A list of values that is shorter than this is all of them: sites give up to 15.
const WHOLE: usize = 10;

/// Lists of values that are remembered of a site.
const REMEMBERED: usize = 100;

/// Fields and functions that are remembered of a site.
const NAMED: usize = 5_000;

/// What a site has told so far.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    words: Option<Words>,
    /// Values by the field and what was typed of them.
    values: BTreeMap<(String, String), Vec<Named>>,
}

/// What is offered at a place in a query.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Offer {
    /// How many characters before the caret are replaced.
    pub back: usize,
    /// What can be put there, with how it is shown.
    pub options: Vec<Named>,
}

/// What can be put into a query, and how it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// As the query has it.
    pub put: String,
    /// For people.
    pub shown: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Words {
    visible_field_names: Vec<FieldWord>,
    visible_function_names: Vec<FunctionWord>,
    jql_reserved_words: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct FieldWord {
    value: String,
    display_name: String,
    /// `true` where the site can list values.
    auto: String,
    cfid: Option<String>,
    orderable: String,
    operators: Vec<String>,
    types: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct FunctionWord {
    value: String,
    display_name: String,
    is_list: String,
    types: Vec<String>,
}

#[derive(Deserialize)]
struct Suggested {
    #[serde(default)]
    results: Vec<Suggestion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suggestion {
    #[serde(default)]
    value: String,
    #[serde(default)]
    display_name: String,
}

/// What may come at the end of a text; `None` where the account may not read what that takes.
///
/// # Errors
/// What stands in the way.
pub async fn complete(
    door: &Door,
    text: &str,
    known: &mut Vocabulary,
    environment: &Environment,
) -> Result<Option<Offer>, Message> {
    let site = opened(door, environment)?;
    let asking = async { offered(&site, &place(text), known).await.map_err(|error| *error.message) };
    in_time(door, asking).await
}

async fn offered(site: &Site, place: &Place, known: &mut Vocabulary) -> Result<Option<Offer>, SourceError> {
    if known.words.is_none() {
        let reply = site.get("completion", "api/jql/autocompletedata", &[]).await?;
        if matches!(reply.status(), 401 | 403 | 404) {
            return Ok(None);
        }
        let mut words: Words = reply.ok()?.read()?;
        words.visible_field_names.truncate(NAMED);
        words.visible_function_names.truncate(NAMED);
        known.words = Some(words);
    }
    let Some(words) = &known.words else { return Ok(None) };
    let typed = place.typed.to_lowercase();
    let mut options = match &place.wanted {
        Wanted::Field => {
            let mut fields = words.fields(|_| true);
            fields.push(Named::plain("NOT"));
            fields
        }
        Wanted::Order => words.fields(|field| field.orderable == "true"),
        Wanted::Operator(name) => match words.field(name) {
            Some(field) => field.operators.iter().map(|sign| Named::plain(sign)).collect(),
            None => vec![],
        },
        Wanted::Joint => ["AND", "OR", "ORDER BY"].map(Named::plain).to_vec(),
        Wanted::Value(_, Form::Is) => vec![Named::plain("EMPTY")],
        Wanted::Value(_, Form::Text) | Wanted::Nothing => vec![],
        Wanted::Value(name, form) => match words.field(name) {
            None => vec![],
            Some(field) => {
                let functions = words.functions(field, *form);
                let words = words.clone();
                let field = field.clone();
                let mut all = match field.auto.as_str() {
                    "true" => values(site, &field, &typed, &words, &mut known.values).await?,
                    _ => vec![],
                };
                all.extend(functions);
                all
            }
        },
    };
    let is_sought = |one: &Named| {
        typed.is_empty()
            || one.shown.to_lowercase().contains(&typed)
            || one.put.to_lowercase().contains(&typed)
    };
    options.retain(is_sought);
    // What begins like that comes first.
    options.sort_by_key(|one| !one.shown.to_lowercase().starts_with(&typed));
    options.truncate(OFFERED);
    Ok(Some(Offer { back: place.back, options }))
}

/// Values of a field for what is typed of them, out of what is known or from the site.
async fn values(
    site: &Site,
    field: &FieldWord,
    typed: &str,
    words: &Words,
    known: &mut BTreeMap<(String, String), Vec<Named>>,
) -> Result<Vec<Named>, SourceError> {
    let name = field.cfid.clone().unwrap_or_else(|| unquoted(&field.value).to_owned());
    if let Some(found) = known.get(&(name.clone(), typed.to_owned())) {
        return Ok(found.clone());
    }
    let whole = known
        .iter()
        .find(|((of, begun), found)| *of == name && typed.contains(begun.as_str()) && found.len() < WHOLE);
    if let Some((_, found)) = whole {
        return Ok(found.clone());
    }
    let query = [("fieldName", name.as_str()), ("fieldValue", typed)];
    let reply = site.get("completion", "api/jql/autocompletedata/suggestions", &query).await?;
    // A field that has no values to tell, or none for this account, is not in the way of what else may come.
    let found: Vec<Named> = match reply.status() {
        400..=404 => vec![],
        _ => {
            let suggested: Suggested = reply.ok()?.read()?;
            let shown = suggested.results.into_iter().take(20).filter(|one| is_whole(&one.value));
            shown
                .map(|one| Named { put: words.quoted(&one.value), shown: plain(&one.display_name) })
                .filter(|one| !one.put.is_empty() && !one.shown.is_empty())
                .collect()
        }
    };
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert((name, typed.to_owned()), found.clone());
    Ok(found)
}

impl Named {
    fn plain(word: &str) -> Self {
        Self { put: bounded(word), shown: bounded(word) }
    }
}

impl Words {
    fn fields(&self, is_meant: impl Fn(&FieldWord) -> bool) -> Vec<Named> {
        let named =
            |field: &FieldWord| Named { put: self.quoted(&field.value), shown: plain(&field.display_name) };
        let fields = self.visible_field_names.iter();
        fields.filter(|field| is_meant(field) && is_whole(&field.value)).map(named).collect()
    }

    /// The field of a name, as a query has it.
    fn field(&self, name: &str) -> Option<&FieldWord> {
        let is_named = |field: &&FieldWord| {
            unquoted(&field.value).eq_ignore_ascii_case(name)
                || field.cfid.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(name))
        };
        self.visible_field_names.iter().find(is_named)
    }

    /// Functions whose type fits a field.
    fn functions(&self, field: &FieldWord, form: Form) -> Vec<Named> {
        let fits = |function: &&FunctionWord| {
            (function.is_list == "true") <= (form == Form::List)
                && function.types.iter().any(|kind| field.types.contains(kind))
        };
        let named = |function: &FunctionWord| Named {
            put: bounded(&function.value),
            shown: plain(&function.display_name),
        };
        self.visible_function_names.iter().filter(fits).map(named).collect()
    }

    /// A name or value as a query has it: in quotes unless it has them, or is one word that stands for nothing else.
    fn quoted(&self, text: &str) -> String {
        let is_reserved =
            |text: &str| self.jql_reserved_words.iter().any(|word| word.eq_ignore_ascii_case(text));
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
        let is_plain = !text.is_empty() && text.chars().all(is_word) && !is_reserved(text);
        if text.is_empty() || is_plain || (text.len() > 1 && text.starts_with('"') && text.ends_with('"')) {
            return text.to_owned();
        }
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// Whether a name can be put into a query as it is: one that had to be cut, or cleaned, would be another.
fn is_whole(name: &str) -> bool {
    bounded(name) == name
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// The text of what Jira sends as HTML with the letters that were sought in bold; it is never used as markup.
fn plain(html: &str) -> String {
    let text = html.replace("<b>", "").replace("</b>", "");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    bounded(&text.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_a_query_is_quoted_where_it_must_be_and_what_is_shown_is_text() {
        let words = Words { jql_reserved_words: vec!["empty".into()], ..Words::default() };
        for (text, put) in [
            ("Done", "Done"),
            ("cf[10016]", "cf[10016]"),
            ("In Progress", "\"In Progress\""),
            ("\"In Progress\"", "\"In Progress\""),
            ("Empty", "\"Empty\""),
            ("a\"b", "\"a\\\"b\""),
        ] {
            assert_eq!(words.quoted(text), put);
        }
        assert_eq!(plain("<b>Ac</b>tive &lt;b&gt; &amp; more"), "Active <b> & more");
    }
}
