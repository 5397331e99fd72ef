//! Asking somebody for consent at Atlassian, so that a site is read in their name: the way there, the way back, and what one
//! signs in with then. The same for pages and API.

use super::{to_its_end, travelling};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::{Caller, Principal},
    http::Problem,
};
use axum::http::StatusCode;
use weir_ingest::{
    connect::{Credential, OAuthApp, site_address},
    consent::{
        ConsentDocument, ConsentPlace, ConsentReturned, ConsentWish, ask_consent, consent_returned,
        consented, find_consent,
    },
};
use weir_model::{AccountId, Consent, ConsentState, Message, OAuthFault, Transport};

/// The path that people come back to.
pub(crate) const CALLBACK: &str = "/oauth/atlassian/callback";

/// The address that an app has to register.
pub(crate) fn callback(app: &App) -> String {
    format!("{}{CALLBACK}", app.settings.address())
}

/// Whose consent it is: a key uses that of whoever made it.
fn asker(caller: &Caller) -> Result<AccountId, Problem> {
    let by = match &caller.principal {
        Principal::Session(signed_in) => Some(signed_in.account.id),
        Principal::ApiKey(key) => key.created_by,
        Principal::Stranger => None,
    };
    Ok(by.ok_or(Message::from(OAuthFault::NoPerson {}))?)
}

/// Begins to ask for consent to read a site; gives it, and the address at which it is given.
pub(crate) async fn ask(
    app: &App,
    caller: &Caller,
    (place, address, transport): (ConsentPlace, &str, Transport),
    [client_id, client_secret]: [&str; 2],
) -> Result<(Consent, String), Problem> {
    let session = match (&caller.principal, place) {
        (Principal::Session(signed_in), ConsentPlace::Draft(_) | ConsentPlace::Integration(_)) => {
            Some(signed_in.session.id.to_string())
        }
        _ => None,
    };
    let site_url = site_address(address).map_err(|message| Problem::of_a_site(message).at("/url"))?;
    let wish = ConsentWish {
        by: asker(caller)?,
        session,
        place,
        site_url: site_url.clone(),
        app: OAuthApp::of(client_id, client_secret, callback(app))?,
        transport: travelling(app, transport),
    };
    let behind = app.clone();
    let asked =
        to_its_end(async move || ask_consent(&behind.store, &behind.vault, &behind.environment, wish).await);
    let (consent, address) = asked.await??;
    let deed = Deed::done("consent.ask", &site_url).with("client id", client_id.trim());
    audit::note(app, caller, deed).await?;
    Ok((consent, address))
}

/// Somebody is back: what has become of the consent.
pub(crate) async fn returned(
    app: &App,
    caller: &Caller,
    returned: ConsentReturned,
) -> Result<(ConsentDocument, Consent, Result<(), Message>), Problem> {
    let me = caller.person()?;
    let (behind, by, session) = (app.clone(), me.account.id, me.session.id.to_string());
    let ended = to_its_end(async move || {
        let who = (&by, session.as_str());
        consent_returned(&behind.store, &behind.vault, &behind.environment, who, returned).await
    });
    let (consent, outcome) = match ended.await? {
        Ok(ended) => ended,
        Err(message) => {
            let deed = Deed::refused("consent.give", "").with("code", message.id());
            audit::note(app, caller, deed).await?;
            return Err(message.into());
        }
    };
    let document = ConsentDocument::of(&consent)?;
    let deed = match &outcome {
        Ok(()) => Deed::done("consent.give", &document.site_url),
        Err(message) => Deed::refused("consent.give", &document.site_url).with("code", message.id()),
    };
    audit::note(app, caller, deed).await?;
    Ok((document, consent, outcome))
}

/// A consent that the caller asked for.
pub(crate) async fn found(
    app: &App,
    caller: &Caller,
    id: &str,
) -> Result<(ConsentDocument, Consent), Problem> {
    let consent = find_consent(&app.store, &asker(caller)?, id).await?;
    Ok((ConsentDocument::of(&consent)?, consent))
}

/// What one signs in with at this address, by a consent that was given for it.
pub(crate) async fn credential(
    app: &App,
    caller: &Caller,
    id: &str,
    address: &str,
) -> Result<Credential, Problem> {
    // It has the form that it should have, and there is nothing to use.
    let unusable = |message: Message| Problem::from(message).with_status(StatusCode::CONFLICT);
    let consent = find_consent(&app.store, &asker(caller)?, id).await.map_err(unusable)?;
    let (wanted, given) = (site_address(address)?, ConsentDocument::of(&consent)?.site_url);
    if wanted != given {
        return Err(unusable(OAuthFault::OtherSite { wanted, given }.into()));
    }
    Ok(Credential::OAuth(consented(&app.store, &app.vault, &consent).await.map_err(unusable)?))
}

/// How a form shows a consent.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// Its id, once it was given.
    pub(crate) given: Option<String>,
    /// Whether somebody is at Atlassian.
    pub(crate) is_asked: bool,
    /// The app.
    pub(crate) client_id: String,
    /// Why it was not given.
    pub(crate) fault: Option<Message>,
}

/// What a form shows of a consent; nothing of one that is gone.
pub(crate) async fn shown(app: &App, caller: &Caller, id: &str) -> Result<Shown, Problem> {
    match found(app, caller, id).await {
        Ok((document, consent)) => Ok(Shown {
            given: (consent.state == ConsentState::Given).then(|| consent.id.to_string()),
            is_asked: consent.state == ConsentState::Asked && app.now().0 < document.asked_until,
            client_id: document.client_id,
            fault: document.fault,
        }),
        Err(problem) if matches!(*problem.message, Message::OAuthFault(_)) => Ok(Shown::default()),
        Err(problem) => Err(problem),
    }
}
