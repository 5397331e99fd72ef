//! What a server asks a satellite to do, and what comes of it: the words that go between both.
//!
//! An **errand** is one thing to do at a site. Most have one answer. While a satellite pulls, it sends **parcels** in their order, and goes
//! on after each when it is answered: a batch once it is committed, a question with what the server knows. Batches carry the
//! place in the satellite's spool from which they come; a server keeps the place of the newest as a checkpoint, in
//! the transaction of its rows. So a batch that was sent twice is committed once, and who lost the connection, or its life,
//! sends on from there.
//!
//! Both ends may be of different versions: what one says that the other does not know is told, and refused.

use crate::{Check, Looked, ProgressSnapshot, ProjectRef, SiteProjects, Traffic};
use serde::{Deserialize, Serialize};
use weir_model::{
    Batch, Checkpoint, Exclusions, FeedFault, Integration, IntegrationId, IssueId, Message, Millis,
    Partition, Satellite, SatelliteStatus, Surface,
};

/// The version of these words. A server takes its own and the one before.
pub const PROTOCOL: u32 = Satellite::PROTOCOL;

/// The largest parcel that a server takes, compressed.
pub const LARGEST_PARCEL: usize = 64 * 1024 * 1024;

/// The longest that one may be when it is unpacked.
pub const LONGEST_PARCEL: u64 = 256 * 1024 * 1024;

/// The partition under which a server keeps how far it has committed the spool of a satellite.
pub const SPOOL: &str = "satellite";

/// What to do at a site.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum What {
    /// Bring everything, from the checkpoints on.
    Pull,
    /// Bring these issues.
    PullIds {
        /// Their ids.
        ids: Vec<IssueId>,
    },
    /// The projects in scope.
    Projects,
    /// Ids of every issue of a project.
    IssueIds {
        /// The project.
        project: ProjectRef,
    },
    /// Keys of these issues.
    IssueKeys {
        /// Their ids.
        ids: Vec<IssueId>,
    },
    /// Every project that the site shows.
    SiteProjects,
    /// A second look at these issues.
    Look {
        /// Their ids.
        ids: Vec<IssueId>,
    },
    /// The site's time.
    Time,
    /// The pre-flight.
    Check,
}

/// An errand as a satellite gets it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Its number at the server.
    pub errand: i64,
    /// How often it was handed out; what comes of an earlier time is refused.
    pub turn: i64,
    /// Of which integration, with what the server knows of it and a satellite needs.
    pub integration: Integration,
    /// How far the integration has come.
    pub checkpoints: Vec<Checkpoint>,
    /// What to do.
    #[serde(flatten)]
    pub what: What,
}

/// One thing that goes from a satellite that pulls to the server.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "parcel")]
pub enum Parcel {
    /// Rows to commit.
    Batch {
        /// Where they are in the satellite's spool.
        place: Place,
        /// The rows, with their checkpoints.
        batch: Box<Batch>,
    },
    /// Which issues are outdated by what was committed?
    Settle,
    /// Which of these issues are not kept as they are shown?
    News {
        /// Each with the `updated` that the site shows.
        shown: Vec<(IssueId, Option<Millis>)>,
    },
}

/// How a server answers a parcel.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reply")]
pub enum Reply {
    /// The rows are committed.
    Committed,
    /// These issues.
    Issues {
        /// Their ids.
        ids: Vec<IssueId>,
    },
}

/// A place in a spool.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The spool: a new one has a new name.
    pub spool: String,
    /// The number of a batch in it.
    pub seq: u64,
}

impl Place {
    /// As a checkpoint that says that everything up to here is committed.
    pub fn checkpoint(&self) -> Checkpoint {
        let position = format!("{}:{}", self.spool, self.seq);
        Checkpoint { partition: Partition(SPOOL.to_owned()), position }
    }

    /// The place that such a checkpoint among these names.
    pub fn among(checkpoints: &[Checkpoint]) -> Option<Self> {
        let one = checkpoints.iter().find(|one| one.partition.0 == SPOOL)?;
        let (spool, seq) = one.position.rsplit_once(':')?;
        Some(Self { spool: spool.to_owned(), seq: seq.parse().ok()? })
    }
}

/// What came of an errand.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// This.
    Done(Box<Answer>),
    /// It could not be done.
    Failed(Said),
}

/// What an errand brought.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Everything was brought.
    Pulled(Pulled),
    /// The projects in scope.
    Projects(Vec<ProjectRef>),
    /// Ids of issues.
    IssueIds(Vec<IssueId>),
    /// Keys of issues.
    IssueKeys(Vec<(IssueId, String)>),
    /// Every project that the site shows.
    SiteProjects(SiteProjects),
    /// What a second look told.
    Looked(Looked),
    /// The site's time.
    Time(Option<Millis>),
    /// The pre-flight.
    Checked(Checked),
}

/// What was pulled.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Pulled {
    /// Keys of the projects that were read from end to end.
    pub projects: Vec<String>,
    /// Of the others, only what changed since an earlier run was asked for.
    pub incremental: bool,
    /// Since when.
    pub since: Option<Millis>,
    /// The account's time zone.
    #[serde(default)]
    pub timezone: Option<String>,
}

/// A finished pre-flight.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checked {
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// What was learnt, or why the first one failed that did.
    pub outcome: Result<Learnt, Said>,
}

/// What a pre-flight learnt of a site. Of the credential nothing: it stays where it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Learnt {
    /// Id of the account that the satellite signs in with.
    pub account_id: String,
    /// Its time zone.
    pub timezone: Option<String>,
    /// Keys of the projects that it sees.
    pub projects: Vec<String>,
}

/// How far an errand has come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sign {
    /// What has gone over the wire.
    pub traffic: Traffic,
    /// What is being done.
    pub progress: ProgressSnapshot,
}

/// A sentence of the catalogue that goes from one program to another. Where the other one is older, the words remain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Said {
    what: String,
    why: String,
    fix: String,
    message: serde_json::Value,
}

impl Said {
    /// The sentence in words, and as itself.
    pub fn of(message: &Message) -> Self {
        let (what, why, fix) = (message.what(), message.why(), message.fix(Surface::CommandLine));
        Self { what, why, fix, message: serde_json::to_value(message).unwrap_or_default() }
    }

    /// The sentence; one that this version does not know, in the words that came with it.
    pub fn message(self) -> Message {
        let Self { what, why, fix, message } = self;
        serde_json::from_value(message).unwrap_or_else(|_| {
            let bounded = |text: String| text.chars().filter(|c| !c.is_control()).take(500).collect();
            FeedFault::Said { what: bounded(what), why: bounded(why), fix: bounded(fix) }.into()
        })
    }
}

/// What a satellite reports, every so often.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Beat {
    /// The id that it gave itself.
    pub id: String,
    /// The name of its machine.
    pub name: String,
    /// The name of the account at the server.
    pub tenant: String,
    /// What it says of itself.
    pub status: SatelliteStatus,
    /// Its clock.
    pub at: Millis,
    /// The integrations of its file.
    pub feeds: Vec<Feed>,
    /// Errands that it is at.
    pub errands: Vec<i64>,
    /// Whether it stops now.
    pub leaves: bool,
}

/// An integration of a satellite's file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Feed {
    /// The id that stands there.
    pub named: String,
    /// The address of the site.
    pub url: String,
    /// What is never asked for.
    pub exclusions: Exclusions,
    /// The time zone, where the file names one.
    pub timezone: Option<String>,
}

/// What a server answers to a report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BeatReply {
    /// The version of the server.
    pub version: String,
    /// The version of the protocol that it speaks.
    pub protocol: u32,
    /// How the integrations of the file stand.
    pub feeds: Vec<FeedReply>,
}

/// How an integration of a satellite's file stands at the server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FeedReply {
    /// The id that stands in the file.
    pub named: String,
    /// Its own id; nothing where there is none.
    pub integration: Option<IntegrationId>,
    /// Its name.
    pub name: Option<String>,
    /// Whether it is this satellite's turn.
    pub has_turn: bool,
    /// Why it may not read it.
    pub refused: Option<Said>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_spool_is_read_as_it_was_written() {
        let place = Place { spool: "a:b".to_owned(), seq: 7 };
        assert_eq!(Place::among(&[place.checkpoint()]), Some(place));
        assert_eq!(Place::among(&[]), None);
    }

    #[test]
    fn a_batch_of_a_version_that_knew_less_or_more_of_batches_is_read() {
        let text =
            r#"{"parcel":"batch","place":{"spool":"s","seq":3,"later":1},"batch":{"people":[],"later":[1]}}"#;
        let parcel: Parcel = serde_json::from_str(text).unwrap();
        let Parcel::Batch { place, batch } = parcel else { panic!("{parcel:?}") };
        assert_eq!((place.seq, *batch), (3, Batch::default()));
    }

    #[test]
    fn a_sentence_arrives_as_itself_and_an_unknown_one_in_its_words() {
        let message = Message::NetTimeout { host: "jira.example".to_owned(), seconds: 3 };
        let told =
            |said: &Said| -> Said { serde_json::from_str(&serde_json::to_string(said).unwrap()).unwrap() };
        assert_eq!(told(&Said::of(&message)).message(), message);
        let unknown = Said { message: serde_json::json!({"Later": {"x": 1}}), ..Said::of(&message) };
        let words = told(&unknown).message();
        assert_eq!((words.id(), words.what()), ("satellite.said", message.what()));
    }
}
