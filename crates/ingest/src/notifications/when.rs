//! Instants as people read them: on the wall of the zone of a channel's quiet hours, or in UTC where it has none.

use jiff::{Timestamp, tz::TimeZone};
use weir_model::{ChannelSettings, Millis};

/// `4 Mar 2026 10:51 (Asia/Kathmandu)`.
pub(super) fn when(at: Millis, settings: &ChannelSettings) -> String {
    let zone = settings.quiet.as_ref().and_then(|quiet| TimeZone::get(&quiet.zone).ok());
    let zone = zone.unwrap_or(TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    let zoned = Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(zone);
    format!("{} ({name})", zoned.strftime("%-d %b %Y %H:%M"))
}
