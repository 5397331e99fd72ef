//! What must not be shown of a channel: where its webhooks go and what signs them. Sealed; only the channel's own row opens it.

use super::said;
use crate::credential::open_sealed;
use serde::{Deserialize, Serialize};
use weir_model::{ChannelId, Message};
use weir_notify::{ExposeSecret as _, WebhookSecret};
use weir_store::Store;
use weir_vault::{Context, Secret, Vault};

/// What must not be shown of a channel.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    /// Where its webhooks go.
    pub(super) url: Option<Secret>,
    /// What signs them.
    pub(super) signs: Option<WebhookSecret>,
}

/// The same as it is sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    url: Option<String>,
    signs: Option<String>,
}

impl Secrets {
    pub(super) fn written(&self) -> Result<Secret, Message> {
        let written = Written {
            url: self.url.as_ref().map(|url| url.expose_secret().to_owned()),
            signs: self.signs.as_ref().map(|secret| secret.as_secret().expose_secret().to_owned()),
        };
        let text =
            serde_json::to_string(&written).map_err(|error| Message::Bug { detail: error.to_string() })?;
        Ok(Secret::from(text))
    }

    /// Those of a channel, opened.
    pub(super) async fn of(store: &Store, vault: &Vault, channel: &ChannelId) -> Result<Self, Message> {
        let broken = || Message::Bug { detail: "The secrets of a channel cannot be opened".into() };
        let sealed = store.sealed_of_channel(channel).await.map_err(said)?.ok_or_else(broken)?;
        let opened = open_sealed(vault, &place(&channel.to_string()), sealed, broken())?;
        let written: Written = serde_json::from_str(opened.expose_secret()).map_err(|_| broken())?;
        Ok(Self {
            url: written.url.map(Secret::from),
            signs: written.signs.as_deref().map(WebhookSecret::parse).transpose().map_err(|_| broken())?,
        })
    }
}

/// Where they belong.
pub(super) fn place(row: &str) -> Context<'_> {
    Context { purpose: "notification", table: "notification_channel", row, column: "sealed" }
}
