//! Nudges: digests of issues that newly miss a rule of hygiene, to whoever they are assigned to or to teams.
//!
//! A period ends at an hour of the day, or of Mondays. Then, once a run has brought in everything until that hour, each recipient for
//! whom something is new gets one message: issues that miss a rule at the end of the period and did not at its begin. A row of
//! the store stands for a message before it is sent, so that there is one in a period whoever sends it (`sending.rs`).
//!
//! `kept.rs` is what there are, `window.rs` the periods, `prepared.rs` who would be told what, `due.rs` what a scheduler does.

mod due;
mod kept;
mod opt_out;
mod outlet;
mod prepared;
mod secrets;
mod sending;
mod state;
mod window;

pub use crate::telling::shown_once;
pub(crate) use due::Nudger;
pub use kept::{MOST, NudgeWish, Ways, add, change, remove};
pub use opt_out::{Leaving, leave, link_of, opt_in, opt_out, ticket};
pub use outlet::Outlet;
pub use prepared::{Prepared, Preview, Standing, Trouble, preview};
pub use sending::{Delivered, SentNow, send_now};
pub use state::{NudgeState, state};
pub use weir_notify::{Digest, Item, Miss, SmtpSettings};

use weir_model::{Integration, Message, Nudge, NudgeFault};
use weir_store::{Store, StoreError};

/// The nudge of an integration that a name or an id means.
///
/// # Errors
/// `nudge.unknown`.
pub async fn named(store: &Store, integration: &Integration, name: &str) -> Result<Nudge, Message> {
    let all = store.nudges(&integration.id).await.map_err(said)?;
    let is_meant = |nudge: &Nudge| nudge.name == name || nudge.id.to_string() == name;
    let unknown = || NudgeFault::Unknown { name: weir_model::clean(name, 100) }.into();
    all.into_iter().find(is_meant).ok_or_else(unknown)
}

fn said(error: StoreError) -> Message {
    error.message().clone()
}
