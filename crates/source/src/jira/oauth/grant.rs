//! What is secret of a consent: the app's secret, and the tokens of now.

use crate::Secret;
use serde::{Deserialize, Serialize};
use weir_http::ExposeSecret as _;
use weir_model::Message;

/// Tokens are renewed so long before they end, in milliseconds; those of a short life when a fifth of it is left.
const MARGIN: i64 = 60_000;

/// What an app was given by somebody's consent, and the secret that it renews it with. As a [`Secret`] it is the text that is
/// sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Grant {
    /// Where it is kept, so that what is renewed is kept there too; empty where it is not kept yet. Not part of what is sealed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub home: String,
    pub(super) client_secret: String,
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    /// When the access token was asked for, and when it ends, in epoch milliseconds.
    pub(super) asked_at: i64,
    pub(super) ends_at: i64,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant").field("home", &self.home).finish_non_exhaustive()
    }
}

impl Grant {
    /// Out of the text that was sealed.
    ///
    /// # Errors
    /// A bug of ours, where it is none.
    pub fn read(secret: &Secret) -> Result<Self, Message> {
        serde_json::from_str(secret.expose_secret())
            .map_err(|_| Message::Bug { detail: "what is sealed of a consent cannot be read".to_owned() })
    }

    /// The text that is handed on, with where it is kept.
    ///
    /// # Errors
    /// A bug of ours.
    pub fn text(&self) -> Result<Secret, Message> {
        let text = serde_json::to_string(self).map_err(|error| Message::Bug { detail: error.to_string() })?;
        Ok(Secret::from(text))
    }

    /// The text that is sealed.
    ///
    /// # Errors
    /// A bug of ours.
    pub fn to_seal(&self) -> Result<Secret, Message> {
        Self { home: String::new(), ..self.clone() }.text()
    }

    /// The same, kept somewhere.
    #[must_use]
    pub fn at_home(self, home: String) -> Self {
        Self { home, ..self }
    }

    /// Whether both hold the same tokens.
    pub fn is(&self, other: &Self) -> bool {
        self.access_token == other.access_token && self.refresh_token == other.refresh_token
    }

    /// Whether the access token need not be renewed yet.
    pub fn is_fresh(&self, now: i64) -> bool {
        let life = self.ends_at.saturating_sub(self.asked_at);
        now < self.ends_at.saturating_sub(MARGIN.min(life / 5))
    }

    /// Whether the access token has ended.
    pub(super) fn has_ended(&self, now: i64) -> bool {
        now >= self.ends_at
    }

    pub(super) fn bearer(&self) -> Secret {
        Secret::from(self.access_token.clone())
    }
}
