//! The way to a site, for those who may not reach sources themselves: what stands at an address, the pre-flight, what an
//! account sees, and the credential of a set-up that was begun.

use crate::credential::{keep, open_sealed};
use weir_model::{Draft, Message};
pub use weir_source::{
    Check, CheckState, Preflight,
    jira::{
        AdfsCredential, Connected, Counted, Credential, Door, Found, Named, NotKept, OAuthApp,
        OAuthCredential, Offer, SCOPES, Target, VisibleProject, Vocabulary, adfs_address, check_address,
        check_exclusions, complete, count_issues, find_site, in_both, in_flight, preflight, site_address,
        visible_projects,
    },
};
use weir_store::Store;
use weir_vault::{Context, Secret, Vault};

/// Keeps what a set-up has become; with another credential where one is given, sealed.
///
/// # Errors
/// `changed.meanwhile`, and what the store says.
pub async fn keep_draft(
    store: &Store,
    vault: &Vault,
    draft: &Draft,
    secret: Option<&Secret>,
) -> Result<(), Message> {
    let Some(secret) = secret else {
        return store.change_draft(draft, None).await.map_err(|error| error.message().clone());
    };
    let row = draft.id.to_string();
    keep(store, vault, &context(&row), secret, async |sealed| store.change_draft(draft, Some(sealed)).await)
        .await
}

/// The credential of a set-up, opened; `None` before one was typed, or where it does not open any more: it is typed again then.
///
/// # Errors
/// What the store says.
pub async fn draft_secret(store: &Store, vault: &Vault, draft: &Draft) -> Result<Option<Secret>, Message> {
    let sealed = store.sealed_of_draft(&draft.id).await.map_err(|error| error.message().clone())?;
    let row = draft.id.to_string();
    Ok(sealed.and_then(|sealed| {
        let broken = Message::SealBroken { name: row.clone() };
        open_sealed(vault, &context(&row), sealed, broken).ok()
    }))
}

fn context(row: &str) -> Context<'_> {
    Context { purpose: "sign in", table: "draft", row, column: "sealed" }
}
