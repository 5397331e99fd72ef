//! Reports that people keep: the list, what one says now, and the form with which it is made and changed.

use super::{
    BASES, asked_again, done, issues, points, report_form,
    report_form::{Typed, form},
    report_issues, usual_basis,
};
use crate::{
    api::hygiene::{
        Words,
        reports::{add, change as change_saved, delete as delete_saved, found},
    },
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Params, Segments},
    },
    pages::{
        format::{inert, instant, number, segment},
        forms::{Fields, Trouble, stamped},
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use std::collections::BTreeMap;
use weir_ingest::hygiene::{
    self, HygieneReport, HygieneSettings, INSTALLATION, NoScore, SavedReport, open_report, parted,
    saved_reports, weighable,
};
use weir_model::{HygieneFault, IntegrationId, Message, Reach, Surface, WorkspaceId};

pub(super) const HERE: &str = "/hygiene/reports";

/// What was just done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    done: Option<String>,
}

impl Asked {
    fn line(&self) -> Option<&'static str> {
        Some(match self.done.as_deref()? {
            "saved" => "Saved.",
            "deleted" => "The report is gone. No issue was touched.",
            _ => return None,
        })
    }
}

#[derive(Template)]
#[template(path = "hygiene_reports.html")]
struct ListPage {
    shell: Shell,
    done: Option<&'static str>,
    may_add: bool,
    rows: Vec<Listed>,
}

/// A report in the list.
struct Listed {
    path: String,
    name: String,
    place: String,
    asks: String,
    /// What keeps it from being opened, or from having a score.
    trouble: Option<String>,
}

#[derive(Template)]
#[template(path = "hygiene_report.html")]
struct ReportPage {
    shell: Shell,
    done: Option<&'static str>,
    path: String,
    name: String,
    asks: String,
    place: String,
    may_change: bool,
    revision: i64,
    /// What keeps it from being opened; then nothing else is told.
    trouble: Option<Trouble>,
    score: Option<String>,
    /// Why there is none.
    no_score: Option<String>,
    compared: Option<String>,
    as_of: String,
    in_scope: String,
    /// Where all issues in scope are.
    all: String,
    rules: Vec<Line>,
    parts: Vec<Part>,
    /// Those that are not asked, because they wait to be deleted: address and name.
    left_out: Vec<(String, String)>,
    /// How many of them are gone.
    gone: Option<String>,
}

/// A rule's line.
struct Line {
    name: String,
    misses: String,
    /// Where the issues behind the number are, of all integrations together.
    issues: String,
    /// The same by integration: address, name and how many.
    behind: Vec<Behind>,
    weight: String,
    lost: String,
    /// Why it was not asked.
    blocked: Option<String>,
    /// The same of some integrations alone.
    not_asked: Option<String>,
}

/// The issues of one integration behind a number.
struct Behind {
    path: String,
    name: String,
    count: String,
}

/// An integration of a report.
struct Part {
    name: String,
    path: String,
    score: String,
    in_scope: String,
    /// Where its issues in scope are.
    issues: String,
}

/// Where a report is.
pub(super) fn path(saved: &SavedReport) -> String {
    format!("{HERE}/{}", saved.id)
}

/// What a report asks, as other pages take it. Its weights are for all its integrations together, and no part of which issues count.
pub(super) fn words(saved: &SavedReport) -> Words {
    let filter = Some(saved.question.filters.join("; ")).filter(|filter| !filter.is_empty());
    Words {
        basis: saved.question.basis.clone(),
        filter,
        // By whose settings its numbers are counted: those of the installation hold whichever workspaces see an integration.
        workspace: Some(saved.workspace.map_or_else(|| INSTALLATION.to_owned(), |id| id.to_string())),
        ..Words::default()
    }
}

/// A question to begin a report with.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Begun {
    integration: Option<String>,
    basis: Option<String>,
    filter: Option<String>,
    weight: Option<String>,
    workspace: Option<String>,
    #[serde(rename = "by")]
    _by: Option<String>,
}

/// What a report asks, in a sentence.
fn asks(saved: &SavedReport, names: &BTreeMap<IntegrationId, String>) -> String {
    let question = &saved.question;
    let mut of: Vec<String> = question.integrations.iter().filter_map(|id| names.get(id).cloned()).collect();
    let of = match (question.integrations.len(), question.integrations.len() - of.len()) {
        (0, _) => "All integrations".to_owned(),
        (_, 0) => of.join(", "),
        (_, elsewhere) => {
            of.push(format!("{elsewhere} not seen here"));
            of.join(", ")
        }
    };
    let basis = question.basis.as_deref().unwrap_or(usual_basis(!question.filters.is_empty()));
    let basis = BASES.iter().find(|(id, _)| *id == basis).map_or(basis, |(_, word)| word);
    let filters = question.filters.join("; ");
    let compared = question.compare_days.map(|days| format!("compared with {days} days before"));
    let parts = [Some(of), Some(basis.to_owned()), Some(filters), compared];
    inert(&parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "))
}

async fn names(app: &App, reach: &Reach) -> Result<BTreeMap<IntegrationId, String>, Problem> {
    let all = app.store.integrations_within(reach, None, u32::MAX).await?;
    Ok(all.into_iter().map(|one| (one.id, one.name)).collect())
}

pub(super) fn may_change(caller: &Caller, workspace: Option<WorkspaceId>) -> bool {
    match workspace {
        Some(id) => policy::check(&caller.principal, Action::Change, &Place::Workspaces(vec![id])).is_ok(),
        None => policy::looks_after_server(&caller.principal),
    }
}

async fn place_name(app: &App, workspace: Option<WorkspaceId>) -> Result<String, Problem> {
    Ok(match workspace {
        Some(id) => app.store.workspace(&id).await?.map(|one| inert(&one.name)).unwrap_or_default(),
        None => "The installation".to_owned(),
    })
}

/// A trouble of a report in a line.
fn said(trouble: &Message) -> String {
    let line = inert(&format!("{trouble} {}.", trouble.fix(Surface::Page)));
    match trouble {
        Message::HygieneFault(
            HygieneFault::ReportUnweighed { .. }
            | HygieneFault::ReportAllGone { .. }
            | HygieneFault::ReportSomeGone { .. },
        ) => line,
        _ => format!("Cannot be opened: {line}"),
    }
}

/// `GET /hygiene/reports`.
pub(in crate::pages) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let reach = policy::reach(&caller.principal, Action::Read);
    let names = names(&app, &reach).await?;
    let mut rows = vec![];
    let all = saved_reports(&app.store, &policy::viewed(&caller.principal, Action::Read)).await?;
    let troubles = hygiene::troubles(&app.store, &all).await?;
    for (saved, trouble) in all.into_iter().zip(troubles) {
        rows.push(Listed {
            trouble: trouble.as_ref().map(said),
            path: path(&saved),
            name: inert(&saved.name),
            place: place_name(&app, saved.workspace).await?,
            asks: asks(&saved, &names),
        });
    }
    rendered(&ListPage {
        shell: Shell::new(&app, Some(&caller), "Reports", HERE),
        done: asked.line(),
        may_add: policy::may_somewhere(&caller.principal, Action::Change),
        rows,
    })
}

/// `GET /hygiene/reports/{id}`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let saved = found(&app, &id).await?;
    let reach = saved.workspace.map_or(Reach::Everything, |id| Reach::Workspaces(vec![id]));
    let names = names(&app, &reach).await?;
    let frame = ReportPage {
        shell: Shell::new(&app, Some(&caller), &saved.name, HERE),
        done: asked.line(),
        path: path(&saved),
        name: inert(&saved.name),
        asks: asks(&saved, &names),
        place: place_name(&app, saved.workspace).await?,
        may_change: may_change(&caller, saved.workspace),
        revision: saved.revision,
        trouble: None,
        score: None,
        no_score: None,
        compared: None,
        as_of: instant(app.now()),
        in_scope: number(0),
        all: report_issues::path(&path(&saved), None),
        rules: vec![],
        parts: vec![],
        left_out: vec![],
        gone: None,
    };
    let opened = match open_report(&app.store, &app.counted, &saved, app.now()).await.map_err(Problem::from) {
        Ok(opened) => opened,
        Err(problem)
            if matches!(
                *problem.message,
                Message::HygieneFault(
                    HygieneFault::ReportOutdated { .. }
                        | HygieneFault::ReportLeftOut { .. }
                        | HygieneFault::ReportNotReadYet { .. }
                )
            ) =>
        {
            return stamped(problem, |trouble| rendered(&ReportPage { trouble: Some(trouble), ..frame }));
        }
        Err(problem) => return Err(problem),
    };
    let whole = &opened.whole;
    let compared = whole.compared.as_ref().map(|compared| match compared.change.map(f64::round) {
        Some(change) if change > 0.0 => format!("{} better than then.", points(change)),
        Some(change) if change < 0.0 => format!("{} worse than then.", points(-change)),
        Some(_) => "As it was then.".to_owned(),
        None => "There is nothing to compare it with.".to_owned(),
    });
    let compared = compared.zip(saved.question.compare_days).map(|(said, days)| {
        let before = whole.compared.as_ref().and_then(|compared| compared.score);
        let before = before.map_or_else(|| "no score".to_owned(), |score| points(score.round()));
        format!("{days} days before: {before}. {said}")
    });
    let mut rules: Vec<&hygiene::RuleLine> = whole.rules.iter().collect();
    let lost = |line: &hygiene::RuleLine| line.points_lost.unwrap_or_default();
    rules.sort_by(|a, b| lost(b).total_cmp(&lost(a)));
    let asked_of = words(&saved);
    let home = |part: &HygieneReport| format!("/integrations/{}/hygiene", segment(&part.integration));
    let behind = |line: &hygiene::RuleLine| {
        let of = |part: &HygieneReport| {
            let own = part.rules.iter().find(|own| own.rule == line.rule && own.misses > 0)?;
            Some(Behind {
                path: issues::path(&home(part), Some(&line.rule), &asked_of),
                name: inert(&part.integration),
                count: number(own.misses),
            })
        };
        opened.parts.iter().filter_map(of).collect::<Vec<_>>()
    };
    let line = |line: &hygiene::RuleLine| Line {
        name: inert(&line.name),
        misses: number(line.misses),
        issues: report_issues::path(&path(&saved), Some(&line.rule)),
        behind: behind(line),
        weight: if line.weight > 0.0 { points(line.weight) } else { "not counted".to_owned() },
        lost: line.points_lost.filter(|_| line.weight > 0.0).map_or_else(|| "—".to_owned(), points),
        blocked: line.blocked_shown().as_deref().map(inert),
        not_asked: line.not_asked_shown().as_deref().map(inert),
    };
    let part = |part: &HygieneReport| Part {
        name: inert(&part.integration),
        path: format!("{}?{}", home(part), asked_again(&asked_of, &[])),
        issues: issues::path(&home(part), None, &asked_of),
        score: part.score.map_or_else(|| "—".to_owned(), |score| format!("{score:.0}")),
        in_scope: number(part.in_scope),
    };
    let left_out = |name: &String| (format!("/integrations/{}/delete", segment(name)), inert(name));
    rendered(&ReportPage {
        score: whole.score.map(|score| format!("{score:.0}")),
        no_score: whole.no_score.map(NoScore::said),
        compared,
        in_scope: number(whole.in_scope),
        all: match opened.parts.as_slice() {
            [only] => issues::path(&home(only), None, &asked_of),
            _ => frame.all.clone(),
        },
        rules: rules.into_iter().map(line).collect(),
        parts: opened.parts.iter().map(part).collect(),
        left_out: opened.left_out.iter().map(left_out).collect(),
        gone: saved.gone_said(opened.gone).map(|said| inert(&said.to_string())),
        ..frame
    })
}

/// `GET /hygiene/reports/new`.
pub(in crate::pages) async fn blank(
    State(app): State<App>,
    caller: Caller,
    Params(begun): Params<Begun>,
) -> Result<Response, Problem> {
    let named = match begun.integration.as_deref() {
        Some(name) => app.store.integration(name).await?,
        None => None,
    };
    let typed = Typed {
        integrations: named.map(|one| one.id.to_string()).into_iter().collect(),
        basis: begun.basis.unwrap_or_default(),
        filters: parted(begun.filter.as_deref().unwrap_or_default()).join("\n"),
        weights: parted(begun.weight.as_deref().unwrap_or_default()).join("\n"),
        workspace: begun.workspace.filter(|word| word != INSTALLATION).unwrap_or_default(),
        compare: "30".to_owned(),
        ..Typed::default()
    };
    form(&app, &caller, None, typed, None).await
}

/// `GET /hygiene/reports/{id}/edit`.
pub(in crate::pages) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Response, Problem> {
    let saved = found(&app, &id).await?;
    form(&app, &caller, Some(&saved), Typed::of(&saved), None).await
}

const FIELDS: [&str; 9] =
    ["seen", "name", "workspace", "integration", "every", "basis", "filters", "weights", "compare"];

/// `POST /hygiene/reports/new`.
pub(in crate::pages) async fn create(
    State(app): State<App>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&FIELDS)?;
    let typed = Typed::entered(&fields);
    let made = async {
        let workspace = match typed.workspace.as_str() {
            "" => None,
            id => Some(crate::api::workspaces::found(&app, id).await?.id),
        };
        let rules = weighable(&app.store, workspace.as_ref(), &HygieneSettings::default()).await?;
        add(&app, &caller, workspace, (&typed.name, typed.question(&rules, None)?)).await
    };
    match made.await {
        Ok(saved) => Ok(done(&format!("{HERE}/{}", saved.id), "saved").into_response()),
        Err(problem) => told(&app, &caller, None, typed, problem).await,
    }
}

/// `POST /hygiene/reports/{id}/edit`.
pub(in crate::pages) async fn change(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&FIELDS)?;
    let saved = found(&app, &id).await?;
    let typed = Typed::entered(&fields);
    let changed = async {
        if fields.text("seen") != saved.revision.to_string() {
            return Err(Problem::from(Message::ChangedMeanwhile {}));
        }
        report_form::refuse_widening(&app, &saved, &typed).await?;
        let rules = weighable(&app.store, saved.workspace.as_ref(), &HygieneSettings::default()).await?;
        let wanted = typed.question(&rules, Some(&saved))?;
        change_saved(&app, &caller, &saved, (&typed.name, wanted)).await
    };
    match changed.await {
        Ok(saved) => Ok(done(&format!("{HERE}/{}", saved.id), "saved").into_response()),
        Err(problem) => told(&app, &caller, Some(&saved), typed, problem).await,
    }
}

/// `POST /hygiene/reports/{id}/delete`.
pub(in crate::pages) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["seen"])?;
    let saved = found(&app, &id).await?;
    if fields.text("seen") != saved.revision.to_string() {
        return Err(Message::ChangedMeanwhile {}.into());
    }
    delete_saved(&app, &caller, &saved).await?;
    Ok(done(HERE, "deleted").into_response())
}

async fn told(
    app: &App,
    caller: &Caller,
    saved: Option<&SavedReport>,
    typed: Typed,
    problem: Problem,
) -> Result<Response, Problem> {
    let shown = form(app, caller, saved, typed, Some(Trouble::from(&*problem.message))).await;
    stamped(problem, |_| shown)
}
