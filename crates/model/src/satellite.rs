//! Satellites as a server knows them.

use crate::{IntegrationId, KeyId, Millis};
use serde::{Deserialize, Serialize};

/// A satellite that has reported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Satellite {
    /// The id that it gave itself.
    pub id: String,
    /// The name of its machine.
    pub name: String,
    /// The API key that it signs in with.
    pub key: KeyId,
    /// What it reported last.
    pub status: SatelliteStatus,
    /// When it reported first.
    pub first_at: Millis,
    /// When it reported last.
    pub beat_at: Millis,
    /// Since when it may not come any more, and by whose wish.
    pub revoked: Option<(Millis, String)>,
    /// The integrations that it may read, by name.
    pub feeds: Vec<SatelliteFeed>,
}

/// An integration that a satellite may read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SatelliteFeed {
    /// Its id.
    pub id: IntegrationId,
    /// Its name.
    pub name: String,
    /// Until when it is the satellite's turn.
    pub turn_until: Millis,
}

/// What a satellite says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SatelliteStatus {
    /// Its version.
    pub version: String,
    /// The version of the protocol that it speaks.
    pub protocol: u32,
    /// The time zone of its machine.
    pub zone: Option<String>,
    /// Whether it stopped in order.
    pub left: bool,
    /// How far its clock is before the server's, in milliseconds, as the server saw it.
    pub ahead_ms: i64,
    /// Memory that it uses.
    pub memory_bytes: u64,
    /// Time of a processor that it used since the last report, in thousandths.
    pub cpu_permille: u64,
    /// Batches that wait to be sent.
    pub waiting: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// When the oldest of them was read.
    pub waiting_since: Option<Millis>,
    /// Whether it reads a site without checking its certificate.
    pub insecure_tls: bool,
    /// What it does at each integration of its file.
    pub feeds: Vec<FeedStatus>,
    /// For how many hours it keeps what cannot be sent; older ones do not say.
    pub keeps_hours: Option<u64>,
    /// What went wrong last, the oldest first; nothing where that is as it was told before.
    pub log: Option<Vec<LogLine>>,
    /// When its key ended or was revoked, as the server knows; nothing while it is let in.
    #[serde(skip)]
    pub key_ended: Option<Millis>,
}

/// A line of what went wrong at a satellite. No credential is ever in one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LogLine {
    /// When, by the satellite's clock.
    pub at: Millis,
    /// How bad it is.
    pub level: LogLevel,
    /// What happened.
    pub text: String,
}

/// How bad it is what a satellite tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Something could not be done.
    Error,
    /// It may go on by itself.
    #[serde(other)]
    Warning,
}

impl LogLevel {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl LogLine {
    /// So many are kept of one satellite.
    pub const KEPT: usize = 30;

    /// The most characters of one.
    pub const LONGEST: usize = 300;

    /// What is known after some more were told: those of another start of the satellite stay before them.
    pub fn after(known: Vec<Self>, told: Vec<Self>) -> Vec<Self> {
        let Some(first) = told.first().map(|line| line.at) else { return known };
        let mut all: Vec<Self> = known.into_iter().filter(|line| line.at < first).collect();
        let clean = |line: Self| Self { text: crate::clean(&line.text, Self::LONGEST), ..line };
        all.extend(told.into_iter().map(clean));
        all.split_off(all.len().saturating_sub(Self::KEPT))
    }
}

/// What a satellite says of an integration of its file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedStatus {
    /// The id that stands in the file.
    pub named: String,
    /// The errand that it is at.
    pub errand: Option<i64>,
    /// What went wrong last.
    pub error: Option<String>,
}

/// How lately a satellite has reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SatelliteState {
    /// Within 45 seconds.
    Online,
    /// Within two minutes.
    Late,
    /// Longer ago, or it stopped in order.
    Offline,
    /// It may not come any more.
    Revoked,
    /// It speaks a version of the protocol that the server knows no more.
    TooOld,
    /// It speaks one that the server does not know yet.
    TooNew,
}

impl SatelliteState {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Late => "late",
            Self::Offline => "offline",
            Self::Revoked => "revoked",
            Self::TooOld => "too_old",
            Self::TooNew => "too_new",
        }
    }
}

/// How often a satellite reported in a stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pulse {
    /// Which stretch: how many of them went by since 1970.
    pub slot: i64,
    /// How often.
    pub beats: u64,
    /// The first report in it.
    pub first_at: Millis,
    /// The last one.
    pub last_at: Millis,
    /// The longest time without one between these.
    pub longest_ms: i64,
}

impl Pulse {
    /// How long a stretch is, in milliseconds.
    pub const SLOT_MS: i64 = 15 * 60_000;

    /// So many of them are kept: a day.
    pub const SLOTS: i64 = 96;

    /// The stretch of an instant.
    pub fn slot_of(at: Millis) -> i64 {
        at.0.div_euclid(Self::SLOT_MS)
    }

    /// The longest time without a report in this stretch, as far as it is over and the satellite was known then.
    pub fn silence(&self, known_since: Millis, now: Millis) -> i64 {
        let (begin, end) = (self.slot * Self::SLOT_MS, (self.slot + 1) * Self::SLOT_MS);
        let before = self.first_at.0 - begin.max(known_since.0);
        let after = end.min(now.0) - self.last_at.0;
        self.longest_ms.max(before).max(after).max(0)
    }
}

impl Satellite {
    /// The version of the protocol that this program speaks. A server takes its own and the one before.
    pub const PROTOCOL: u32 = 1;

    /// How often a satellite reports, in milliseconds.
    pub const BEAT_MS: i64 = 15_000;

    /// After how long without a report it is late.
    pub const LATE_MS: i64 = 45_000;

    /// After how long without a report it is offline, and another one takes its turn.
    pub const OFFLINE_MS: i64 = 120_000;

    /// Its state at an instant.
    pub fn state(&self, now: Millis) -> SatelliteState {
        let silent = now.since(self.beat_at);
        if self.revoked.is_some() {
            SatelliteState::Revoked
        } else if self.status.protocol.saturating_add(1) < Self::PROTOCOL {
            SatelliteState::TooOld
        } else if self.status.protocol > Self::PROTOCOL {
            SatelliteState::TooNew
        } else if self.status.left || silent > Self::OFFLINE_MS {
            SatelliteState::Offline
        } else if silent > Self::LATE_MS {
            SatelliteState::Late
        } else {
            SatelliteState::Online
        }
    }

    /// Whether the server's version is newer than its own. What is no version is not compared.
    pub fn is_outdated(&self, server: &str) -> bool {
        let numbers = |text: &str| -> Option<[u64; 3]> {
            let plain = text.split(['-', '+']).next()?;
            let mut parts = plain.split('.').map(|part| part.parse().ok());
            Some([parts.next()??, parts.next()??, parts.next()??])
        };
        numbers(&self.status.version).zip(numbers(server)).is_some_and(|(theirs, ours)| theirs < ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: i64) -> LogLine {
        LogLine { at: Millis(at), level: LogLevel::Error, text: format!("line {at}") }
    }

    fn satellite(protocol: u32, version: &str) -> Satellite {
        Satellite {
            id: "sat".to_owned(),
            name: "berlin-1".to_owned(),
            key: crate::KeyId::generate(Millis(0), &Zeroes),
            status: SatelliteStatus { protocol, version: version.to_owned(), ..SatelliteStatus::default() },
            first_at: Millis(0),
            beat_at: Millis(1_000_000),
            revoked: None,
            feeds: vec![],
        }
    }

    struct Zeroes;

    impl crate::Entropy for Zeroes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn a_satellite_is_late_after_45_seconds_and_offline_after_two_minutes() {
        let at = |seconds: i64| satellite(1, "1.0.0").state(Millis(1_000_000 + seconds * 1_000)).as_str();
        assert_eq!((at(45), at(46), at(120), at(121)), ("online", "late", "late", "offline"));
        let newer = Satellite::PROTOCOL + 1;
        assert_eq!(satellite(newer, "1.0.0").state(Millis(1_000_000)), SatelliteState::TooNew);
    }

    #[test]
    fn an_update_is_there_when_the_server_is_newer() {
        let is_outdated = |version: &str| satellite(1, version).is_outdated("1.10.0");
        assert!(is_outdated("1.9.3") && is_outdated("0.20.0"));
        assert!(
            !is_outdated("1.10.0") && !is_outdated("1.10.1-dev") && !is_outdated("") && !is_outdated("x.y")
        );
    }

    #[test]
    fn what_was_told_before_a_restart_stays_and_nothing_is_doubled() {
        let known = LogLine::after(vec![], vec![line(1), line(2)]);
        assert_eq!(LogLine::after(known.clone(), vec![line(1), line(2), line(3)]).len(), 3);
        assert_eq!(LogLine::after(known.clone(), vec![line(9)]).len(), 3);
        assert_eq!(LogLine::after(known.clone(), vec![]), known);
        let many = LogLine::after(known, (10..90).map(line).collect());
        assert_eq!((many.len(), many.last()), (LogLine::KEPT, Some(&line(89))));
    }

    #[test]
    fn silence_counts_to_the_ends_of_a_stretch() {
        let pulse = Pulse {
            slot: 1,
            beats: 9,
            first_at: Millis(Pulse::SLOT_MS + 10_000),
            last_at: Millis(Pulse::SLOT_MS + 100_000),
            longest_ms: 15_000,
        };
        assert_eq!(pulse.silence(Millis(0), Millis(Pulse::SLOT_MS + 101_000)), 15_000);
        assert_eq!(pulse.silence(Millis(0), Millis(Pulse::SLOT_MS + 300_000)), 200_000);
        assert_eq!(pulse.silence(Millis(0), Millis(i64::MAX)), Pulse::SLOT_MS - 100_000);
    }
}
