//! A line of the list of integrations.

use crate::{
    app::App,
    auth::{policy::Action, principal::Caller},
    http::{Problem, body::query},
    pages::{
        format::{count, inert, moment_of, number, segment, sentence},
        integration::may,
        monitoring::head::{Mark, product},
    },
};
use weir_ingest::{Description, availability};
use weir_model::{Integration, Range, Segment, SegmentState};

/// Segments of data availability in a line.
const SEGMENTS: usize = 30;

/// A line of the list.
pub(super) struct Row {
    pub(super) name: String,
    /// Its id, as a form sends it.
    pub(super) id: String,
    /// Its first page.
    pub(super) path: String,
    pub(super) kind: &'static str,
    pub(super) url: String,
    pub(super) status: Mark,
    pub(super) reason: String,
    /// That its credential ends soon.
    pub(super) reminder: Option<String>,
    pub(super) strip: Strip,
    pub(super) issues: String,
    pub(super) projects: String,
    /// As it is kept, and as people read it.
    pub(super) last_success_at: Option<(String, String)>,
    pub(super) next_run_at: Option<(String, String)>,
    pub(super) owner: Option<String>,
    /// Each with the address that shows those that have it.
    pub(super) tags: Vec<(String, String)>,
    pub(super) may_change: bool,
}

/// The last segments of data availability, drawn small.
pub(super) struct Strip {
    /// What it shows, for those who do not see it.
    pub(super) label: String,
    /// From the left, each with its place and its shape.
    pub(super) bars: Vec<(usize, &'static str)>,
}

impl Row {
    pub(super) async fn of(
        app: &App,
        caller: &Caller,
        integration: &Integration,
        one: Description,
    ) -> Result<Self, Problem> {
        let shown = availability(&app.store, integration, Range::Week, app.now()).await?;
        let both = |at: String| (at.clone(), moment_of(&at));
        Ok(Self {
            may_change: may(app, caller, Action::Change, integration).await?,
            strip: Strip::of(&shown.segments),
            status: Mark::of(one.status),
            path: format!("/integrations/{}/monitoring", segment(&one.name)),
            name: inert(&one.name),
            id: one.id,
            kind: product(one.deployment),
            url: one.url,
            reminder: one.credential_reminder,
            reason: sentence(&inert(&one.reason)),
            issues: number(one.issues),
            projects: number(one.projects),
            last_success_at: one.last_success_at.map(both),
            next_run_at: one.next_run_at.map(both),
            owner: one.owner.as_deref().map(inert),
            tags: one
                .tags
                .iter()
                .map(|tag| (inert(tag), format!("/integrations?{}", query(&[("tag", tag)]))))
                .collect(),
        })
    }
}

impl Strip {
    fn of(segments: &[Segment]) -> Self {
        let last = &segments[segments.len().saturating_sub(SEGMENTS)..];
        let told = SegmentState::ALL.into_iter().filter_map(|state| {
            let number = last.iter().filter(|segment| segment.state == state).count();
            (number > 0).then(|| format!("{number} {}", Mark::of(state.as_str()).word))
        });
        let told: Vec<String> = told.collect();
        let bars = last
            .iter()
            .enumerate()
            .map(|(place, segment)| (place * 4, Mark::of(segment.state.as_str()).shape));
        Self {
            label: format!("Last {}: {}", count(last.len() as u64 * 2, "hour", "hours"), told.join(", ")),
            bars: bars.collect(),
        }
    }
}
