//! What a channel that was off is never told when it is turned on again: what happened meanwhile and is over. What still is so, that
//! somebody is needed or that a deletion waits, is told as it is then.

use super::{
    dated::{self, TAKEN_BACK},
    look::DELETED_MS,
    said,
    when::when,
    words,
};
use weir_model::{Channel, Message, Millis};
use weir_store::{NewNotice, Store};

/// Notes all of it as though it had been told.
pub(super) async fn pass(store: &Store, channel: &Channel, now: Millis) -> Result<(), Message> {
    for integration in store.integrations().await.map_err(said)? {
        if store.deletion(&integration.id).await.map_err(said)?.is_some() {
            continue;
        }
        let last = store.last_told(&dated::deletions(&integration)).await.map_err(said)?;
        if let Some((incident, _)) = last.get(&channel.id).filter(|(_, what)| what != TAKEN_BACK) {
            let content = words::deletion_taken_back(&integration);
            let notice = NewNotice {
                channel: &channel.id,
                incident,
                what: TAKEN_BACK,
                content: &content,
                look_at: now,
            };
            store.pass_notices(Some(&integration.id), &[notice]).await.map_err(said)?;
        }
    }
    super::satellites::pass(store, channel, now).await?;
    for (deleted, _) in store.deleted_since(Millis(now.0 - DELETED_MS)).await.map_err(said)? {
        let (due, content) = (
            dated::of_deleted(&deleted),
            words::deletion_done(&deleted, &when(deleted.deleted_at, &channel.settings)),
        );
        let (incident, what) = (&*due.incident, &*due.what);
        let notice = NewNotice { channel: &channel.id, incident, what, content: &content, look_at: now };
        store.pass_notices(None, &[notice]).await.map_err(said)?;
    }
    Ok(())
}
