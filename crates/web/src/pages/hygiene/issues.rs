//! The issues behind a number of hygiene, each with why it is there.

use super::{
    BASES, asked_again,
    columns::{Column, Columns},
    day_of,
    out::searches,
    path_of,
};
use crate::{
    api::hygiene::{Words, when},
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::Window,
    },
    pages::{
        format::{about, count, date, inert, moment, number},
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use weir_ingest::hygiene::{self, Missed, RuleId};
use weir_model::{Message, Millis};
use weir_store::IssueHead;

crate::api::hygiene::question!(
    /// Which page of which issues, and how they are shown.
    PageQuery {
        /// Those that miss this rule, by its id or name; without it all in scope.
        rule: String,
        /// As it was at the end of this day.
        at: String,
        /// Only those that came or left since the end of this day.
        changed_since: String,
        /// At most this many.
        limit: u32,
        /// `next` of the page before.
        after: String,
        /// The columns, parted by commas.
        columns: String,
    }
);

#[derive(Template)]
#[template(path = "hygiene_issues.html")]
struct IssuesPage {
    shell: Shell,
    head: Head,
    back: String,
    title: String,
    total: String,
    /// As of when, and what is not as it was then.
    as_of: Option<String>,
    /// How many came and how many left, where that is asked for.
    change: Option<String>,
    /// Headings after the key and the reasons.
    headings: Vec<&'static str>,
    /// Each column, with where it is shown or taken away.
    toggles: Vec<(&'static str, bool, String)>,
    rows: Vec<Row>,
    next: Option<String>,
    is_further: bool,
    /// What is asked, in parts, each with where it is asked without that part.
    chips: Vec<(String, String)>,
    csv: String,
    /// Searches for the issues of this page in Jira, and what each holds.
    searches: Vec<(String, String)>,
    /// Their keys.
    keys: String,
}

/// An issue.
struct Row {
    key: String,
    url: String,
    /// In the order of the columns; nothing where it is left out by configuration.
    cells: Vec<Option<String>>,
    /// The rule that was asked for, and why it misses it; every one where none was.
    misses: Vec<(String, String)>,
    /// What else it misses.
    others: String,
    /// Which way it went, where that is asked for.
    change: Option<&'static str>,
    /// Of one that is gone, why.
    left: Option<String>,
}

/// Which issues of a question are meant.
#[derive(Clone, Copy, Default)]
pub(super) struct Which<'a> {
    /// Those that miss this rule; without it all in scope.
    pub(super) rule: Option<&'a str>,
    /// As it was at the end of this day.
    pub(super) at: Option<&'a str>,
    /// Those that came or left since the end of this day.
    pub(super) changed_since: Option<&'a str>,
}

impl<'a> Which<'a> {
    fn pairs(self) -> Vec<(&'static str, &'a str)> {
        let all = [("rule", self.rule), ("at", self.at), ("changed_since", self.changed_since)];
        all.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }

    /// Where they are.
    pub(super) fn path(self, here: &str, asked: &Words) -> String {
        // How the answer is parted is nothing that issues are asked for by.
        format!("{here}/issues?{}", asked_again(&Words { by: None, ..asked.clone() }, &self.pairs()))
    }
}

/// Where the issues of a rule are; without one, all in scope.
pub(super) fn path(here: &str, rule: Option<&str>, asked: &Words) -> String {
    Which { rule, ..Which::default() }.path(here, asked)
}

/// The question in parts, each with where it is asked without that part.
fn chips(
    here: &str,
    (which, name): (Which<'_>, Option<String>),
    asked: &Words,
    fields: &hygiene::KnownFields,
) -> Vec<(String, String)> {
    let without = |which: Which<'_>, change: &dyn Fn(&mut Words)| {
        let mut fewer = asked.clone();
        change(&mut fewer);
        which.path(here, &fewer)
    };
    let mut chips = vec![];
    if let Some(name) = name {
        chips.push((format!("Misses {}", inert(&name)), without(Which { rule: None, ..which }, &|_| {})));
    }
    if let Some(day) = which.at {
        let fewer = Which { at: None, ..which };
        chips.push((format!("At the end of {}", day_of(day)), without(fewer, &|_| {})));
    }
    if let Some(day) = which.changed_since {
        let fewer = Which { changed_since: None, ..which };
        chips.push((format!("Came or left since {}", day_of(day)), without(fewer, &|_| {})));
    }
    if let Some(basis) = &asked.basis {
        let word = BASES.iter().find(|(id, _)| id == basis).map_or(basis.as_str(), |(_, word)| word);
        chips.push((inert(word), without(which, &|asked| asked.basis = None)));
    }
    let filters = asked.filters();
    for (place, filter) in filters.iter().enumerate() {
        let words =
            hygiene::filter(filter, fields).map_or_else(|_| filter.clone(), |filter| filter.to_string());
        let mut others = filters.clone();
        others.remove(place);
        let others = Some(others.join("; ")).filter(|others| !others.is_empty());
        chips.push((inert(&words), without(which, &|asked| asked.filter.clone_from(&others))));
    }
    chips
}

/// Rules that an issue misses, by name, and why; those of which `is_wanted` says so.
pub(super) fn reasons(
    (missed, fields): (&[Missed], &hygiene::KnownFields),
    name_of: impl Fn(&RuleId) -> String,
    is_wanted: impl Fn(&RuleId) -> bool,
) -> Vec<(String, String)> {
    let wanted = missed.iter().filter(|missed| is_wanted(&missed.rule));
    wanted.map(|missed| (inert(&name_of(&missed.rule)), inert(&hygiene::why(missed, fields)))).collect()
}

/// As of when the issues are counted, and what of them is not told as it was then.
fn as_of(which: Which<'_>) -> Option<String> {
    let begin = match (which.at, which.changed_since) {
        (None, None) => return None,
        (Some(at), None) => format!("As it was at the end of {}", day_of(at)),
        (None, Some(since)) => format!("What came and what left since the end of {}", day_of(since)),
        (Some(at), Some(since)) => {
            format!("What came and what left from the end of {} to that of {}", day_of(since), day_of(at))
        }
    };
    Some(format!(
        "{begin}, by the history of each issue. What has no history is taken as it is today: whether an account is active, \
         and whether an issue is still there. The columns beside show each issue as it is now."
    ))
}

/// What stands in a column of an issue.
fn cell(column: Column, head: &IssueHead, now: Millis) -> Option<String> {
    let text = |text: &Option<String>| Some(text.as_deref().map(inert).unwrap_or_default());
    match column {
        Column::Summary => head.summary.as_deref().map(inert),
        Column::Type => text(&head.kind),
        Column::Status => text(&head.status),
        Column::Assignee => text(&head.assignee),
        Column::Created => Some(head.created_at.map(date).unwrap_or_default()),
        Column::Age => Some(head.created_at.map(|at| about(now.since(at))).unwrap_or_default()),
        Column::Changed => Some(head.updated_at.map(moment).unwrap_or_default()),
    }
}

/// `GET /integrations/{name}/hygiene/issues`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<PageQuery>,
) -> Result<Response, Problem> {
    let window = Window::new(asked.limit, asked.after.as_deref())?;
    let after: i64 = window.after_as()?.unwrap_or(0);
    let columns = Columns::of(asked.columns.as_deref())?;
    let now = app.now();
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let query = asked.words();
    let question = query.question(&app, &caller, &integration).await?;
    let rule = asked.rule.as_deref().filter(|rule| !rule.is_empty());
    let named = rule.map(|rule| question.rule(rule)).transpose()?;
    let [at, changed_since] =
        [&asked.at, &asked.changed_since].map(|day| day.as_deref().filter(|day| !day.is_empty()));
    let which = Which { rule, at, changed_since };
    let rule = named.map(|rule| &rule.id);
    let when = when(&integration, (which.at, which.changed_since), now)?;
    let total = hygiene::total(&app.store, &app.counted, &integration, (&question, rule), when).await?;
    let wanted = (after, window.wanted() as usize);
    let found = hygiene::issues(&app.store, &integration, (&question, rule), wanted, when).await?;
    let numbers: Vec<i64> = found.iter().map(|issue| issue.no).collect();
    let heads = app.store.issue_heads(&integration.id, &numbers).await?;
    let known: Vec<_> = found.iter().filter_map(|issue| Some((issue, heads.get(&issue.no)?))).collect();
    let name_of = |id: &RuleId| {
        let known = question.rules.iter().find(|rule| rule.id == *id);
        known.map_or_else(|| id.to_string(), hygiene::name_of)
    };
    let page = window.page(
        known,
        |(issue, _)| issue.no.to_string(),
        |(issue, head)| Row {
            key: inert(&head.key),
            url: head.url.clone(),
            cells: columns.shown().iter().map(|column| cell(*column, head, now)).collect(),
            misses: reasons((&issue.missed, &question.fields), name_of, |id| {
                rule.is_none_or(|rule| rule == id)
            }),
            others: reasons((&issue.missed, &question.fields), name_of, |id| {
                rule.is_some_and(|rule| rule != id)
            })
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
            .join(", "),
            change: issue.change.map(hygiene::Change::word),
            left: issue.left.map(hygiene::Left::said),
        },
    );
    let here = path_of(&integration);
    let keys: Vec<&str> = page.items.iter().map(|row| row.key.as_str()).collect();
    let site = &integration.settings.site_url;
    let searches = searches(site, &keys);
    let is_whole = searches.len() == 1;
    let searches = searches.into_iter().map(|(address, some)| match is_whole {
        true => (address, "Open as JQL in Jira".to_owned()),
        false => (address, format!("Open {} as JQL in Jira", count(some as u64, "issue", "issues"))),
    });
    let kept_columns = columns.text();
    let toggles = columns.toggles().into_iter().map(|toggle| {
        let mut more = which.pairs();
        more.extend(toggle.then.as_deref().map(|columns| ("columns", columns)));
        more.extend(asked.after.as_deref().map(|after| ("after", after)));
        (toggle.name, toggle.is_shown, format!("{here}/issues?{}", asked_again(&query, &more)))
    });
    let next = page.next.as_deref().map(|next| {
        let mut more = which.pairs();
        more.extend(kept_columns.as_deref().map(|columns| ("columns", columns)));
        more.push(("after", next));
        format!("{here}/issues?{}", asked_again(&query, &more))
    });
    rendered(&IssuesPage {
        shell: Shell::new(&app, Some(&caller), &format!("{}, Hygiene", integration.name), "/integrations"),
        head: Head::of(&integration).at("Hygiene"),
        back: format!("{here}?{}", asked_again(&query, &[])),
        title: named.map_or_else(
            || "Issues in scope".to_owned(),
            |rule| format!("Issues counted as “{}”", inert(&hygiene::name_of(rule))),
        ),
        total: number(total.listed),
        as_of: as_of(which),
        change: when.is_change().then(|| {
            let all = super::difference(total.gone, total.new);
            format!("{} new and {} gone: {all}.", number(total.new), number(total.gone))
        }),
        chips: chips(&here, (which, named.map(hygiene::name_of)), &query, &question.fields),
        csv: format!("{here}/issues.csv?{}", asked_again(&query, &which.pairs())),
        searches: searches.collect(),
        keys: keys.join(", "),
        headings: columns.shown().iter().map(|column| column.name()).collect(),
        toggles: toggles.collect(),
        rows: page.items,
        next,
        is_further: asked.after.is_some(),
    })
}
