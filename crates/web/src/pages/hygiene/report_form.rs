//! The form with which a report is made and changed.

use super::{
    BASES, points,
    reports::{HERE, may_change},
    usual_basis,
};
use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::Problem,
    pages::{
        format::inert,
        forms::{Fields, Trouble},
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::response::Response;
use weir_ingest::hygiene::{self, RuleOf, SavedQuestion, SavedReport};
use weir_model::{HygieneFault, Integration, IntegrationId, Message, Reach};

#[derive(Template)]
#[template(path = "hygiene_report_form.html")]
struct FormPage {
    shell: Shell,
    trouble: Option<Trouble>,
    path: String,
    back: String,
    title: String,
    is_new: bool,
    revision: i64,
    typed: Typed,
    bases: Vec<(&'static str, &'static str, bool)>,
    /// Where it can be kept: id, name, and whether that is chosen.
    places: Vec<(String, String, bool)>,
    /// Integrations: id, name, and whether it is chosen.
    integrations: Vec<(String, String, bool)>,
    /// That some that it named are gone: then none does not mean all, and all have to be chosen.
    gone: Option<String>,
}

/// What the form holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) workspace: String,
    pub(super) integrations: Vec<String>,
    /// All that are seen are chosen.
    pub(super) every: bool,
    pub(super) basis: String,
    pub(super) filters: String,
    pub(super) weights: String,
    pub(super) compare: String,
}

impl Typed {
    pub(super) fn of(saved: &SavedReport) -> Self {
        let question = &saved.question;
        let weights = question.weights.iter().map(|(rule, weight)| format!("{rule}={}", points(*weight)));
        Self {
            name: saved.name.clone(),
            workspace: saved.workspace.map(|id| id.to_string()).unwrap_or_default(),
            integrations: question.integrations.iter().map(ToString::to_string).collect(),
            every: false,
            basis: question.basis.clone().unwrap_or_default(),
            filters: question.filters.join("\n"),
            weights: weights.collect::<Vec<_>>().join("\n"),
            compare: question.compare_days.map(|days| days.to_string()).unwrap_or_default(),
        }
    }

    pub(super) fn entered(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        let lines = |name: &str| fields.raw(name).trim().replace("\r\n", "\n");
        Self {
            name: text("name"),
            workspace: text("workspace"),
            integrations: fields.all("integration").map(str::to_owned).collect(),
            every: fields.text("every") == "yes",
            basis: text("basis"),
            filters: lines("filters"),
            weights: lines("weights"),
            compare: text("compare"),
        }
    }

    /// What it asks. Weights that are as they are kept may name a rule that is gone.
    pub(super) fn question(
        &self,
        rules: &[RuleOf],
        kept: Option<&SavedReport>,
    ) -> Result<SavedQuestion, Message> {
        let kept = kept.filter(|kept| Self::of(kept).weights == self.weights);
        let lines = |text: &str| -> Vec<String> {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        let id = |text: &String| {
            let unknown = || Message::IntegrationUnknown { name: weir_model::clean(text, 60) };
            text.parse::<IntegrationId>().map_err(|_| unknown())
        };
        let days = || HygieneFault::Range { found: format!("\"{}\"", weir_model::clean(&self.compare, 40)) };
        Ok(SavedQuestion {
            integrations: match self.every {
                true => vec![],
                false => self.integrations.iter().map(id).collect::<Result<_, _>>()?,
            },
            basis: Some(self.basis.clone()).filter(|basis| !basis.is_empty()),
            filters: lines(&self.filters),
            weights: match kept {
                Some(kept) => kept.question.weights.clone(),
                None => hygiene::points(&lines(&self.weights), rules)?,
            },
            compare_days: match self.compare.as_str() {
                "" => None,
                text => Some(text.parse().map_err(|_| Message::from(days()))?),
            },
        })
    }
}

/// Which integrations can be those of a report.
fn reach_of(saved: &SavedReport) -> Reach {
    saved.workspace.map_or(Reach::Everything, |id| Reach::Workspaces(vec![id]))
}

/// Where some integrations of a report are gone, none that is chosen does not mean all.
pub(super) async fn refuse_widening(app: &App, saved: &SavedReport, typed: &Typed) -> Result<(), Problem> {
    if typed.every || !typed.integrations.is_empty() {
        return Ok(());
    }
    let seen = app.store.integrations_within(&reach_of(saved), None, u32::MAX).await?;
    match saved.gone(&seen) {
        0 => Ok(()),
        _ => Err(Message::from(HygieneFault::ReportNoneChosen {}).into()),
    }
}

pub(super) async fn form(
    app: &App,
    caller: &Caller,
    saved: Option<&SavedReport>,
    typed: Typed,
    trouble: Option<Trouble>,
) -> Result<Response, Problem> {
    let reach = match saved {
        Some(saved) => reach_of(saved),
        None => policy::reach(&caller.principal, Action::Read),
    };
    let integrations = app.store.integrations_within(&reach, None, u32::MAX).await?;
    let gone = saved.and_then(|saved| saved.gone_said(saved.gone(&integrations)));
    let chosen = |one: &Integration| typed.integrations.contains(&one.id.to_string());
    let integrations = integrations.iter().map(|one| (one.id.to_string(), inert(&one.name), chosen(one)));
    let mut places = vec![];
    if saved.is_none() {
        for one in app.store.workspaces(&policy::reach(&caller.principal, Action::Change)).await? {
            let id = one.id.to_string();
            places.push((id.clone(), inert(&one.name), id == typed.workspace));
        }
        if may_change(caller, None) {
            places.push((String::new(), "The installation".to_owned(), typed.workspace.is_empty()));
        }
    }
    let lines = |text: &str| text.lines().map(inert).collect::<Vec<_>>().join("\n");
    let chosen = match typed.basis.as_str() {
        "" => usual_basis(!typed.filters.is_empty()),
        basis => basis,
    };
    let bases = BASES.map(|(id, word)| (id, word, id == chosen)).into();
    rendered(&FormPage {
        shell: Shell::new(app, Some(caller), "A report", HERE),
        trouble,
        path: saved.map_or_else(|| format!("{HERE}/new"), |saved| format!("{HERE}/{}/edit", saved.id)),
        back: saved.map_or_else(|| HERE.to_owned(), |saved| format!("{HERE}/{}", saved.id)),
        title: saved.map_or_else(|| "A new report".to_owned(), |saved| inert(&saved.name)),
        is_new: saved.is_none(),
        revision: saved.map_or(0, |saved| saved.revision),
        integrations: integrations.collect(),
        gone: gone.map(|said| inert(&said.to_string())),
        bases,
        places,
        typed: Typed {
            name: inert(&typed.name),
            filters: lines(&typed.filters),
            weights: lines(&typed.weights),
            compare: inert(&typed.compare),
            ..typed
        },
    })
}
