//! Hygiene: the numbers of the commands and of the pages, and the issues behind them.

pub(crate) mod issues;
pub(crate) mod nudges;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod trend;

use crate::{app::App, http::Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use weir_ingest::hygiene::{Asked, Question, RuleLine};
use weir_model::{Integration, Message};

/// Which issues are asked about, and what counts how much.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuestionQuery {
    /// `all`, `active_sprint`, `in_progress`, `backlog`, `created:DAYS` or `updated:DAYS`. Without it and without filters: all
    /// live issues that are not done.
    #[param(pattern = "^[^\\x00]*$")]
    pub(crate) basis: Option<String>,
    /// `FIELD=VALUE,VALUE`, `FIELD!=VALUE`, and `FIELD=` for those that have none; several are parted by `;`, and all have to hold.
    #[param(pattern = "^[^\\x00]*$")]
    pub(crate) filter: Option<String>,
    /// `RULE=POINTS`, several parted by `;`; together 100, and rules that are not named have none.
    #[param(pattern = "^[^\\x00]*$")]
    pub(crate) weight: Option<String>,
}

impl QuestionQuery {
    /// What is asked.
    pub(crate) fn question(&self) -> Result<Question, Message> {
        let parted = |text: &Option<String>| {
            let parts = text.as_deref().unwrap_or_default().split(';').map(str::trim);
            parts.filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let (filters, weights) = (parted(&self.filter), parted(&self.weight));
        Question::of(&Asked {
            basis: self.basis.as_deref().filter(|basis| !basis.is_empty()),
            filters: &filters,
            weights: &weights,
        })
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
    in_scope: u64,
    /// Its weight in points.
    weight: f64,
    /// Points that it costs; nothing where nothing is in scope.
    points_lost: Option<f64>,
    /// The field that it looks at and configuration leaves out: it was not asked, and costs nothing.
    blocked_by: Option<String>,
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
            blocked_by: line.blocked_by,
        }
    }
}

async fn found(app: &App, name: &str) -> Result<Integration, Problem> {
    Ok(app.store.integration(name).await?.ok_or(Message::PageUnknown {})?)
}
