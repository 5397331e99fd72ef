//! Integrations and instants for tests of the schedule.

use crate::samples;
use weir_model::{Integration, Millis};

pub(super) const ADDED: Millis = Millis(1_772_600_000_000);

pub(super) fn at(text: &str) -> Millis {
    Millis(text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond())
}

pub(super) fn integration(minutes: u32, cron: Option<&str>, zone: &str) -> Integration {
    let mut one = numbered(1, minutes);
    one.settings.cron = cron.map(str::to_owned);
    one.settings.timezone = Some(zone.to_owned());
    one
}

pub(super) fn numbered(seed: u64, minutes: u32) -> Integration {
    let mut one = samples::integration(&format!("integration {seed}"), seed, ADDED);
    one.settings.interval_minutes = minutes;
    one.settings.census_minutes = None;
    one
}
