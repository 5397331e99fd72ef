//! Sentences about the channels of notifications.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// What is wrong with a channel of notifications.
    NotificationFault, parts {};
    Bad { member: String, detail: String } = "notification.bad", Usage,
        "The channel cannot be kept.", "{detail}.", "Correct its {member}";
    BadMuch { count: u64, details: String } = "notification.bad", Usage,
        "{count} things keep the channel from being kept.", "{details}.", "Correct all of them";
    Taken { name: String } = "notification.taken", Conflict,
        "Another channel of notifications is already called \"{name}\".", "Names are unique here.", "Choose another name";
    Unknown { name: String } = "notification.unknown", NotFound,
        "There is no channel \"{name}\".", "No channel of notifications has this name or id.", "See which there are";
}
