//! What signs for a nudge: the links with which people leave it, and its webhooks; and where these go. Sealed; only the nudge's own row opens it.

use super::said;
use crate::credential::open_sealed;
use serde::{Deserialize, Serialize};
use weir_model::{Message, NudgeId};
use weir_notify::{ExposeSecret as _, OptOutKey, WebhookSecret};
use weir_store::Store;
use weir_vault::{Context, Secret, Vault};

/// What signs for a nudge.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    pub(super) opt_out: OptOutKey,
    pub(super) webhook: Option<WebhookSecret>,
    /// Where webhooks go: what follows the host may be a secret.
    pub(super) url: Option<Secret>,
}

/// The same as it is sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    opt_out: String,
    webhook: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

impl Secrets {
    pub(super) fn written(&self) -> Result<Secret, Message> {
        let webhook = self.webhook.as_ref().map(|secret| secret.as_secret().expose_secret().to_owned());
        let url = self.url.as_ref().map(|url| url.expose_secret().to_owned());
        let written = Written { opt_out: self.opt_out.to_text(), webhook, url };
        let text =
            serde_json::to_string(&written).map_err(|error| Message::Bug { detail: error.to_string() })?;
        Ok(Secret::from(text))
    }

    /// Those of a nudge, opened.
    pub(super) async fn of(store: &Store, vault: &Vault, nudge: &NudgeId) -> Result<Self, Message> {
        let broken = || Message::Bug { detail: "What signs for a nudge cannot be opened".into() };
        let sealed = store.sealed_of_nudge(nudge).await.map_err(said)?.ok_or_else(broken)?;
        let opened = open_sealed(vault, &place(&nudge.to_string()), sealed, broken())?;
        let written: Written = serde_json::from_str(opened.expose_secret()).map_err(|_| broken())?;
        let webhook =
            written.webhook.as_deref().map(WebhookSecret::parse).transpose().map_err(|_| broken())?;
        let opt_out = OptOutKey::parse(&written.opt_out).ok_or_else(broken)?;
        Ok(Self { opt_out, webhook, url: written.url.map(Secret::from) })
    }
}

/// Where they belong.
pub(super) fn place(row: &str) -> Context<'_> {
    Context { purpose: "nudge", table: "nudge", row, column: "sealed" }
}
