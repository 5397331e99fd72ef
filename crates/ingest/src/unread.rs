//! Fields of which not every issue here has what the site has. One that is left out is deleted at once, and comes back only with a
//! run that reads everything; until that has come to its end nothing can be told of it, whatever became of runs between.

use std::collections::BTreeSet;
use weir_model::{Exclusions, Integration};
use weir_source::jira;
use weir_store::{Store, StoreError};

/// All of them as they are written where they are left out, those among them that are.
pub(crate) async fn words(store: &Store, integration: &Integration) -> Result<BTreeSet<String>, StoreError> {
    if let Some(fields) = store.unread_fields(&integration.id).await? {
        return Ok(fields);
    }
    // From before that was noted: what the last run left out which came to its end, or the first one leaves out.
    let mark = store.position(&integration.id, jira::MARK).await?;
    let left_out = mark.as_deref().and_then(jira::left_out_when_read);
    Ok(left_out.unwrap_or_else(|| owned(&integration.settings.exclusions)))
}

/// Those that are wanted again and have not been read.
pub(crate) async fn wanted(store: &Store, integration: &Integration) -> Result<Exclusions, StoreError> {
    let words = words(store, integration).await?;
    let all = Exclusions::parse(words.iter().map(String::as_str));
    Ok(all.beyond(&integration.settings.exclusions))
}

/// What is left out, as it is written.
pub(crate) fn owned(exclusions: &Exclusions) -> BTreeSet<String> {
    exclusions.words().into_iter().map(str::to_owned).collect()
}
