//! The server of mail: whether it lets us in, and whether one is needed.

use super::Finding;
use weir_model::{NudgeChannel, NudgeFault};
use weir_notify::{Mailer, SmtpSettings};
use weir_store::{Store, StoreError};

pub(super) async fn look(mail: Option<&SmtpSettings>, store: Option<&Store>) -> Finding {
    let Some(settings) = mail else {
        let is_needed = match store {
            Some(store) => needs_mail(store).await.unwrap_or(false),
            None => false,
        };
        return match is_needed {
            true => Finding::warn("mail", &NudgeFault::MailNone {}.into()),
            false => Finding::ok("mail", "No server of mail is named, and no nudge needs one."),
        };
    };
    let mut mailer = Mailer::new(settings);
    match mailer.probe().await {
        Ok(()) => {
            mailer.close().await;
            Finding::ok("mail", format!("{} lets us in; mail is from {}.", settings.shown(), settings.from()))
        }
        Err(detail) => Finding::fail("mail", &NudgeFault::MailBad { detail }.into()),
    }
}

/// Whether a nudge by mail is not paused.
async fn needs_mail(store: &Store) -> Result<bool, StoreError> {
    for integration in store.integrations().await? {
        let nudges = store.nudges(&integration.id).await?;
        if nudges.iter().any(|nudge| !nudge.paused && nudge.settings.channel == NudgeChannel::Mail) {
            return Ok(true);
        }
    }
    Ok(false)
}
