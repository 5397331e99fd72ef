//! `weir integration availability`: the timeline of Monitoring, its gaps and its percentage.

use crate::{cli::Availability, context::Context, failure::Failure, output::Rows};
use serde_json::{Value, json};
use weir_ingest::{Figures, availability};
use weir_model::{Gap, Millis, OnboardedProject, Range, Segment};

pub(super) async fn run(context: &Context<'_>, flags: &Availability) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    let range: Range = flags.range.parse().unwrap_or_default();
    let shown = availability(&store, &integration, range, context.clock().now()).await?;
    let figures = Figures::of(&store, &integration, shown.window).await?;
    let projects = figures.counts(shown.window);
    let (counts, percent) = (shown.counts, shown.counts.percent());
    if !context.output.for_people() {
        return context.output.json(&json!({
            "integration": integration.name,
            "range": range.as_str(),
            "from": shown.window.from.rfc3339(),
            "until": shown.window.until.rfc3339(),
            "as_of": shown.now.rfc3339(),
            "segment_minutes": range.segment_ms() / 60_000,
            "figures": {
                "percent": percent,
                "healthy": counts.healthy,
                "unhealthy": counts.unhealthy,
                "pending": counts.pending,
                "no_data": counts.no_data,
            },
            "projects": {
                "onboarded": projects.onboarded,
                "total": projects.total,
                "disappeared": projects.disappeared,
                "list": figures.projects.iter().map(project).collect::<Vec<_>>(),
            },
            "gaps": shown.gaps.iter().map(gap).collect::<Vec<_>>(),
            "segments": shown.segments.iter().map(segment).collect::<Vec<_>>(),
        }));
    }
    let share =
        percent.map_or_else(|| "nothing to judge yet".to_owned(), |percent| format!("{percent:.1} %"));
    context.output.line(&format!(
        "Availability, {}: {share} ({} healthy, {} unhealthy, {} pending, {} no data).",
        range.as_str(),
        counts.healthy,
        counts.unhealthy,
        counts.pending,
        counts.no_data
    ))?;
    context.output.line(&format!(
        "Projects: {} onboarded in this range, {} in total, {} not shown any more.",
        projects.onboarded, projects.total, projects.disappeared
    ))?;
    context.output.line("")?;
    let mut rows = Rows::new(&["from", "until", "kind", "error_code", "caught_up"], "No gaps.");
    shown.gaps.iter().for_each(|one| rows.push(gap(one)));
    context.output.rows(&rows)
}

fn project(project: &OnboardedProject) -> Value {
    json!({
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "state": project.state,
        "onboarded_at": project.onboarded_at.rfc3339(),
    })
}

fn gap(gap: &Gap) -> Value {
    json!({
        "from": gap.from.rfc3339(),
        "until": gap.until.map(Millis::rfc3339),
        "kind": gap.kind.as_str(),
        "error_code": gap.error_code,
        "caught_up": gap.caught_up,
    })
}

fn segment(segment: &Segment) -> Value {
    json!({
        "from": segment.from.rfc3339(),
        "until": segment.until.rfc3339(),
        "state": segment.state.as_str(),
        "reason": segment.reason.as_str(),
        "runs": segment.runs,
        "failed": segment.failed,
        "error_code": segment.error_code,
    })
}
