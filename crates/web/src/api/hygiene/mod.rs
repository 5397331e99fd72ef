//! Hygiene: the numbers of the commands and of the pages, the issues behind them, and what is kept.

pub(crate) mod issues;
pub(crate) mod nudges;
pub(crate) mod report;
pub(crate) mod report_issues;
pub(crate) mod reports;
pub(crate) mod rules;
pub(crate) mod settings;
pub(crate) mod trend;

use crate::{
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::Problem,
};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::hygiene::{
    Asked, Base, BlockedBecause, INSTALLATION, NotAsked, Question, Refused, RuleLine, When, parted,
};
use weir_model::{HygieneFault, Integration, Message, Millis, Workspace};

/// A question to hygiene as a query: which issues are asked about, what counts how much, by whose settings; and what else an
/// operation takes.
macro_rules! question {
    ($(#[$doc:meta])* $name:ident { $($(#[$own:meta])* $member:ident : $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            $($(#[$own])* pub(crate) $member: Option<$type>,)*
            /// `all`, `open` (not done), `active_sprint`, `in_progress`, `backlog`, `created:DAYS` or `updated:DAYS`. Without it and
            /// without filters: `open`; without it and with filters: `all`.
            #[param(pattern = "^[^\\x00]*$")]
            pub(crate) basis: Option<String>,
            /// `FIELD=VALUE,VALUE`, `FIELD!=VALUE`, `FIELD=` for those that have none, or words as in a rule; several are parted by
            /// `;`, and all have to hold. A value that has a comma, a semicolon or a quotation mark is quoted as in JSON.
            #[param(pattern = "^[^\\x00]*$")]
            pub(crate) filter: Option<String>,
            /// `RULE=POINTS`, several parted by `;`; together 100, and rules that are not named have none. Without it, the weights
            /// that are kept.
            #[param(pattern = "^[^\\x00]*$")]
            pub(crate) weight: Option<String>,
            /// The id of a workspace whose thresholds, goals and weights hold, or `installation` for those of the installation.
            /// Without it those of the only workspace that sees the integration, else those of the installation.
            #[param(pattern = "^[^\\x00]*$")]
            pub(crate) workspace: Option<String>,
        }

        impl $name {
            /// What of it every question has.
            pub(crate) fn words(&self) -> $crate::api::hygiene::Words {
                let word = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
                $crate::api::hygiene::Words {
                    basis: word(&self.basis),
                    filter: word(&self.filter),
                    weight: word(&self.weight),
                    workspace: word(&self.workspace),
                    ..Default::default()
                }
            }
        }
    };
}
pub(crate) use question;

/// A question in words.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Words {
    pub(crate) basis: Option<String>,
    pub(crate) filter: Option<String>,
    pub(crate) weight: Option<String>,
    pub(crate) workspace: Option<String>,
    /// A field whose values part the answer; only a report does that.
    pub(crate) by: Option<String>,
    pub(crate) compare_days: Option<u32>,
}

impl Words {
    /// What is asked of an integration.
    pub(crate) async fn question(
        &self,
        app: &App,
        caller: &Caller,
        integration: &Integration,
    ) -> Result<Question, Problem> {
        self.asked(self.base(app, caller, integration).await?)
    }

    /// What holds for an integration where this says nothing else.
    pub(crate) async fn base(
        &self,
        app: &App,
        caller: &Caller,
        integration: &Integration,
    ) -> Result<Base, Problem> {
        let workspace = match &self.workspace {
            Some(word) if word == INSTALLATION => {
                return Ok(Base::of_installation(&app.store, integration).await?);
            }
            Some(id) => Some(seen_workspace(app, caller, id).await?),
            None => None,
        };
        Ok(Base::of(&app.store, integration, workspace).await?)
    }

    /// The same, to what holds.
    pub(crate) fn asked(&self, base: Base) -> Result<Question, Problem> {
        let filters = self.filters();
        let weights = parted(self.weight.as_deref().unwrap_or_default());
        let basis = self.basis.as_deref();
        let asked = Asked {
            basis,
            filters: &filters,
            weights: &weights,
            by: self.by.as_deref(),
            compare_days: self.compare_days,
        };
        Ok(Question::of(base, &asked)?)
    }

    /// Each filter.
    pub(crate) fn filters(&self) -> Vec<String> {
        parted(self.filter.as_deref().unwrap_or_default())
    }
}

/// As of when, and since when, out of days as they are written.
pub(crate) fn when(
    integration: &Integration,
    days: (Option<&str>, Option<&str>),
    now: Millis,
) -> Result<When, Problem> {
    When::of(integration, days, now).map_err(|message| match message {
        Message::HygieneFault(HygieneFault::DayForm { .. }) => Problem::malformed(message),
        // Days that are written well, and not asked together: the same to programs and on pages.
        other => Problem::from(other).with_status(StatusCode::CONFLICT),
    })
}

/// A workspace of which the caller may see what is mapped to it.
pub(crate) async fn seen_workspace(app: &App, caller: &Caller, id: &str) -> Result<Workspace, Problem> {
    let workspace = crate::api::workspaces::found(app, id).await?;
    policy::check(&caller.principal, Action::Read, &Place::Workspaces(vec![workspace.id]))?;
    Ok(workspace)
}

/// Why a rule or a setting is not taken, about the member that it is about.
pub(crate) fn refused(refused: Refused) -> Problem {
    let problem = Problem::from(*refused.message);
    match refused.at {
        Some(pointer) => problem.at(pointer),
        None => problem,
    }
}

/// A rule's part in a score.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HygieneRule {
    /// Its id.
    rule: String,
    /// What people call it.
    name: String,
    /// Issues that miss it.
    misses: u64,
    /// Issues in scope of which it is asked; where it is asked of none, all of them.
    in_scope: u64,
    /// Its weight in points; 0: it is not counted.
    weight: f64,
    /// Points that it costs; nothing where nothing is in scope.
    points_lost: Option<f64>,
    /// The field that keeps it from being asked, so that it costs nothing.
    blocked_by: Option<String>,
    /// Why: `left_out` by configuration, `not_read_yet` since it was brought in again, `unmapped`, or `read_differently` than the rule
    /// compares it.
    blocked_because: Option<&'static str>,
    /// In a report over several integrations: those of which it is not asked, where it is asked of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_asked_in: Option<Vec<NotAskedIn>>,
}

/// An integration of which a rule is not asked.
#[derive(Debug, Serialize, ToSchema)]
struct NotAskedIn {
    integration: String,
    /// The field that keeps the rule from being asked; nothing where the integration has no such rule.
    blocked_by: Option<String>,
    /// Why that field does, as for a rule.
    blocked_because: Option<&'static str>,
}

impl From<NotAsked> for NotAskedIn {
    fn from(one: NotAsked) -> Self {
        Self {
            integration: one.integration,
            blocked_by: one.blocked_by,
            blocked_because: one.blocked_because.map(BlockedBecause::word),
        }
    }
}

impl From<RuleLine> for HygieneRule {
    fn from(line: RuleLine) -> Self {
        Self {
            rule: line.rule,
            name: line.name,
            misses: line.misses,
            in_scope: line.in_scope,
            weight: line.weight,
            points_lost: line.points_lost,
            blocked_because: line.blocked_because.map(BlockedBecause::word),
            blocked_by: line.blocked_by,
            not_asked_in: (!line.not_asked_in.is_empty())
                .then(|| line.not_asked_in.into_iter().map(NotAskedIn::from).collect()),
        }
    }
}

pub(crate) async fn found(app: &App, name: &str) -> Result<Integration, Problem> {
    Ok(app.store.integration(name).await?.ok_or(Message::PageUnknown {})?)
}
