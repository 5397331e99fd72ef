//! Bars of what was ingested each day, as shapes of an SVG. Drawn twice: what is small for a telephone is drawn for it, not
//! scaled down.

use super::super::format::{clock, day, number};
use weir_model::{DAY_MS, IngestedDay, Window};

/// Room above the bars for the numbers, and their lowest line.
const TOP: f64 = 16.0;
const BASE: f64 = 118.0;

/// Days of which each bar has its number and its day.
const FEW: usize = 10;

/// A chart.
pub(super) struct Bars {
    pub(super) width: f64,
    pub(super) left: f64,
    pub(super) lines: Vec<Line>,
    pub(super) bars: Vec<Bar>,
    pub(super) label: String,
}

/// A line across, with its value.
pub(super) struct Line {
    pub(super) y: String,
    pub(super) text_y: String,
    pub(super) value: String,
}

/// A bar: new on top of changed.
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) middle: String,
    pub(super) new: Option<Part>,
    pub(super) changed: Option<Part>,
    pub(super) total: Option<(String, String)>,
    pub(super) day: Option<String>,
    pub(super) note: Option<String>,
}

/// A part of a bar.
pub(super) struct Part {
    pub(super) y: String,
    pub(super) height: String,
}

impl Bars {
    pub(super) fn wide(days: &[IngestedDay], window: Window) -> Self {
        Self::of(days, window, 620.0, "%a %-d")
    }

    pub(super) fn narrow(days: &[IngestedDay], window: Window) -> Self {
        Self::of(days, window, 314.0, "%a")
    }

    fn of(days: &[IngestedDay], window: Window, width: f64, pattern: &str) -> Self {
        let both = |one: &IngestedDay| one.new + one.changed;
        let most = days.iter().map(both).max().unwrap_or_default();
        let top = nice(most);
        let left = 12.0 + 6.0 * number(top).chars().count() as f64;
        let y = |value: u64| BASE - (BASE - TOP) * value as f64 / top as f64;
        let step = (width - left) / days.len().max(1) as f64;
        let bar = (step * 0.62).clamp(3.0, 40.0);
        let is_few = days.len() <= FEW;
        // The first and the last day are not whole ones.
        let note = |place: usize, one: &IngestedDay| match place {
            0 if window.from.0 % DAY_MS != 0 && is_few => Some(format!("from {}", clock(window.from))),
            _ if is_few && place + 1 == days.len() && one.day > 0 => Some("so far".to_owned()),
            _ => None,
        };
        let bars = days.iter().enumerate().map(|(place, one)| {
            let x = left + step * place as f64 + (step - bar) / 2.0;
            let part = |below: u64, value: u64| {
                // What is there is seen, and a line of the ground lies between the two.
                let height = (y(below) - y(below + value) - if below > 0 { 1.0 } else { 0.0 }).max(1.0);
                Part { y: f(y(below) - height - if below > 0 { 1.0 } else { 0.0 }), height: f(height) }
            };
            let shown = is_few || place % 5 == 0;
            Bar {
                x: f(x),
                width: f(bar),
                middle: f(x + bar / 2.0),
                new: (one.new > 0).then(|| part(one.changed, one.new)),
                changed: (one.changed > 0).then(|| part(0, one.changed)),
                total: (is_few && both(one) > 0).then(|| (f(y(both(one)) - 6.0), number(both(one)))),
                day: shown.then(|| day(one.day, if is_few { pattern } else { "%-d %b" })),
                note: note(place, one).filter(|_| width > 400.0),
            }
        });
        let line = |value: u64| Line { y: f(y(value)), text_y: f(y(value) + 4.0), value: number(value) };
        Self {
            width,
            left,
            lines: if most == 0 { vec![] } else { vec![line(top / 2), line(top)] },
            bars: bars.collect(),
            label: format!("Issues ingested each day, new and changed; at most {} on one day.", number(most)),
        }
    }
}

/// A number not below `most` that is easily halved.
fn nice(most: u64) -> u64 {
    let mut scale = 1;
    loop {
        for step in [2, 4, 6, 8, 10] {
            if step * scale >= most {
                return step * scale;
            }
        }
        scale *= 10;
    }
}

/// A length.
fn f(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::Millis;

    #[test]
    fn a_scale_is_not_below_what_it_shows() {
        for (most, top) in [(0, 2), (2, 2), (3, 4), (9, 10), (11, 20), (776, 800), (2_001, 4_000)] {
            assert_eq!(nice(most), top);
        }
    }

    #[test]
    fn what_is_little_is_still_seen_and_what_is_nothing_is_not() {
        let days = [
            IngestedDay { day: 20_000, new: 1, changed: 0 },
            IngestedDay { day: 20_001, new: 0, changed: 0 },
            IngestedDay { day: 20_002, new: 1, changed: 100_000 },
        ];
        let window = Window { from: Millis(20_000 * DAY_MS), until: Millis(20_003 * DAY_MS) };
        let bars = Bars::wide(&days, window);
        assert_eq!(bars.bars[0].new.as_ref().map(|part| part.height.as_str()), Some("1.0"));
        assert!(bars.bars[1].new.is_none() && bars.bars[1].changed.is_none());
        assert!(bars.bars[2].new.is_some() && bars.bars[2].changed.is_some());
    }
}
