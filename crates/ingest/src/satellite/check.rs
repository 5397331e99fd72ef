//! The pre-flight of an integration that a satellite reads: it runs there.

use super::remote::Remote;
use weir_model::{FeedFault, Integration, Message};
use weir_source::errand::{Answer, Checked, What};
use weir_store::Store;

/// Runs the checks where the credential is.
///
/// # Errors
/// `satellite.none`, `satellite.offline`, and what the store says. A check that failed is no error: it is in the list.
pub async fn check(store: &Store, integration: &Integration) -> Result<Checked, Message> {
    match Remote::new(store.clone(), integration).ask(What::Check).await? {
        Answer::Checked(checked) => Ok(checked),
        _ => Err(FeedFault::Unknown { what: "an answer".to_owned() }.into()),
    }
}
