//! The timeline of data availability. It is a group of radio buttons: one stop of the tab key, the arrows move from segment
//! to segment, and the card of the chosen one stands in a fixed place, all without a script.

use super::{
    super::format::{about, clock, count, date, day, duration, inert, moment, number, percent, shares, span},
    head::Mark,
};
use crate::http::body::query;
use weir_ingest::Availability;
use weir_model::{DAY_MS, Gap, GapKind, Millis, Segment, SegmentState, day_of};

/// The timeline.
pub(super) struct Timeline {
    /// Healthy ÷ (healthy + unhealthy), where there is either.
    pub(super) percent: Option<String>,
    pub(super) healthy: u32,
    pub(super) unhealthy: u32,
    pub(super) sentence: String,
    pub(super) wide: Row,
    pub(super) narrow: Row,
    pub(super) legend: Vec<Share>,
    pub(super) gaps: Vec<GapRow>,
    pub(super) gap_count: String,
    pub(super) table: Vec<Line>,
}

/// A row of segments and the days below it.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) segments: Vec<Bar>,
    pub(super) ticks: Vec<Tick>,
    /// How long one is.
    pub(super) length: String,
    /// Segments of a day.
    pub(super) per_day: i64,
}

/// A segment.
pub(super) struct Bar {
    pub(super) id: String,
    pub(super) is_chosen: bool,
    pub(super) status: Mark,
    pub(super) label: String,
    pub(super) when: String,
    pub(super) why: String,
    pub(super) runs: Option<(String, String)>,
}

/// Where a day begins.
pub(super) struct Tick {
    pub(super) x: String,
    pub(super) label: String,
}

/// A state in the legend.
pub(super) struct Share {
    pub(super) status: Mark,
    pub(super) percent: String,
    pub(super) count: u32,
}

/// A line of the table beside the drawing.
pub(super) struct Line {
    pub(super) when: String,
    pub(super) status: Mark,
    pub(super) why: String,
    pub(super) runs: u32,
    pub(super) failed: u32,
}

/// A gap, or a pause.
pub(super) struct GapRow {
    pub(super) when: String,
    pub(super) length: String,
    pub(super) why: String,
    pub(super) since: String,
    pub(super) lasts: bool,
    pub(super) is_gap: bool,
}

impl Timeline {
    pub(super) fn of(shown: &Availability, path: &str) -> Self {
        let counts = shown.counts;
        let all = SegmentState::ALL.map(|state| counts.of_state(state));
        let share = |(state, percent): (SegmentState, String)| Share {
            status: Mark::of(state.as_str()),
            percent,
            count: counts.of_state(state),
        };
        let gaps = shown.gaps.iter().filter(|gap| gap.kind != GapKind::Paused).count() as u64;
        let together =
            shown.segments.chunks(shown.range.segments_of_narrow_bar()).map(worst).collect::<Vec<_>>();
        Self {
            percent: counts.percent().map(percent),
            healthy: counts.healthy,
            unhealthy: counts.unhealthy,
            sentence: sentence(shown, gaps),
            wide: Row::of("wide", &shown.segments, shown.now, path, "%a %-d"),
            narrow: Row::of("narrow", &together, shown.now, path, "%a"),
            legend: SegmentState::ALL.into_iter().zip(shares(&all)).map(share).collect(),
            gaps: shown.gaps.iter().map(|gap| gap_row(gap, shown.now)).collect(),
            gap_count: count(gaps, "gap", "gaps"),
            table: shown.segments.iter().rev().map(|segment| line(segment, shown.now)).collect(),
        }
    }
}

/// What the drawing shows, for those who read.
fn sentence(shown: &Availability, gaps: u64) -> String {
    let days = shown.range.days();
    let lasts = shown.gaps.iter().any(|gap| gap.kind != GapKind::Paused && gap.until.is_none());
    match (gaps, lasts) {
        (0, _) if shown.counts.healthy == 0 => format!("No run came to a good end in the last {days} days."),
        (0, _) => format!("No gap in the last {days} days."),
        (gaps, true) => format!("{} in the last {days} days; one lasts.", count(gaps, "gap", "gaps")),
        (gaps, false) => format!("{} in the last {days} days; none lasts.", count(gaps, "gap", "gaps")),
    }
}

impl Row {
    fn of(name: &'static str, segments: &[Segment], now: Millis, path: &str, pattern: &str) -> Self {
        let begin = segments.first().map_or(0, |segment| segment.from.0);
        let end = segments.last().map_or(1, |segment| segment.until.0);
        let length = segments.first().map_or(0, |segment| segment.until.0 - segment.from.0);
        // First what went wrong last, otherwise what is now.
        let bad = segments.iter().rposition(|segment| segment.state == SegmentState::Unhealthy);
        let chosen = bad.unwrap_or(segments.len().saturating_sub(1));
        let tick = |day_no: i64| Tick {
            x: format!("{:.2}%", (day_no * DAY_MS - begin) as f64 * 100.0 / (end - begin).max(1) as f64),
            label: day(day_no, if end - begin > 10 * DAY_MS { "%-d %b" } else { pattern }),
        };
        let every = if end - begin > 10 * DAY_MS { 5 } else { 1 };
        let days = day_of(Millis(begin + DAY_MS - 1))..=day_of(Millis(end - 1));
        let bar = |(place, segment): (usize, &Segment)| {
            let status = Mark::of(segment.state.as_str());
            let (when, why) = (when(segment, now), why(segment));
            let asked =
                [("ended_from", segment.from.0.to_string()), ("ended_until", segment.until.0.to_string())];
            let asked: Vec<(&str, &str)> =
                asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Bar {
                id: format!("{name}-{place}"),
                is_chosen: place == chosen,
                label: format!("{when}, {}: {why}", status.word),
                status,
                when,
                why,
                runs: (segment.runs > 0).then(|| {
                    let text = count(u64::from(segment.runs), "run", "runs");
                    (format!("{path}/runs?{}", query(&asked)), text)
                }),
            }
        };
        Self {
            name,
            segments: segments.iter().enumerate().map(bar).collect(),
            ticks: days.step_by(every).map(tick).collect(),
            length: duration(length),
            per_day: if length > 0 { (DAY_MS / length).max(1) } else { 1 },
        }
    }
}

/// Several segments as one: the worst of them.
fn worst(segments: &[Segment]) -> Segment {
    let rank = |segment: &&Segment| match segment.state {
        SegmentState::Unhealthy => 3,
        SegmentState::Pending => 2,
        SegmentState::Healthy => 1,
        SegmentState::NoData => 0,
    };
    let worst = segments.iter().max_by_key(rank).unwrap_or(&segments[0]);
    Segment {
        from: segments[0].from,
        until: segments[segments.len() - 1].until,
        runs: segments.iter().map(|segment| segment.runs).sum(),
        failed: segments.iter().map(|segment| segment.failed).sum(),
        ..worst.clone()
    }
}

fn when(segment: &Segment, now: Millis) -> String {
    match segment.until > now {
        true => format!("{} – now", moment(segment.from)),
        false => format!("{} {}–{}", date(segment.from), clock(segment.from), clock(segment.until)),
    }
}

fn why(segment: &Segment) -> String {
    use weir_model::SegmentReason::{Failed, Missed, NotCreated, NotDue, Paused, Running, Stuck, UpToDate};
    let code = segment.error_code.as_deref().map(|code| format!(" ({})", inert(code))).unwrap_or_default();
    match segment.reason {
        UpToDate if segment.failed == 0 => format!("All of {} came to a good end.", runs(segment)),
        UpToDate => format!(
            "{} of {} did not come to a good end{code}; the last one did.",
            segment.failed,
            runs(segment)
        ),
        Failed => format!("{} of {} did not come to a good end{code}.", segment.failed, runs(segment)),
        Running => "A run was under way.".into(),
        Stuck => "A run took more than three times as long as usual.".into(),
        Missed => "No run came, though one had been due for a whole interval.".into(),
        NotCreated => "Not added yet.".into(),
        Paused => "Paused.".into(),
        NotDue => "No run was due.".into(),
    }
}

fn runs(segment: &Segment) -> String {
    count(u64::from(segment.runs), "run", "runs")
}

fn line(segment: &Segment, now: Millis) -> Line {
    Line {
        when: when(segment, now),
        status: Mark::of(segment.state.as_str()),
        why: why(segment),
        runs: segment.runs,
        failed: segment.failed,
    }
}

fn gap_row(gap: &Gap, now: Millis) -> GapRow {
    let code = gap.error_code.as_deref().map(|code| format!(" ({})", inert(code))).unwrap_or_default();
    GapRow {
        when: match gap.until {
            Some(until) => span(gap.from, until),
            None => format!("{} – now", moment(gap.from)),
        },
        length: about(gap.until.unwrap_or(now).since(gap.from)),
        why: match gap.kind {
            GapKind::Failed => format!("Runs failed{code}."),
            GapKind::Missed => "No run came, though one was due.".into(),
            GapKind::Stuck => "A run hung.".into(),
            GapKind::Paused => "Paused. Not a gap.".into(),
        },
        since: match (gap.until, gap.caught_up) {
            (Some(until), Some(issues)) => {
                format!(
                    "Caught up {}, {} written",
                    clock(until),
                    if issues == 1 { "1 issue".into() } else { format!("{} issues", number(issues)) }
                )
            }
            (Some(until), None) if gap.kind == GapKind::Paused => format!("Resumed {}", clock(until)),
            (Some(_), None) => "Then paused".into(),
            (None, _) if gap.kind == GapKind::Paused => "Still paused".into(),
            (None, _) => "Lasts".into(),
        },
        lasts: gap.until.is_none() && gap.kind != GapKind::Paused,
        is_gap: gap.kind != GapKind::Paused,
    }
}
