//! Giving an integration a fresh credential. One of another account takes the place of the old one only where somebody says
//! that this is meant, since what it sees may differ; one of another site never does.

use crate::{
    credential::{Given, keep_sealed, note},
    grants,
    password::password_passed,
};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};
use weir_model::{AuthMethod, CredentialNote, Integration, Message};
use weir_source::jira::Connected;
use weir_store::{Store, StoreError};
use weir_vault::Vault;

/// How often a fresh credential is kept anew when the integration is changed just then.
const TRIES: usize = 5;

/// Projects that are named before the rest is left to their number.
const NAMED: usize = 10;

/// Whose credential may take the place of the old one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Accepted {
    /// One of the account of before.
    SameAccount,
    /// Also one of the account of this id, which somebody was shown.
    Account(String),
    /// One of any account.
    AnyAccount,
}

impl Accepted {
    fn takes(&self, account_id: &str) -> bool {
        match self {
            Self::SameAccount => false,
            Self::Account(id) => id == account_id,
            Self::AnyAccount => true,
        }
    }
}

/// Gives an integration the credential with which `connected` was reached, as somebody gave it at a moment, and forgets the old
/// one. Whatever else was changed of it meanwhile stays.
///
/// # Errors
/// `auth.account_differs` when the credential belongs to another account and that is not accepted: what it sees may differ,
/// and so would every comparison with what is stored. `auth.site` when it belongs to another site. `integration.changed` when
/// it was deleted, or changed again and again meanwhile.
pub async fn reauthenticate(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    connected: Connected,
    accepted: &Accepted,
    given: Given<'_>,
) -> Result<Integration, Message> {
    let note = note(&connected, given);
    let changed = || Message::IntegrationChanged { name: integration.name.clone() };
    let kept = Mutex::new(None);
    let keep = async |sealed: &str| {
        for _ in 0..TRIES {
            let now = store.integration_of(&integration.id).await?.ok_or_else(changed)?;
            fits(integration, &now, &connected)?;
            let is_known = !now.settings.account_id.is_empty();
            let is_other = is_known && now.settings.account_id != connected.account_id;
            if is_other && !accepted.takes(&connected.account_id) {
                return Err(differs(store, &now, &connected).await?.into());
            }
            let fresh = (&connected.auth, &*connected.account_id, &note);
            match store.replace_credential(&now, fresh, sealed).await {
                // Somebody was quicker with something else.
                Err(error) if matches!(error.message(), Message::IntegrationChanged { .. }) => {}
                outcome => {
                    let after = outcome?;
                    kept.lock().unwrap_or_else(PoisonError::into_inner).replace(after);
                    return Ok(());
                }
            }
        }
        Err(changed().into())
    };
    let secret = grants::to_keep(store, vault, &connected.auth, &connected.secret).await?;
    keep_sealed(store, vault, &integration.id, &secret, keep).await?;
    grants::kept(store, &connected.auth, &connected.secret).await?;
    password_passed(store, &integration.id).await?;
    store.forget_quota(&integration.id).await.map_err(|error| error.message().clone())?;
    // What was put off because of the old credential need not wait any longer.
    store.due_at_once(&integration.id).await.map_err(|error| error.message().clone())?;
    let after = kept.into_inner().unwrap_or_else(PoisonError::into_inner).ok_or_else(changed)?;
    match &connected.timezone {
        // The first account of a record that had none.
        Some(zone) if integration.settings.account_id.is_empty() => {
            store.learn_zone(&after, zone).await.map_err(|error| error.message().clone())
        }
        _ => Ok(after),
    }
}

/// Leaves an integration to a satellite: its credential here is forgotten. What was read stays, and is gone on from.
///
/// # Errors
/// `integration.changed` when it was changed meanwhile, and what the store says.
pub async fn leave_to_satellite(
    store: &Store,
    integration: &Integration,
    given: Given<'_>,
) -> Result<Integration, Message> {
    let note =
        CredentialNote { ends: None, added_at: given.at, added_by: given.by.to_owned(), expires_on: None };
    let fresh = (&AuthMethod::Satellite {}, &*integration.settings.account_id, &note);
    let after =
        store.replace_credential(integration, fresh, "").await.map_err(|error| error.message().clone())?;
    password_passed(store, &integration.id).await?;
    store.due_at_once(&integration.id).await.map_err(|error| error.message().clone())?;
    Ok(after)
}

/// Whether a credential that proved itself for an integration as it was `seen` is one for its site as it is `now`.
fn fits(seen: &Integration, now: &Integration, connected: &Connected) -> Result<(), Message> {
    let name = || now.name.clone();
    if now.settings.site_url != seen.settings.site_url {
        return Err(Message::IntegrationChanged { name: name() });
    }
    match is_same_site(&now.settings.auth, &connected.auth) {
        true => Ok(()),
        false => Err(Message::AuthOtherSite { name: name() }),
    }
}

/// Whether two ways to sign in lead to one site, as far as both know its id; its address is the same in any case.
fn is_same_site(before: &AuthMethod, after: &AuthMethod) -> bool {
    match (before.cloud_id(), after.cloud_id()) {
        (Some(before), Some(after)) => before == after,
        _ => true,
    }
}

/// The two accounts, and what one of them sees and the other does not.
async fn differs(store: &Store, now: &Integration, connected: &Connected) -> Result<Message, StoreError> {
    let stored = store.live_by_project(&now.id).await?;
    let seen: BTreeSet<String> = connected.projects.iter().map(|key| key.to_uppercase()).collect();
    let missing: Vec<&str> = stored
        .iter()
        .map(|(key, _)| key.as_str())
        .filter(|key| !seen.contains(&key.to_uppercase()))
        .collect();
    let projects = match (stored.len(), missing.as_slice()) {
        (0, _) => "Nothing was read yet.".to_owned(),
        (_, []) => "The new account sees every project that has issues here.".to_owned(),
        (all, missing) => {
            let named = missing.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            let more = if missing.len() > NAMED { " …" } else { "" };
            let shown = all - missing.len();
            format!(
                "The new account sees {shown} of {all} projects that have issues here. Missing: {named}{more}."
            )
        }
    };
    let account = |name: &str, id: &str| if name == id { id.to_owned() } else { format!("{name} ({id})") };
    Ok(Message::AuthAccountDiffers {
        old: account(now.settings.auth.account(), &now.settings.account_id),
        new: account(connected.auth.account(), &connected.account_id),
        difference: format!(
            "{projects} Issues and addresses of people that only one of the two may see come or go."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_another_site_is_told_by_the_id_of_the_site() {
        let token =
            |site: &str| AuthMethod::GatewayToken { email: "a@b.example".into(), cloud_id: site.into() };
        let service =
            |site: &str| AuthMethod::GatewayBearer { email: "a@b.example".into(), cloud_id: site.into() };
        let plain = AuthMethod::SiteToken { email: "a@b.example".into() };
        assert!(is_same_site(&token("c-1"), &service("c-1")) && is_same_site(&plain, &token("c-1")));
        assert!(!is_same_site(&token("c-1"), &service("c-2")));
    }

    #[test]
    fn only_the_account_that_was_shown_is_accepted_beside_any() {
        assert!(!Accepted::SameAccount.takes("2") && Accepted::AnyAccount.takes("2"));
        let shown = Accepted::Account("2".into());
        assert!(shown.takes("2") && !shown.takes("3"));
    }
}
