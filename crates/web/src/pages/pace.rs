//! When, how fast and how far back an integration reads, as forms offer it.

use super::format::{inert, moment};
use crate::app::App;
use weir_ingest::{connect::in_flight, schedule::upcoming};
use weir_model::{Deployment, Millis, Speed};

/// A choice of a list.
pub(super) struct Offered {
    pub(super) value: String,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

/// The speeds, each with how many requests it means at a site.
pub(super) fn speeds(app: &App, deployment: Deployment, chosen: &str) -> Vec<Offered> {
    let chosen = if chosen.is_empty() { Speed::Normal.as_str() } else { chosen };
    let name = |speed: Speed| match speed {
        Speed::Gentle => "Gentle",
        Speed::Normal => "Normal",
        Speed::Fast => "Fast",
    };
    let offered = |speed: Speed| Offered {
        value: speed.as_str().to_owned(),
        name: format!("{}: {}", name(speed), limit(app, deployment, speed)),
        is_chosen: speed.as_str() == chosen,
    };
    Speed::ALL.into_iter().map(offered).collect()
}

/// `up to 8 requests at once`.
pub(super) fn limit(app: &App, deployment: Deployment, speed: Speed) -> String {
    match in_flight(deployment, speed.in_flight(app.environment.max_in_flight)) {
        1 => "one request at a time".to_owned(),
        most => format!("up to {most} requests at once"),
    }
}

/// Months that are offered.
const DEPTHS: [u32; 4] = [3, 6, 12, 24];

/// How far back issues are read; another number of months that is kept is offered too.
pub(super) fn depths(chosen: &str) -> Vec<Offered> {
    let chosen = if chosen.is_empty() { "all" } else { chosen };
    let months = |months: u32| (format!("{months}mo"), format!("{months} months"));
    let mut offered: Vec<(String, String)> = DEPTHS.into_iter().map(months).collect();
    offered.push(("all".to_owned(), "All".to_owned()));
    if offered.iter().all(|(value, _)| value != chosen) {
        let name = format!("{} months", inert(chosen.trim_end_matches("mo")));
        offered.insert(0, (chosen.to_owned(), name));
    }
    let offer = |(value, name): (String, String)| Offered { is_chosen: value == chosen, value, name };
    offered.into_iter().map(offer).collect()
}

/// What a form says of how far back issues are read.
pub(super) fn depth(months: Option<u32>) -> String {
    months.map_or_else(|| "all".to_owned(), |months| format!("{months}mo"))
}

/// The next due times that settings have, where they can be read.
pub(super) fn next_runs(minutes: u32, cron: Option<&str>, zone: Option<&str>, now: Millis) -> String {
    moments(&upcoming(minutes, cron, zone, now))
}

/// Moments in the zone of whoever looks.
pub(super) fn moments(all: &[Millis]) -> String {
    all.iter().map(|at| moment(*at)).collect::<Vec<_>>().join(", ")
}
