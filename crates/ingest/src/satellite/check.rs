//! The pre-flight of an integration that a satellite reads: it runs there.

use super::remote::{Remote, learn_zone};
use weir_model::{AuthMethod, FeedFault, Integration, Message};
use weir_source::{
    Preflight, Secret,
    errand::{Answer, What},
    jira::Connected,
};
use weir_store::Store;

/// Runs the checks where the credential is, which stays there.
///
/// # Errors
/// `satellite.none`, `satellite.offline`, and what the store says. A check that failed is no error: it is in the list.
pub async fn check(store: &Store, integration: &Integration) -> Result<Preflight<Connected>, Message> {
    let Answer::Checked(checked) = Remote::new(store.clone(), integration).ask(What::Check).await? else {
        return Err(FeedFault::Unknown { what: "an answer".to_owned() }.into());
    };
    let settings = &integration.settings;
    let outcome = match checked.outcome {
        Ok(learnt) => {
            learn_zone(store, integration, learnt.timezone.as_deref()).await?;
            Ok(Connected {
                deployment: settings.deployment,
                site_url: settings.site_url.clone(),
                auth: AuthMethod::Satellite {},
                secret: Secret::from(String::new()),
                account_id: learnt.account_id,
                account_name: None,
                timezone: learnt.timezone,
                projects: learnt.projects,
            })
        }
        Err(said) => Err(Box::new(said.message())),
    };
    Ok(Preflight { checks: checked.checks, outcome })
}
