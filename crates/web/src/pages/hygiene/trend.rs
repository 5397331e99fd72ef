//! How the score was, as bars stacked by rule and as the table that they stand for. Drawn twice: what is small for a telephone is drawn
//! for it, not scaled down.

use super::{day_of, issues::Which, points};
use crate::{
    api::hygiene::{Words, trend::EveryWord},
    pages::format::{count, day, inert, number},
};
use weir_ingest::hygiene::{HygieneTrend, RuleLine, TrendPoint};
use weir_model::{DAY_MS, PlainDate};

/// Room above the bars for the numbers, and their lowest line.
const TOP: f64 = 20.0;
const BASE: f64 = 184.0;

/// Rules that have an ink of their own; the others share the last one.
const INKED: usize = 3;

/// Steps of the trend, each with its words, how many points it shows, and how many of them are about four weeks.
const STEPS: [(EveryWord, &str, &str, usize, usize); 3] = [
    (EveryWord::Day, "day", "Days", 30, 28),
    (EveryWord::Week, "week", "Weeks", 12, 4),
    (EveryWord::Month, "month", "Months", 12, 1),
];

/// A step that can be chosen.
pub(super) struct Step {
    pub(super) id: &'static str,
    pub(super) word: &'static str,
    pub(super) is_chosen: bool,
}

/// How many points a step shows, and which of them, from the last one back, is compared with.
pub(super) fn points_of(every: EveryWord) -> (usize, usize) {
    STEPS.iter().find(|step| step.0 == every).map_or((12, 4), |step| (step.3, step.4))
}

/// The word of a step.
pub(super) fn word_of(every: EveryWord) -> &'static str {
    STEPS.iter().find(|step| step.0 == every).map_or("week", |step| step.1)
}

/// What is compared with, in words.
pub(super) fn before(every: EveryWord) -> &'static str {
    match every {
        EveryWord::Month => "a month before",
        EveryWord::Day | EveryWord::Week => "four weeks before",
    }
}

/// The trend of a page.
pub(super) struct Trend {
    pub(super) title: String,
    pub(super) steps: Vec<Step>,
    pub(super) charts: Vec<Chart>,
    /// The table twin, the newest first.
    pub(super) rows: Vec<Row>,
    /// Names of rules over its columns.
    pub(super) names: Vec<String>,
}

/// A row of the table.
pub(super) struct Row {
    pub(super) at: String,
    pub(super) score: String,
    pub(super) in_scope: String,
    /// Where the issues are that were in scope then.
    pub(super) issues: String,
    pub(super) lost: Vec<Lost>,
}

/// What a rule cost then.
pub(super) struct Lost {
    pub(super) points: String,
    /// Where the issues are that missed it then, and what the number is of; nothing where it was not asked.
    pub(super) issues: Option<(String, String)>,
}

/// A drawing.
pub(super) struct Chart {
    pub(super) name: &'static str,
    pub(super) width: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) label: String,
    pub(super) lines: Vec<(String, String, String)>,
    pub(super) bars: Vec<Bar>,
    pub(super) inks: Vec<Ink>,
}

/// A bar.
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) middle: String,
    /// From the ground up.
    pub(super) parts: Vec<Part>,
    /// All of them together, with a number where there is room.
    pub(super) total: Option<(String, String)>,
    pub(super) day: Option<String>,
    /// It is not over yet: it is hatched.
    pub(super) is_open: bool,
    pub(super) top: String,
    pub(super) height: String,
}

/// What a rule cost then; of several that share an ink, what they cost together.
pub(super) struct Part {
    pub(super) ink: usize,
    pub(super) top: String,
    pub(super) height: String,
    /// Where the issues are, and what they are in words; nothing of several rules.
    pub(super) issues: Option<(String, String)>,
}

/// What an ink stands for, and how much that is now.
pub(super) struct Ink {
    pub(super) ink: usize,
    pub(super) name: String,
    pub(super) now: String,
}

impl Trend {
    /// `rules` are those of the report, most points lost first; the issues behind a number are below `here`.
    pub(super) fn of(
        trend: &HygieneTrend,
        rules: &[&RuleLine],
        every: EveryWord,
        (here, asked): (&str, &Words),
    ) -> Self {
        let (_, _, word, ..) = STEPS.iter().find(|step| step.0 == every).copied().unwrap_or(STEPS[1]);
        let shown = |point: &TrendPoint, line: &RuleLine| {
            let of = point.rules.iter().find(|then| then.rule == line.rule && then.blocked_by.is_none());
            let path = at(point, Some(&line.rule)).path(here, asked);
            Lost {
                points: lost(point, line).map_or_else(|| "—".to_owned(), points),
                issues: of.map(|then| (path, issues(then.misses))),
            }
        };
        let row = |point: &TrendPoint| Row {
            at: day_of(&point.day),
            score: point.score.map_or_else(|| "—".to_owned(), points),
            in_scope: number(point.in_scope),
            issues: at(point, None).path(here, asked),
            lost: rules.iter().map(|line| shown(point, line)).collect(),
        };
        let counted: Vec<&RuleLine> = rules.iter().filter(|line| line.weight > 0.0).copied().collect();
        Self {
            title: format!("The last {} {}", trend.points.len(), word.to_lowercase()),
            steps: STEPS.map(|step| Step { id: step.1, word: step.2, is_chosen: step.0 == every }).into(),
            charts: vec![
                Chart::of(("wide", 940.0), trend, &counted, every, (here, asked)),
                Chart::of(("narrow", 314.0), trend, &counted, every, (here, asked)),
            ],
            rows: trend.points.iter().rev().map(row).collect(),
            names: rules.iter().map(|line| inert(&line.name)).collect(),
        }
    }
}

/// The issues behind a number of a point.
fn at<'a>(point: &'a TrendPoint, rule: Option<&'a str>) -> Which<'a> {
    Which { rule, at: Some(&point.day), ..Which::default() }
}

fn issues(misses: u64) -> String {
    count(misses, "issue", "issues")
}

/// The issues that missed a rule then: where they are, and what they are in words.
fn behind(point: &TrendPoint, line: &RuleLine, (here, asked): (&str, &Words)) -> Option<(String, String)> {
    let then = point.rules.iter().find(|then| then.rule == line.rule)?;
    let (name, lost, day) = (inert(&line.name), points(then.points_lost?), day_of(&point.day));
    let words = format!("{name}: {lost} points, {}, {day}", issues(then.misses));
    Some((at(point, Some(&line.rule)).path(here, asked), words))
}

/// Points that a rule cost then.
fn lost(point: &TrendPoint, wanted: &RuleLine) -> Option<f64> {
    point.rules.iter().find(|line| line.rule == wanted.rule)?.points_lost
}

impl Chart {
    fn of(
        (name, width): (&'static str, f64),
        trend: &HygieneTrend,
        rules: &[&RuleLine],
        every: EveryWord,
        of: (&str, &Words),
    ) -> Self {
        let (own, others) = rules.split_at(rules.len().min(INKED));
        let parts = |point: &TrendPoint| -> Vec<f64> {
            let shared = others.iter().filter_map(|line| lost(point, line)).sum::<f64>();
            own.iter().map(|line| lost(point, line).unwrap_or_default()).chain([shared]).collect()
        };
        let most = trend.points.iter().map(|point| parts(point).iter().sum::<f64>()).fold(0.0, f64::max);
        let step = nice(most);
        let top = step * 4.0;
        let (left, right) = (34.0, width);
        let y = |value: f64| BASE - (BASE - TOP) * value / top;
        let apart = (right - left) / trend.points.len().max(1) as f64;
        let bar_width = (apart * 0.62).clamp(3.0, 46.0);
        // Where bars stand close, every so many of them have their day.
        let shown = (46.0 / apart).ceil().max(1.0) as usize;
        let last = trend.points.len().saturating_sub(1);
        let bar = |(place, point): (usize, &TrendPoint)| {
            let x = left + apart * place as f64 + (apart - bar_width) / 2.0;
            let mut below = 0.0;
            let mut drawn = vec![];
            let all = parts(point);
            for (ink, value) in all.iter().enumerate().filter(|(_, value)| **value > 0.0) {
                let height = (y(below) - y(below + value) - 1.0).max(0.5);
                let top = f(y(below) - 1.0 - height);
                // A number of several rules leads nowhere: each of them is in the table.
                let rule = own.get(ink).or(others.first().filter(|_| others.len() == 1));
                let issues = rule.and_then(|line| behind(point, line, of));
                drawn.push(Part { ink: ink + 1, top, height: f(height), issues });
                below += value;
            }
            let is_numbered = apart >= 30.0 && point.score.is_some();
            let is_dated = (last - place).is_multiple_of(shown);
            Bar {
                x: f(x),
                width: f(bar_width),
                middle: f(x + bar_width / 2.0),
                parts: drawn,
                total: is_numbered.then(|| (f(y(below) - 6.0), format!("{below:.1}"))),
                day: is_dated.then(|| short_day(&point.day, every)),
                is_open: place == last && below > 0.0,
                top: f(y(below)),
                height: f(y(0.0) - y(below)),
            }
        };
        let now = trend.points.last().map(parts).unwrap_or_default();
        let value = |ink: usize| format!("{:.1}", now.get(ink).copied().unwrap_or_default());
        let mut inks: Vec<Ink> = own
            .iter()
            .enumerate()
            .map(|(place, line)| Ink { ink: place + 1, name: inert(&line.name), now: value(place) })
            .collect();
        if !others.is_empty() {
            let name = format!("{} other {}", others.len(), if others.len() == 1 { "rule" } else { "rules" });
            inks.push(Ink { ink: own.len() + 1, name, now: value(own.len()) });
        }
        let line = |times: i32| {
            let value = step * f64::from(times);
            (f(y(value)), f(y(value) + 4.0), points(value))
        };
        Self {
            name,
            width,
            left,
            right,
            label: label(trend),
            lines: if most > 0.0 { (1..=4).map(line).collect() } else { vec![] },
            bars: trend.points.iter().enumerate().map(bar).collect(),
            inks,
        }
    }
}

fn label(trend: &HygieneTrend) -> String {
    let lost = |point: &TrendPoint| point.score.map(|score| points(100.0 - score));
    let first = trend.points.iter().find_map(|point| Some((day_of(&point.day), lost(point)?)));
    let now = trend.points.last().and_then(lost);
    match (first, now) {
        (Some((day, before)), Some(now)) => {
            format!("Points lost, stacked by rule: {before} until the end of {day}, {now} now.")
        }
        _ => "Points lost, stacked by rule: there were no issues in scope.".to_owned(),
    }
}

/// A day as it stands under a bar.
fn short_day(date: &str, every: EveryWord) -> String {
    let pattern = if every == EveryWord::Month { "%b" } else { "%-d %b" };
    let begin = PlainDate::parse(date).and_then(|date| date.midnight());
    begin.map(|at| day(at.0.div_euclid(DAY_MS), pattern)).unwrap_or_default()
}

/// A quarter of a scale that is not below `most`, easily read.
fn nice(most: f64) -> f64 {
    [0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0].into_iter().find(|step| step * 4.0 >= most).unwrap_or(25.0)
}

/// A length.
fn f(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(rule: &str, weight: f64, lost: f64) -> RuleLine {
        RuleLine {
            rule: rule.into(),
            name: rule.into(),
            misses: 1,
            in_scope: 10,
            weight,
            points_lost: Some(lost),
            blocked_by: None,
            blocked_because: None,
            not_asked_in: vec![],
        }
    }

    fn trend(points: Vec<Vec<RuleLine>>) -> HygieneTrend {
        let points = points.into_iter().enumerate().map(|(place, rules)| TrendPoint {
            at: String::new(),
            day: format!("2026-11-{:02}", place + 1),
            score: Some(100.0 - rules.iter().filter_map(|line| line.points_lost).sum::<f64>()),
            in_scope: 10,
            rules,
        });
        HygieneTrend { integration: "a".into(), points: points.collect(), compared: None }
    }

    #[test]
    fn parts_of_a_bar_stand_on_each_other_and_are_together_what_was_lost() {
        let rules: Vec<RuleLine> = ["a", "b", "c", "d", "e"].map(|rule| line(rule, 20.0, 4.0)).into();
        let trend = trend(vec![rules.clone(), rules.clone()]);
        let lines: Vec<&RuleLine> = rules.iter().collect();
        let shown = Trend::of(&trend, &lines, EveryWord::Week, ("/here", &Words::default()));
        let chart = &shown.charts[0];
        let bar = &chart.bars[1];
        assert_eq!(bar.parts.iter().map(|part| part.ink).collect::<Vec<_>>(), [1, 2, 3, 4]);
        let height: f64 = bar.parts.iter().filter_map(|part| part.height.parse::<f64>().ok()).sum();
        let whole: f64 = bar.height.parse().unwrap();
        assert!(
            (height + 4.0 - whole).abs() < 0.6,
            "a line of the ground lies between two: {height} of {whole}"
        );
        assert_eq!(bar.total.as_ref().map(|(_, text)| text.as_str()), Some("20.0"));
        assert!(bar.is_open && !chart.bars[0].is_open);
        assert_eq!(
            chart.inks.iter().map(|ink| &*ink.name).collect::<Vec<_>>(),
            ["a", "b", "c", "2 other rules"]
        );
        assert_eq!(chart.inks[3].now, "8.0");
        assert!(shown.rows[0].lost.iter().all(|lost| lost.points == "4"));
        let path = "/here/issues?rule=a&at=2026-11-02".to_owned();
        let words = "a: 4 points, 1 issue, Mon 2 Nov 2026".to_owned();
        assert_eq!(bar.parts[0].issues, Some((path.clone(), words)), "a part of a bar leads there too");
        assert!(
            bar.parts[2].issues.is_some() && bar.parts[3].issues.is_none(),
            "the last one is of two rules"
        );
        assert_eq!(shown.rows[0].lost[0].issues, Some((path, "1 issue".into())));
        assert_eq!(shown.rows[1].issues, "/here/issues?at=2026-11-01");
    }

    #[test]
    fn a_rule_without_weight_is_in_the_table_and_not_in_the_bars() {
        let rules = vec![line("a", 100.0, 5.0), line("b", 0.0, 0.0)];
        let trend = trend(vec![rules.clone()]);
        let lines: Vec<&RuleLine> = rules.iter().collect();
        let shown = Trend::of(&trend, &lines, EveryWord::Day, ("/here", &Words::default()));
        assert_eq!((shown.names.len(), shown.charts[0].inks.len()), (2, 1));
    }

    #[test]
    fn a_scale_is_not_below_what_it_shows() {
        for (most, step) in [(0.0, 0.25), (1.0, 0.25), (1.1, 0.5), (19.5, 5.0), (61.0, 20.0), (100.0, 25.0)] {
            assert_eq!(nice(most), step, "{most}");
        }
    }
}
