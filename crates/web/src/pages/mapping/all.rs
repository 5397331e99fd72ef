//! Mapping of all integrations in reach: as a list, or as a table of integrations and workspaces. Several are mapped at once, after a
//! look at what would follow.

use super::super::{
    format::{count, inert, segment},
    forms::{Fields, Trouble},
    shell::{Shell, rendered},
};
use crate::{
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{Problem, body::query, extract::Params, paging::Window},
    life::mapping::{self, Effect, MOST_INTEGRATIONS, MOST_WORKSPACES, Wanted},
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_model::{Message, Reach, Workspace, WorkspaceId};
use weir_store::{Mapping, MappingFilter};

/// Integrations on a page, and workspaces beside each other in the table.
const ROWS: u32 = 50;
const COLUMNS: usize = 8;

/// Where the page is.
const PATH: &str = "/mapping";

/// Which of them, and how they are shown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    #[serde(default)]
    view: View,
    /// Part of a name.
    #[serde(default)]
    q: String,
    only: Option<Only>,
    after: Option<String>,
    /// Workspaces before the first column.
    #[serde(default)]
    from: usize,
    done: Option<Done>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum View {
    #[default]
    List,
    Table,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Only {
    Unmapped,
}

/// What was done just now.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Done {
    Mapped,
    Unmapped,
}

#[derive(Template)]
#[template(path = "mappings.html")]
struct MappingsPage {
    shell: Shell,
    may_connect: bool,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    preview: Option<Preview>,
    /// What is said of those that no workspace sees, where there are some and the caller sees them.
    unmapped: Option<String>,
    only_unmapped: bool,
    asked: String,
    is_table: bool,
    as_list: String,
    as_table: String,
    rows: Vec<Row>,
    /// Names of the workspaces beside each other.
    columns: Vec<String>,
    before: Option<String>,
    further: Option<String>,
    next: Option<String>,
    is_further: bool,
    /// The workspaces that are the caller's to map to.
    choices: Vec<(String, String, bool)>,
    may_change: bool,
}

/// An integration.
struct Row {
    id: String,
    name: String,
    path: String,
    /// Names of workspaces that see it and the caller knows.
    seen_by: Vec<String>,
    /// How many more see it.
    others: usize,
    /// Of each column, whether it is mapped there.
    cells: Vec<bool>,
    may_change: bool,
    is_chosen: bool,
}

/// What would follow, before it is done.
struct Preview {
    title: &'static str,
    sentences: Vec<String>,
    ids: Vec<String>,
    workspaces: Vec<String>,
    /// What the button says, and what it sends.
    button: &'static str,
    word: &'static str,
    is_nothing: bool,
}

/// `GET /mapping`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    page(&app, &caller, &asked, Shown::default()).await
}

/// What stands above the list after a form was sent.
#[derive(Default)]
struct Shown<'a> {
    trouble: Option<Trouble>,
    preview: Option<Preview>,
    fields: Option<&'a Fields>,
}

async fn page(app: &App, caller: &Caller, asked: &Asked, shown: Shown<'_>) -> Result<Response, Problem> {
    let is_table = asked.view == View::Table;
    let filters = [("q", asked.q.trim()), ("only", asked.only.map_or("", |Only::Unmapped| "unmapped"))];
    let window = Window::narrowed(Some(ROWS), asked.after.as_deref(), &filters)?;
    let reach = policy::reach(&caller.principal, Action::Read);
    let filter = MappingFilter { search: &asked.q, unmapped: asked.only.is_some() };
    let found = app.store.mappings(&reach, filter, window.after(), window.wanted()).await?;
    let known = app.store.workspaces(&reach).await?;
    let from = if asked.from < known.len() { asked.from } else { 0 };
    let columns: Vec<&Workspace> = known.iter().skip(from).take(COLUMNS).collect();
    let chosen =
        |name: &str, id: &str| shown.fields.is_some_and(|fields| fields.all(name).any(|value| value == id));
    let row = |one: Mapping| {
        let id = one.integration.to_string();
        let seen_by: Vec<String> = known
            .iter()
            .filter(|known| one.workspaces.contains(&known.id))
            .map(|known| inert(&known.name))
            .collect();
        let place = Place::Workspaces(one.workspaces.clone());
        Row {
            others: one.workspaces.len() - seen_by.len(),
            seen_by,
            cells: columns.iter().map(|column| one.workspaces.contains(&column.id)).collect(),
            may_change: policy::check(&caller.principal, Action::Manage, &place).is_ok(),
            is_chosen: chosen("id", &id),
            path: format!("/integrations/{}/projects", segment(&one.name)),
            name: inert(&one.name),
            id,
        }
    };
    let page = window.page(found, |one| one.name.clone(), row);
    let choices = app.store.workspaces(&policy::reach(&caller.principal, Action::Manage)).await?;
    let unmapped = match reach == Reach::Everything {
        true => app.store.count_unmapped().await?,
        false => 0,
    };
    let column = |from: usize| asked.path(&[("from", &from.to_string())], asked.view);
    rendered(&MappingsPage {
        shell: Shell::new(app, Some(caller), "Mapping", "/integrations"),
        may_connect: policy::may_somewhere(&caller.principal, Action::Connect),
        done: asked.done.map(|done| match done {
            Done::Mapped => "Mapped. Members see it from now on.",
            Done::Unmapped => "Taken out. Members do not see it any more.",
        }),
        trouble: shown.trouble,
        preview: shown.preview,
        unmapped: match unmapped {
            0 => None,
            1 => Some("1 integration feeds no workspace, so no report of a workspace uses it.".to_owned()),
            more => Some(format!(
                "{} feed no workspace, so no report of a workspace uses them.",
                count(more, "integration", "integrations")
            )),
        },
        only_unmapped: asked.only.is_some(),
        asked: inert(asked.q.trim()),
        is_table,
        as_list: asked.path(&[], View::List),
        as_table: asked.path(&[], View::Table),
        columns: columns.iter().map(|one| inert(&one.name)).collect(),
        before: (from > 0).then(|| column(from.saturating_sub(COLUMNS))),
        further: (from + COLUMNS < known.len()).then(|| column(from + COLUMNS)),
        next: page.next.as_deref().map(|next| asked.path(&[("after", next)], asked.view)),
        is_further: window.after().is_some(),
        may_change: !choices.is_empty() && page.items.iter().any(|row| row.may_change),
        choices: choices
            .iter()
            .map(|one| (one.id.to_string(), inert(&one.name), chosen("workspace", &one.id.to_string())))
            .collect(),
        rows: page.items,
    })
}

impl Asked {
    /// The address of the same list with something more.
    fn path(&self, more: &[(&str, &str)], view: View) -> String {
        let mut pairs = vec![];
        pairs.extend((view == View::Table).then_some(("view", "table")));
        pairs.extend(Some(("q", self.q.trim())).filter(|(_, text)| !text.is_empty()));
        pairs.extend(self.only.map(|Only::Unmapped| ("only", "unmapped")));
        pairs.extend(more);
        if pairs.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", query(&pairs)) }
    }
}

/// `POST /mapping`: what would follow, and then the deed.
pub(in crate::pages) async fn change(
    State(app): State<App>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["id", "workspace", "do"])?;
    let (problem, shown) = match done(&app, &caller, &fields).await {
        Ok(Outcome::Done(path)) => return Ok(Redirect::to(path).into_response()),
        Ok(Outcome::Preview(preview)) => {
            (None, Shown { preview: Some(preview), fields: Some(&fields), trouble: None })
        }
        Err(problem) if problem.status.is_server_error() => return Err(problem),
        Err(problem) => {
            let trouble = Some(Trouble::from(&problem));
            (Some(problem), Shown { trouble, fields: Some(&fields), preview: None })
        }
    };
    let mut response = page(&app, &caller, &Asked::default(), shown).await?;
    if let Some(problem) = problem {
        problem.stamp(&mut response);
    }
    Ok(response)
}

enum Outcome {
    Preview(Preview),
    Done(&'static str),
}

async fn done(app: &App, caller: &Caller, fields: &Fields) -> Result<Outcome, Problem> {
    let word = fields.word("do", &["preview-map", "preview-unmap", "map", "unmap"])?;
    let wanted = wanted(app, caller, fields, matches!(word, "preview-map" | "map")).await?;
    match word {
        "map" | "unmap" => {
            mapping::apply(app, caller, &wanted).await?;
            Ok(Outcome::Done(if wanted.mapped { "/mapping?done=mapped" } else { "/mapping?done=unmapped" }))
        }
        "preview-map" | "preview-unmap" => {
            Ok(Outcome::Preview(Preview::of(&mapping::preview(app, caller, &wanted).await?, &wanted)))
        }
        _ => Err(Problem::bad("Choose whether to map them or to take them out")),
    }
}

/// What was chosen.
async fn wanted(app: &App, caller: &Caller, fields: &Fields, mapped: bool) -> Result<Wanted, Problem> {
    let mut wanted = Wanted { integrations: vec![], workspaces: vec![], mapped };
    let (ids, workspaces): (Vec<_>, Vec<_>) = (fields.all("id").collect(), fields.all("workspace").collect());
    match (ids.len(), workspaces.len()) {
        (0, _) => return Err(Problem::bad("Choose at least one integration")),
        (_, 0) => return Err(Problem::bad("Choose at least one workspace")),
        (ids, _) if ids > MOST_INTEGRATIONS => {
            return Err(Problem::bad(format!("Choose at most {MOST_INTEGRATIONS} integrations")));
        }
        (_, workspaces) if workspaces > MOST_WORKSPACES => {
            return Err(Problem::bad(format!("Choose at most {MOST_WORKSPACES} workspaces")));
        }
        _ => {}
    }
    for id in ids {
        let id = id.parse().map_err(|_| Problem::bad("An id is not one of an integration"))?;
        wanted.integrations.push(app.store.integration_of(&id).await?.ok_or(Message::PageUnknown {})?);
    }
    let offered = app.store.workspaces(&policy::reach(&caller.principal, Action::Manage)).await?;
    for id in workspaces {
        let id = id.parse::<WorkspaceId>().ok();
        let found = offered.iter().find(|one| Some(one.id) == id);
        wanted.workspaces.push(found.ok_or_else(|| Problem::bad("There is no such workspace"))?.clone());
    }
    Ok(wanted)
}

impl Preview {
    fn of(effects: &[Effect], wanted: &Wanted) -> Self {
        let is_nothing = effects.iter().all(|effect| effect.integrations.is_empty());
        Self {
            title: if wanted.mapped { "What members will see" } else { "What members will not see any more" },
            sentences: effects.iter().map(|effect| inert(&sentence(effect, wanted.mapped))).collect(),
            ids: wanted.integrations.iter().map(|one| one.id.to_string()).collect(),
            workspaces: wanted.workspaces.iter().map(|one| one.id.to_string()).collect(),
            button: if wanted.mapped { "Map them" } else { "Take them out" },
            word: if wanted.mapped { "map" } else { "unmap" },
            is_nothing,
        }
    }
}

/// What follows for a workspace.
fn sentence(effect: &Effect, mapped: bool) -> String {
    let name = &effect.workspace.name;
    let of = count(effect.integrations.len() as u64, "integration", "integrations");
    let reports = match effect.reports {
        0 => String::new(),
        1 => " Its 1 report changes.".to_owned(),
        more => format!(" Its {} change.", count(more, "report", "reports")),
    };
    match (effect.integrations.is_empty(), mapped) {
        (true, true) => format!("{name}: nothing changes, it sees them already."),
        (true, false) => format!("{name}: nothing changes, it sees none of them."),
        (false, true) => {
            format!(
                "{name} will show {} of {of}.{reports}",
                count(effect.issues, "more issue", "more issues")
            )
        }
        (false, false) => {
            format!(
                "{name} will show {} less, those of {of}.{reports}",
                count(effect.issues, "issue", "issues")
            )
        }
    }
}
