//! Reading Cloud with somebody's consent, as an app of the operator's own (OAuth 2.0, 3LO). Atlassian, "OAuth 2.0 (3LO) apps".
//!
//! An access token is good for an hour. It is renewed with a refresh token that is good once: whoever loses the answer has lost
//! the consent. So tokens are renewed by one alone over all that work on a store, and kept before they are used; who does
//! that is behind [`Grants`]. A refusal is remembered there, and not asked for again.

mod answer;
mod consent;
mod grant;

pub use consent::{OAuthApp, SCOPES, consent_address, exchange};
pub use grant::Grant;

use crate::{Environment, Secret};
use answer::{Asked, Granted};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Mutex;
use weir_http::{Client, HttpError, Request};
use weir_model::{AuthMethod, Clock, Message, OAuthFault};

/// How often one who renews asks where Atlassian does not answer at all.
const ATTEMPTS: u32 = 3;

/// What an account signs in with that has given consent.
#[derive(Debug, Clone)]
pub struct OAuthCredential {
    /// The app's id.
    pub client_id: String,
    /// The site that it is for.
    pub cloud_id: String,
    /// The [`Grant`], as a text.
    pub grant: Secret,
}

/// Whoever asks Atlassian for other tokens in the place of some.
#[async_trait]
pub trait Renews: Send + Sync {
    /// The tokens in the place of these, which are of no use from then on.
    async fn renew(&self, grant: &Grant) -> Result<Grant, Message>;
}

/// Where tokens are kept.
#[async_trait]
pub trait Grants: Send + Sync {
    /// The tokens in the place of those that were seen: what is kept by now, or else what `by` gets, which is kept before it is
    /// given, also where nobody waits for it any more. Everybody else waits meanwhile.
    async fn in_place_of(&self, seen: &Grant, by: Arc<dyn Renews>) -> Result<Grant, Message>;
}

/// Tokens are kept nowhere: none is renewed.
#[derive(Debug, Clone, Copy, Default)]
pub struct NotKept;

#[async_trait]
impl Grants for NotKept {
    async fn in_place_of(&self, _: &Grant, _: Arc<dyn Renews>) -> Result<Grant, Message> {
        Err(OAuthFault::ConsentGone { said: "It ended before it was kept.".to_owned() }.into())
    }
}

/// The app, and the tokens that it has been given last.
pub(super) struct OAuth {
    client_id: String,
    grants: Arc<dyn Grants>,
    clock: Arc<dyn Clock>,
    environment: Environment,
    state: Mutex<State>,
}

struct State {
    grant: Grant,
    /// Whether the tokens of now took the place of some that were refused before their time.
    is_second: bool,
    refused: Option<Message>,
}

/// An access token that a request carried.
#[derive(Clone)]
pub(super) struct Token(Secret);

impl Token {
    pub(super) fn secret(&self) -> Secret {
        self.0.clone()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

impl std::fmt::Debug for OAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OAuth").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl OAuth {
    pub(super) fn new(client_id: &str, secret: &Secret, environment: &Environment) -> Result<Self, Message> {
        let grant = Grant::read(secret)?;
        let grants: Arc<dyn Grants> = match grant.home.is_empty() {
            true => Arc::new(NotKept),
            false => Arc::clone(&environment.grants),
        };
        Ok(Self {
            client_id: client_id.to_owned(),
            grants,
            clock: environment.clock.clone(),
            environment: environment.clone(),
            state: Mutex::new(State { grant, is_second: false, refused: None }),
        })
    }

    /// An access token that holds.
    pub(super) async fn token(&self, client: &Client) -> Result<Token, Message> {
        let mut state = self.state.lock().await;
        if !state.grant.is_fresh(self.clock.now().0) {
            self.renew(&mut state, client, false).await?;
        }
        Ok(Token(state.grant.bearer()))
    }

    /// Another token in the place of one that the site refused though it should hold; `None` where that was itself such a one.
    pub(super) async fn another(&self, refused: &Token, client: &Client) -> Result<Option<Token>, Message> {
        use weir_http::ExposeSecret as _;
        let mut state = self.state.lock().await;
        let is_of_now = state.grant.bearer().expose_secret() == refused.0.expose_secret();
        let now = self.clock.now().0;
        if is_of_now {
            let has_ended = state.grant.has_ended(now);
            if state.is_second && !has_ended {
                return Ok(None);
            }
            // What was refused is of no use, whatever becomes of the question.
            state.grant.ends_at = state.grant.ends_at.min(now);
            self.renew(&mut state, client, !has_ended).await?;
        }
        Ok(Some(Token(state.grant.bearer())))
    }

    /// Where Atlassian is only away, a token that still holds is used on.
    async fn renew(&self, state: &mut State, client: &Client, is_second: bool) -> Result<(), Message> {
        if let Some(message) = &state.refused {
            return Err(message.clone());
        }
        // Whoever renews goes on to the end, also where nobody waits for it any more.
        let by = Renewer {
            client: client.clone(),
            environment: self.environment.clone(),
            client_id: self.client_id.clone(),
        };
        match self.grants.in_place_of(&state.grant, Arc::new(by)).await {
            Ok(grant) => {
                (state.grant, state.is_second) = (grant, is_second);
                Ok(())
            }
            Err(Message::OAuthFault(fault)) if fault.is_final() => {
                let message = Message::from(fault);
                state.refused = Some(message.clone());
                Err(message)
            }
            Err(_) if !state.grant.has_ended(self.clock.now().0) => Ok(()),
            Err(message) => Err(message),
        }
    }
}

struct Renewer {
    client: Client,
    environment: Environment,
    client_id: String,
}

#[async_trait]
impl Renews for Renewer {
    async fn renew(&self, grant: &Grant) -> Result<Grant, Message> {
        let asked_at = self.environment.clock.now().0;
        let body = json!({
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": grant.client_secret,
            "refresh_token": grant.refresh_token,
        });
        let asked = (Asked::Renewal, ATTEMPTS);
        let granted = ask(&self.client, &self.environment, &self.client_id, &body, asked).await?;
        Ok(Grant {
            access_token: granted.access_token,
            // Some answers lack it: then the old one is still good.
            refresh_token: granted.refresh_token.unwrap_or_else(|| grant.refresh_token.clone()),
            asked_at,
            ends_at: asked_at.saturating_add(granted.seconds.saturating_mul(1_000)),
            ..grant.clone()
        })
    }
}

/// Asks for tokens. Not safe to repeat: what has reached Atlassian has used up the code or the token that it was asked with.
async fn ask(
    client: &Client,
    environment: &Environment,
    client_id: &str,
    body: &Value,
    (asked, attempts): (Asked, u32),
) -> Result<Granted, Message> {
    let url = consent::below(&environment.atlassian_auth, "oauth/token")?;
    let host = super::unreached::host(&url);
    let request = Request::post(url, "oauth").json_body(body.to_string()).expect_json().attempts(attempts);
    let response = client.send(request).await.map_err(|error| away(&host, error))?;
    answer::read(&response, (&host, client_id), asked)
}

/// Why there is no answer.
fn away(host: &str, error: HttpError) -> Message {
    match error {
        // These have words of their own, which name the host.
        error @ (HttpError::Tls { .. }
        | HttpError::AddressBlocked { .. }
        | HttpError::PlainHttp { .. }
        | HttpError::PortBlocked { .. }
        | HttpError::Proxy { .. }) => super::unreached::message(error, "the token"),
        error => {
            let detail = super::unreached::message(error, "the token").to_string();
            OAuthFault::Away { host: host.to_owned(), detail }.into()
        }
    }
}

/// How it signs in that has given consent, before the account is known.
pub(super) fn method(credential: &OAuthCredential) -> AuthMethod {
    AuthMethod::OAuth {
        client_id: credential.client_id.clone(),
        cloud_id: credential.cloud_id.clone(),
        account: String::new(),
    }
}
