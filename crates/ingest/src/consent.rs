//! Asking somebody for consent at Atlassian, and their way back.
//!
//! A consent is for one app, one site and one person. What they come back with is taken once, within ten minutes, from the same
//! person, and from the same session where they left from a page. Once it was given, its tokens wait, sealed, until an
//! integration takes them over.

use crate::{
    credential::{keep, open_sealed},
    grants::{read, waiting},
};
use serde::{Deserialize, Serialize};
use weir_model::{
    AccountId, Consent, ConsentId, ConsentState, DraftId, IntegrationId, Message, Millis, OAuthFault,
    Transport, clean,
};
use weir_source::{
    Environment,
    jira::{OAuthApp, OAuthCredential, consent_address, exchange},
};
use weir_store::{Store, StoreError, TokenHome};
use weir_vault::{ExposeSecret as _, Secret, Vault};

/// How long somebody may take at Atlassian.
const ASKED_MS: i64 = 10 * 60_000;

/// How long a consent that was given waits to be used.
const KEPT_MS: i64 = 3 * 24 * 60 * 60_000;

/// What a consent is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPlace {
    /// A set-up that was begun.
    Draft(DraftId),
    /// An integration that is to sign in with it.
    Integration(IntegrationId),
    /// Whatever its id is named for.
    Alone,
}

/// Consent that somebody wants to be given.
#[derive(Debug)]
pub struct ConsentWish {
    /// Who asks.
    pub by: AccountId,
    /// In which session, where they leave from a page and come back to it.
    pub session: Option<String>,
    /// What it is for.
    pub place: ConsentPlace,
    /// The site.
    pub site_url: String,
    /// The app.
    pub app: OAuthApp,
    /// The way to Atlassian.
    pub transport: Transport,
}

/// What somebody comes back with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ConsentReturned {
    /// The code.
    pub code: Option<String>,
    /// What was sent along.
    pub state: String,
    /// Why there is no code.
    pub error: Option<String>,
    /// The same in a sentence.
    pub error_description: Option<String>,
}

impl std::fmt::Debug for ConsentReturned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsentReturned").field("error", &self.error).finish_non_exhaustive()
    }
}

/// A consent as it is kept, without what is secret of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConsentDocument {
    /// What it is for.
    pub place: ConsentPlace,
    /// In which session it was begun.
    session: Option<String>,
    /// The app.
    pub client_id: String,
    callback: String,
    /// The site.
    pub site_url: String,
    transport: Transport,
    /// Until when somebody may come back, in epoch milliseconds.
    pub asked_until: i64,
    /// The site's id, once it was given.
    cloud_id: Option<String>,
    /// Why it was not given.
    pub fault: Option<Message>,
}

/// What is sealed before there are tokens.
#[derive(Serialize, Deserialize)]
struct Asked {
    client_secret: String,
    state: String,
}

impl ConsentDocument {
    /// That of a consent.
    ///
    /// # Errors
    /// A bug of ours.
    pub fn of(consent: &Consent) -> Result<Self, Message> {
        serde_json::from_str(&consent.document).map_err(|error| bug(&error))
    }

    fn text(&self) -> Result<String, Message> {
        serde_json::to_string(self).map_err(|error| bug(&error))
    }
}

/// Begins to ask: gives the consent, and the address at which it is given.
///
/// # Errors
/// What the store says.
pub async fn ask_consent(
    store: &Store,
    vault: &Vault,
    environment: &Environment,
    wish: ConsentWish,
) -> Result<(Consent, String), Message> {
    let now = environment.clock.now();
    let id = ConsentId::generate(now, environment.entropy.as_ref());
    let mut random = [0_u8; 32];
    environment.entropy.fill(&mut random);
    let state: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let state = format!("{id}.{state}");
    let address = consent_address(&wish.app, &state, environment)?;
    let asked = Asked { client_secret: wish.app.client_secret.expose_secret().to_owned(), state };
    let secret = Secret::from(serde_json::to_string(&asked).map_err(|error| bug(&error))?);
    let document = ConsentDocument {
        place: wish.place,
        session: wish.session,
        client_id: wish.app.client_id,
        callback: wish.app.callback,
        site_url: wish.site_url,
        transport: wish.transport,
        asked_until: now.0 + ASKED_MS,
        cloud_id: None,
        fault: None,
    };
    let consent = Consent {
        id,
        account: wish.by,
        state: ConsentState::Asked,
        document: document.text()?,
        // What became of it can be looked at for a while.
        expires_at: Millis(now.0 + 6 * ASKED_MS),
    };
    let row = id.to_string();
    keep(store, vault, &waiting(&row), &secret, async |sealed| store.add_consent(&consent, sealed).await)
        .await?;
    Ok((consent, address))
}

/// The consent of this id that somebody asked for.
///
/// # Errors
/// `auth.consent_unknown`, and what the store says.
pub async fn find_consent(store: &Store, by: &AccountId, id: &str) -> Result<Consent, Message> {
    let found = match id.parse::<ConsentId>() {
        Ok(id) => store.consent(&id).await.map_err(said)?,
        Err(_) => None,
    };
    found.filter(|found| found.account == *by).ok_or_else(|| OAuthFault::Unknown {}.into())
}

/// Somebody is back from Atlassian: gives what has become of the consent, and why where it was not given.
///
/// # Errors
/// `auth.consent_stale` where there is none that is open for them; nothing is changed then.
pub async fn consent_returned(
    store: &Store,
    vault: &Vault,
    environment: &Environment,
    (by, session): (&AccountId, &str),
    returned: ConsentReturned,
) -> Result<(Consent, Result<(), Message>), Message> {
    let stale = || Message::from(OAuthFault::Stale {});
    let (id, _) = returned.state.split_once('.').ok_or_else(stale)?;
    let mut consent = find_consent(store, by, id).await.map_err(|message| match message {
        Message::OAuthFault(_) => stale(),
        other => other,
    })?;
    let mut document = ConsentDocument::of(&consent)?;
    let now = environment.clock.now();
    let is_here = document.session.as_deref().is_none_or(|begun| begun == session);
    if consent.state != ConsentState::Asked || !is_here || now.0 >= document.asked_until {
        return Err(stale());
    }
    let row = consent.id.to_string();
    let sealed =
        store.sealed_tokens(TokenHome::Consent(consent.id)).await.map_err(said)?.ok_or_else(stale)?;
    let opened = open_sealed(vault, &waiting(&row), sealed, Message::SealBroken { name: row.clone() })?;
    let asked: Asked = serde_json::from_str(opened.expose_secret()).map_err(|_| stale())?;
    if !same(&asked.state, &returned.state) {
        return Err(stale());
    }
    // From here on nobody else comes back with it.
    consent.state = ConsentState::Returned;
    if !store.change_consent(&consent, ConsentState::Asked, None).await.map_err(said)? {
        return Err(stale());
    }
    let app = OAuthApp {
        client_id: document.client_id.clone(),
        client_secret: Secret::from(asked.client_secret),
        callback: document.callback.clone(),
    };
    let given = match (&returned.error, &returned.code) {
        (Some(error), _) => {
            let said = returned.error_description.as_deref().unwrap_or(error);
            Err(OAuthFault::Denied { said: clean(said, 300) }.into())
        }
        (None, None) => Err(OAuthFault::Denied { said: "It gave no code.".to_owned() }.into()),
        (None, Some(code)) => {
            exchange(&app, code, &document.site_url, &document.transport, environment).await
        }
    };
    let (secret, outcome) = match given {
        Ok((grant, cloud_id)) => {
            consent.state = ConsentState::Given;
            consent.expires_at = Millis(now.0 + KEPT_MS);
            document.cloud_id = Some(cloud_id);
            (grant.to_seal()?, Ok(()))
        }
        Err(message) => {
            consent.state = ConsentState::Refused;
            document.fault = Some(message.clone());
            // Nothing of the app's secret is needed any more.
            (Secret::from("{}".to_owned()), Err(message))
        }
    };
    consent.document = document.text()?;
    let keep_it = async |sealed: &str| {
        store.change_consent(&consent, ConsentState::Returned, Some(sealed)).await.map(drop)
    };
    keep(store, vault, &waiting(&row), &secret, keep_it).await?;
    Ok((consent, outcome))
}

/// What one signs in with that was given.
///
/// # Errors
/// Why it was not given, and `auth.consent` where nobody has answered yet.
pub async fn consented(store: &Store, vault: &Vault, consent: &Consent) -> Result<OAuthCredential, Message> {
    let document = ConsentDocument::of(consent)?;
    match (consent.state, document.fault, document.cloud_id) {
        (ConsentState::Given, None, Some(cloud_id)) => {
            let (_, grant) = read(store, vault, TokenHome::Consent(consent.id)).await?;
            Ok(OAuthCredential { client_id: document.client_id, cloud_id, grant: grant.text()? })
        }
        (_, Some(fault), _) => Err(fault),
        _ => Err(OAuthFault::AskedFirst {}.into()),
    }
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
fn same(one: &str, other: &str) -> bool {
    let differ = one.bytes().zip(other.bytes()).fold(0, |differ, (one, other)| differ | (one ^ other));
    one.len() == other.len() && differ == 0
}

fn said(error: StoreError) -> Message {
    error.message().clone()
}

fn bug(error: &serde_json::Error) -> Message {
    Message::Bug { detail: error.to_string() }
}
