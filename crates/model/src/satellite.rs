//! Satellites as a server knows them.

use crate::{KeyId, Millis};
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
    /// The integrations that it may read, by name, each with until when it is its turn.
    pub feeds: Vec<(String, Millis)>,
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
}

impl SatelliteState {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Late => "late",
            Self::Offline => "offline",
            Self::Revoked => "revoked",
        }
    }
}

impl Satellite {
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
        } else if self.status.left || silent > Self::OFFLINE_MS {
            SatelliteState::Offline
        } else if silent > Self::LATE_MS {
            SatelliteState::Late
        } else {
            SatelliteState::Online
        }
    }
}
