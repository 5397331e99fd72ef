//! Notifications: people are told when an integration needs them, through mail, a chat or a webhook.
//!
//! What ails an integration is one incident, from the first sight of it until it is well again. Of an incident a channel is told once
//! that somebody is needed, once more for each other reason, and once that it is over; never run by run. Each of these is a row of
//! the store before it is sent, so that of many servers one sends it, and a restart loses none.
//!
//! `kept.rs` is which channels there are, `noted.rs` what the audit log keeps of their changes, `seen.rs` what becomes of an incident, `dated.rs` what is told by the calendar, `words.rs` how it
//! is said, `quiet.rs` the hours in which nothing is sent, `passed.rs` what a channel that was off is never told, `look.rs` what a scheduler
//! does, `sending.rs` how messages leave, `when.rs` how instants
//! are written.

mod dated;
mod kept;
mod look;
mod noted;
mod passed;
mod quiet;
mod satellites;
mod secrets;
mod seen;
mod sending;
#[cfg(test)]
mod tests;
mod when;
mod words;

pub use crate::nudges::Ways;
pub use kept::{ChannelWish, MOST, add, change, faults, remove};
pub(crate) use look::Notifier;
pub use noted::{GivenAnew, noted};
pub use sending::{Tried, test};

use weir_model::{Channel, Message, NotificationFault};
use weir_store::{Store, StoreError};

/// The channel that a name or an id means.
///
/// # Errors
/// `notification.unknown`.
pub async fn named(store: &Store, name: &str) -> Result<Channel, Message> {
    let all = store.channels().await.map_err(said)?;
    let is_meant = |channel: &Channel| channel.name == name || channel.id.to_string() == name;
    let unknown = || NotificationFault::Unknown { name: weir_model::clean(name, 100) }.into();
    all.into_iter().find(is_meant).ok_or_else(unknown)
}

fn said(error: StoreError) -> Message {
    error.message().clone()
}
