//! Whether the server can do its work: what `/readyz` asks, with a sentence for those who may read one.

use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::keys;
use weir_model::{Message, Surface};
use weir_store::Store;
use weir_vault::KeyFile;

/// Something that was looked at.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct HealthCheck {
    /// `store`, `schema` or `key`.
    pub(crate) name: String,
    /// Whether it is as it has to be.
    pub(crate) ok: bool,
    /// The stable code of what is wrong.
    pub(crate) code: Option<String>,
    /// What was found, and what to do.
    pub(crate) sentence: String,
}

impl HealthCheck {
    fn well(name: &str, sentence: String) -> Self {
        Self { name: name.to_owned(), ok: true, code: None, sentence }
    }

    fn ill(name: &str, message: &Message) -> Self {
        let sentence = format!("{} {} {}.", message.what(), message.why(), message.fix(Surface::Page));
        Self { name: name.to_owned(), ok: false, code: Some(message.id().to_owned()), sentence }
    }
}

/// Ready when the store answers, its schema is the one that this program knows, and the key file opens what is sealed in it:
/// each run reads that file anew, so that a server may lose it while it is up.
pub(crate) async fn judged(store: &Store, key_file: &KeyFile) -> Vec<HealthCheck> {
    let known = store.schema_version();
    let found = match store.schema_found().await {
        Ok(found) => found,
        Err(error) => {
            let sentence = "Its schema is not known while the store does not answer.".to_owned();
            let schema = HealthCheck { name: "schema".into(), ok: false, code: None, sentence };
            return vec![HealthCheck::ill("store", error.message()), schema];
        }
    };
    let mut checks = vec![HealthCheck::well("store", "The store answers.".to_owned())];
    if found != known {
        let sentence = format!("Its schema is {found}; this program knows {known}. Start the server anew.");
        let code = Some("store.older".to_owned());
        checks.push(HealthCheck { name: "schema".into(), ok: false, code, sentence });
        // What the store says of the key is known only where it can be asked.
        return checks;
    }
    checks.push(HealthCheck::well("schema", format!("Its schema is {known}, which this program knows.")));
    checks.push(match keys::refuse_wrong_key(store, key_file).await {
        Ok(()) => HealthCheck::well("key", "The key file opens what is sealed in the store.".to_owned()),
        Err(message) => HealthCheck::ill("key", &message),
    });
    checks
}
