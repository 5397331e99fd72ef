//! Counts at many instants, as it was then.

use super::{Tally, bind::Bound, plan::Plan, spans::Span};
use crate::{
    Day,
    columns::{Chunk, ChunkError},
};
use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use weir_model::Millis;

/// How far the instants of a trend are apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Ends of days.
    Day,
    /// Ends of weeks, which begin on Mondays.
    Week,
    /// Ends of months.
    Month,
}

/// The ends of the last `count` days, weeks or months in a zone, in order; that of the present one is `as_of`. Fewer where
/// the calendar begins.
pub fn instants(every: Every, count: usize, as_of: Millis, zone: &TimeZone) -> Vec<Millis> {
    let mut instants = vec![as_of];
    let Some(today) = Day::of(as_of, zone).and_then(Day::date) else { return instants };
    let mut begin = match every {
        Every::Day => Some(today),
        Every::Week => Day::from(today)
            .0
            .checked_sub(today.weekday().to_monday_zero_offset().into())
            .and_then(|day| Day(day).date()),
        Every::Month => Some(today.first_of_month()),
    };
    while instants.len() < count {
        let Some(date) = begin else { break };
        let Some(start) = Day::from(date).begin(zone) else { break };
        // The last millisecond of the period before.
        let end = Millis(start.0 - 1);
        if instants.last().is_some_and(|last| end < *last) {
            instants.push(end);
        }
        begin = before(date, every);
    }
    instants.truncate(count.max(1));
    instants.reverse();
    instants
}

/// The beginning of the period before one that begins on `date`.
fn before(date: Date, every: Every) -> Option<Date> {
    match every {
        Every::Day => date.yesterday().ok(),
        Every::Week => Day(Day::from(date).0 - 7).date(),
        Every::Month => date.yesterday().ok().map(Date::first_of_month),
    }
}

/// Counts at each instant of a plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    instants: Vec<Millis>,
    /// By how much the count differs from the one before; those of rules after those in scope.
    differences: Vec<Vec<i64>>,
}

impl Series {
    /// No counts, at the instants of a plan.
    pub fn new(plan: &Plan) -> Self {
        let instants = plan.instants().to_vec();
        let differences = vec![vec![0; instants.len() + 1]; plan.rules().len() + 1];
        Self { instants, differences }
    }

    /// Adds the counts of other chunks, by the same plan.
    pub fn merge(&mut self, other: &Self) {
        for (sums, more) in self.differences.iter_mut().zip(&other.differences) {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }

    /// The counts at each instant, in order.
    pub fn points(&self) -> Vec<(Millis, Tally)> {
        let mut sums = vec![0_i64; self.differences.len()];
        let point = |(place, at): (usize, &Millis)| {
            for (sum, differences) in sums.iter_mut().zip(&self.differences) {
                *sum += differences.get(place).copied().unwrap_or(0);
            }
            let count = |sum: &i64| u64::try_from(*sum).unwrap_or(0);
            let in_scope = sums.first().map_or(0, count);
            (*at, Tally { in_scope, misses: sums.iter().skip(1).map(count).collect() })
        };
        self.instants.iter().enumerate().map(point).collect()
    }
}

/// The counts of a chunk, at each instant of the plan.
///
/// # Errors
/// When the chunk lacks a column that the plan reads.
pub fn count_over_time(plan: &Plan, chunk: &Chunk) -> Result<Series, ChunkError> {
    let mut series = Series::new(plan);
    let bound = Bound::new(plan, chunk)?;
    let scope = bound.in_scope();
    let mut lines = series.differences.iter_mut();
    if let Some(line) = lines.next() {
        (0..scope.len()).for_each(|place| add(line, scope.get(place).1));
    }
    lines.enumerate().for_each(|(rule, line)| bound.misses(rule, &scope, |_, spans| add(line, spans)));
    Ok(series)
}

fn add(line: &mut [i64], spans: &[Span]) {
    for span in spans {
        line[span.0 as usize] += 1;
        line[span.1 as usize] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(every: Every, count: usize, as_of: &str, zone: &str) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let instants = instants(every, count, Millis::parse(as_of).unwrap(), &zone);
        instants.into_iter().map(Millis::rfc3339).collect()
    }

    #[test]
    fn the_last_instant_is_now_and_the_others_are_ends() {
        assert_eq!(
            ends(Every::Day, 3, "2026-03-04T05:06:07Z", "UTC"),
            ["2026-03-02T23:59:59.999Z", "2026-03-03T23:59:59.999Z", "2026-03-04T05:06:07.000Z"]
        );
        assert_eq!(
            ends(Every::Week, 2, "2026-03-04T05:06:07Z", "UTC"),
            ["2026-03-01T23:59:59.999Z", "2026-03-04T05:06:07.000Z"]
        );
        assert_eq!(
            ends(Every::Month, 3, "2026-03-04T05:06:07Z", "UTC"),
            ["2026-01-31T23:59:59.999Z", "2026-02-28T23:59:59.999Z", "2026-03-04T05:06:07.000Z"]
        );
    }

    #[test]
    fn days_end_where_the_zone_ends_them() {
        // Clocks in Prague went forward on 29 March 2026.
        assert_eq!(
            ends(Every::Day, 3, "2026-03-30T12:00:00Z", "Europe/Prague"),
            ["2026-03-28T22:59:59.999Z", "2026-03-29T21:59:59.999Z", "2026-03-30T12:00:00.000Z"]
        );
    }

    #[test]
    fn at_the_last_millisecond_of_a_day_that_day_is_asked_about_once() {
        let asked = ends(Every::Day, 2, "2026-03-03T23:59:59.999Z", "UTC");
        assert_eq!(asked, ["2026-03-02T23:59:59.999Z", "2026-03-03T23:59:59.999Z"]);
        assert_eq!(ends(Every::Day, 0, "2026-03-03T00:00:00Z", "UTC").len(), 1);
    }
}
