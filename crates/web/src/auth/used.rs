//! That a key or a session was used is noted behind the answer: whoever asks must not wait for whatever else is being written.

use super::principal::Principal;
use crate::app::App;
use std::{sync::Arc, time::Duration};
use weir_store::is_to_be_noted;

/// Notes that may wait to be written at the same time; what comes besides is noted with a later request.
pub(crate) const AT_ONCE: usize = 4;

/// How long one may wait.
const LONGEST: Duration = Duration::from_secs(15);

/// Has it noted that somebody has asked for something now, unless that was noted a moment ago.
pub(crate) fn note(app: &App, principal: &Principal) {
    let used = app.now();
    let is_due = match principal {
        Principal::Stranger => false,
        Principal::Session(signed_in) => is_to_be_noted(Some(signed_in.session.seen_at), used),
        Principal::ApiKey(key) => is_to_be_noted(key.used_at, used),
    };
    if !is_due {
        return;
    }
    let Ok(place) = Arc::clone(&app.noting).try_acquire_owned() else { return };
    let (app, principal) = (app.clone(), principal.clone());
    tokio::spawn(async move {
        let noting = async {
            match &principal {
                Principal::Stranger => Ok(()),
                Principal::Session(signed_in) => app.store.touch_session(&signed_in.session, used).await,
                Principal::ApiKey(key) => app.store.touch_api_key(key, used).await,
            }
        };
        let (kind, id, _) = principal.named();
        match tokio::time::timeout(LONGEST, noting).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(kind, id, %error, "that it was used could not be noted"),
            Err(_) => tracing::warn!(kind, id, "that it was used could not be noted in time"),
        }
        drop(place);
    });
}
