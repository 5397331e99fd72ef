//! How it stands with a nudge that was sent by hand: that it is being sent, or what came of it.

use crate::{
    app::App,
    life::sendings::Sending,
    pages::{
        format::{inert, moment},
        forms::Trouble,
    },
};
use weir_model::Nudge;

/// What the page of a nudge says of it.
pub(super) enum Shown {
    Nothing,
    Running { since: String, since_exact: String },
    Ended { sentence: String },
    Failed { trouble: Box<Trouble> },
}

impl Shown {
    pub(super) fn of(app: &App, nudge: &Nudge) -> Self {
        let Some(Sending { begun, outcome }) = app.sendings.of(&nudge.id, app.now()) else {
            return Self::Nothing;
        };
        match outcome {
            None => Self::Running { since: moment(begun), since_exact: begun.rfc3339() },
            Some(Ok(counts)) => Self::Ended {
                sentence: inert(&format!(
                    "Sent now, at {}: {} sent, {} failed, {} without an address, {} opted out.",
                    moment(begun),
                    counts.sent,
                    counts.failed,
                    counts.without_address,
                    counts.opted_out
                )),
            },
            Some(Err(message)) => Self::Failed { trouble: Box::new(Trouble::from(&message)) },
        }
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Running { .. })
    }
}
