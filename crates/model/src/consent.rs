//! Consent that somebody is asked for at Atlassian.

use crate::{AccountId, ConsentId, Millis};

/// What has become of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsentState {
    /// Somebody is at Atlassian, or was.
    Asked,
    /// They came back, and what they brought is being exchanged.
    Returned,
    /// It was given, and waits to be used.
    Given,
    /// It was not given.
    Refused,
}

impl ConsentState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Asked, Self::Returned, Self::Given, Self::Refused];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Returned => "returned",
            Self::Given => "given",
            Self::Refused => "refused",
        }
    }

    /// The state of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Consent that somebody was asked for, as long as it is of use. What is secret of it is sealed beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// Who asked for it.
    pub account: AccountId,
    /// What has become of it.
    pub state: ConsentState,
    /// For which app and site, and what came of it.
    pub document: String,
    /// When it goes by itself.
    pub expires_at: Millis,
}
