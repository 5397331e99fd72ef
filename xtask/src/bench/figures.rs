//! The figures of a benchmark, their medians, and how they are shown.

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

/// One measurement.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Figures {
    pub(super) issues: f64,
    pub(super) wall_s: f64,
    pub(super) issues_per_s: f64,
    pub(super) cpu_s: f64,
    pub(super) simulator_cpu_s: f64,
    pub(super) peak_mb: f64,
    pub(super) requests: f64,
    pub(super) mb: f64,
    pub(super) floor_s: f64,
    pub(super) floor_cpu_s: f64,
    /// Wall time of the sync over that of the floor.
    pub(super) ratio: f64,
    /// With latency: wall time of the same requests perfectly packed, over that of the sync.
    pub(super) efficiency: Option<f64>,
    /// A second sync, of a site in which nothing changed.
    pub(super) again_s: f64,
    pub(super) again_requests: f64,
    /// A third sync, after edits of one issue in a hundred.
    pub(super) edits: f64,
    pub(super) changed_s: f64,
    pub(super) changed_cpu_s: f64,
    pub(super) changed_requests: f64,
}

impl Figures {
    /// The median of each figure by itself.
    pub(super) fn median(all: &[Self]) -> Option<Self> {
        let of = |figure: fn(&Self) -> f64| median(all.iter().map(figure).collect());
        let efficiencies: Vec<f64> = all.iter().filter_map(|figures| figures.efficiency).collect();
        Some(Self {
            issues: of(|f| f.issues)?,
            wall_s: of(|f| f.wall_s)?,
            issues_per_s: of(|f| f.issues_per_s)?,
            cpu_s: of(|f| f.cpu_s)?,
            simulator_cpu_s: of(|f| f.simulator_cpu_s)?,
            peak_mb: of(|f| f.peak_mb)?,
            requests: of(|f| f.requests)?,
            mb: of(|f| f.mb)?,
            floor_s: of(|f| f.floor_s)?,
            floor_cpu_s: of(|f| f.floor_cpu_s)?,
            ratio: of(|f| f.ratio)?,
            efficiency: median(efficiencies),
            again_s: of(|f| f.again_s)?,
            again_requests: of(|f| f.again_requests)?,
            edits: of(|f| f.edits)?,
            changed_s: of(|f| f.changed_s)?,
            changed_cpu_s: of(|f| f.changed_cpu_s)?,
            changed_requests: of(|f| f.changed_requests)?,
        })
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut rows = vec![
            ("issues", format!("{:.0}", self.issues)),
            ("wall time", format!("{:.2} s", self.wall_s)),
            ("issues a second", format!("{:.0}", self.issues_per_s)),
            ("CPU, weir", format!("{:.2} s", self.cpu_s)),
            ("CPU, simulator", format!("{:.2} s", self.simulator_cpu_s)),
            ("peak memory", format!("{:.0} MB", self.peak_mb)),
            ("requests", format!("{:.0}", self.requests)),
            ("downloaded", format!("{:.0} MB", self.mb)),
            ("floor, wall time", format!("{:.2} s", self.floor_s)),
            ("floor, CPU", format!("{:.2} s", self.floor_cpu_s)),
            ("ratio to the floor", format!("{:.2}", self.ratio)),
        ];
        if let Some(efficiency) = self.efficiency {
            rows.push(("of the ideal rate", format!("{:.1} %", efficiency * 100.0)));
        }
        rows.push(("nothing new", format!("{:.2} s", self.again_s)));
        rows.push(("requests for that", format!("{:.0}", self.again_requests)));
        rows.push(("edits of 1 %", format!("{:.0}", self.edits)));
        rows.push(("sync after them", format!("{:.2} s", self.changed_s)));
        rows.push(("CPU for that", format!("{:.2} s", self.changed_cpu_s)));
        rows.push(("requests for that", format!("{:.0}", self.changed_requests)));
        rows.iter().map(|(name, value)| format!("{name:<20}{value:>14}")).collect::<Vec<_>>().join("\n")
    }

    /// For programs: one line.
    pub(super) fn json(&self, store: &str, runs: u32) -> Result<String> {
        let mut value = serde_json::to_value(self)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("store".to_owned(), json!(store));
            object.insert("runs".to_owned(), json!(runs));
        }
        Ok(value.to_string())
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middles() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 9.0]), Some(3.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }
}
