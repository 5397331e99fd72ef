//! The score of each value of a field: of each project, assignee, type.

use super::{
    Words, asked_again, issues, points,
    rule_form::{MappedField, field_words},
};
use crate::{
    app::App,
    http::Problem,
    pages::format::{count, inert, number},
};
use weir_ingest::hygiene::{self, Field, GroupLine, KnownFields, Question, filter_for, group};
use weir_model::Integration;

/// Groups that the page shows.
const SHOWN: usize = 100;

/// Each group of an answer.
pub(super) struct Groups {
    pub(super) field: String,
    pub(super) told: String,
    pub(super) rows: Vec<Row>,
}

/// A group.
pub(super) struct Row {
    pub(super) name: String,
    /// The same question to this group alone.
    pub(super) path: String,
    pub(super) issues: String,
    pub(super) score: String,
    pub(super) in_scope: String,
    pub(super) most: String,
}

/// Fields that can part the answer: id, words, and whether it is chosen. Mapped ones stand for what they are said to be, else they have
/// their own names.
pub(super) fn choices(
    chosen: Option<&str>,
    known: &KnownFields,
    mapped: &[MappedField],
) -> Vec<(String, String, bool)> {
    let fields = Field::standard().filter(|field| field.is_kept() || *field == Field::StatusCategory);
    let is_long = |field: &Field| matches!(field, Field::Key | Field::Summary | Field::Description);
    let mut choices: Vec<_> = fields
        .filter(|field| !is_long(field))
        .map(|field| (field.to_string(), field_words(&field), chosen == Some(field.to_string().as_str())))
        .collect();
    for field in mapped.iter().filter(|field| group(&field.word, known).is_ok()) {
        let role = known.roles().find(|(_, of)| of.to_string() == field.word).map(|(role, _)| role);
        let is_chosen = chosen.is_some_and(|chosen| chosen == field.word || Some(chosen) == role);
        let (id, word) = role.map_or((field.word.as_str(), field.name.as_str()), |role| (role, role));
        choices.push((inert(id), inert(word), is_chosen));
    }
    if let Some(other) =
        chosen.filter(|chosen| !choices.iter().any(|(.., is_chosen)| *is_chosen) && !chosen.is_empty())
    {
        choices.push((inert(other), inert(other), true));
    }
    choices
}

/// The groups of a question, where it asks for them.
pub(super) async fn of(
    app: &App,
    integration: &Integration,
    (question, asked): (&Question, &Words),
    (here, name): (&str, Option<&str>),
) -> Result<Option<Groups>, Problem> {
    let Some(field) = &question.by else { return Ok(None) };
    let wanted = (question, SHOWN);
    let (report, all) =
        hygiene::report_with_groups(&app.store, &app.counted, integration, wanted, app.now()).await?;
    let row = |group: &GroupLine| {
        let mut filters = asked.filters();
        filters.push(filter_for(field, group.value.as_deref()));
        let narrower = Words {
            filter: Some(filters.join("; ")),
            basis: asked.basis.clone().or_else(|| asked.filter.is_none().then(|| "open".to_owned())),
            by: None,
            ..asked.clone()
        };
        let lost = |line: &&hygiene::RuleLine| line.points_lost.unwrap_or_default();
        let most = group.rules.iter().max_by(|a, b| lost(a).total_cmp(&lost(b)));
        Row {
            name: group.name.as_deref().map_or_else(|| "None".to_owned(), inert),
            path: format!("{here}?{}", asked_again(&narrower, &[])),
            issues: issues::path(here, None, &narrower),
            score: group.score.map_or_else(|| "—".to_owned(), |score| format!("{score:.0}")),
            in_scope: number(group.in_scope),
            most: most
                .filter(|line| lost(line) > 0.0)
                .map_or_else(String::new, |line| format!("{}, {}", inert(&line.name), points(lost(&line)))),
        }
    };
    Ok(Some(Groups {
        field: name.map_or_else(|| field_words(field), str::to_owned),
        told: match all {
            all if all > SHOWN => format!("the {SHOWN} with most issues, of {}", number(all as u64)),
            all => count(all as u64, "group", "groups"),
        },
        rows: report.groups.iter().map(row).collect(),
    }))
}
