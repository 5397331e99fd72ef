//! How requests to a site say who asks: with a credential as it is, or with a token that ADFS or Atlassian gives for one.

use super::adfs::{Adfs, Token};
use super::oauth::{self, OAuth};
use crate::{Environment, SourceError};
use std::sync::Arc;
use weir_http::{Auth, Client, Secret, Url};
use weir_model::{AuthMethod, Message};

/// Who asks.
#[derive(Debug, Clone)]
pub(super) enum Signing {
    /// Whoever this is, always in the same way.
    With(Auth),
    /// Whoever ADFS gives a token for.
    Adfs(Arc<Adfs>),
    /// Whoever has given consent.
    OAuth(Arc<OAuth>),
}

/// What one request carries.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) auth: Auth,
    token: Option<Given>,
}

/// A token, and whose it is.
#[derive(Debug)]
enum Given {
    Adfs(Token),
    OAuth(oauth::Token),
}

impl From<Auth> for Signing {
    fn from(auth: Auth) -> Self {
        Self::With(auth)
    }
}

impl From<Token> for Signed {
    fn from(token: Token) -> Self {
        Self { auth: Auth::Bearer(token.secret()), token: Some(Given::Adfs(token)) }
    }
}

impl From<oauth::Token> for Signed {
    fn from(token: oauth::Token) -> Self {
        Self { auth: Auth::Bearer(token.secret()), token: Some(Given::OAuth(token)) }
    }
}

impl Signing {
    /// As the credential of an integration is sent.
    pub(super) fn of(
        method: &AuthMethod,
        secret: &Secret,
        environment: &Environment,
    ) -> Result<Self, Message> {
        Ok(match method {
            AuthMethod::SiteToken { email } | AuthMethod::GatewayToken { email, .. } => {
                Auth::Basic { user: email.clone(), secret: secret.clone() }.into()
            }
            AuthMethod::Password { user } => {
                Auth::Basic { user: user.clone(), secret: secret.clone() }.into()
            }
            AuthMethod::GatewayBearer { .. } | AuthMethod::PersonalToken { .. } => {
                Auth::Bearer(secret.clone()).into()
            }
            AuthMethod::Adfs { user, url, client_id, resource } => {
                let adfs = Adfs::new([user, url, client_id, resource], secret, environment)?;
                Self::Adfs(Arc::new(adfs))
            }
            AuthMethod::OAuth { client_id, .. } => {
                Self::OAuth(Arc::new(OAuth::new(client_id, secret, environment)?))
            }
            // Who has no credential asks as a stranger.
            AuthMethod::Satellite {} | AuthMethod::ConnectApp { .. } => Auth::None.into(),
        })
    }

    /// ADFS, where it gives the tokens.
    pub(super) fn adfs(&self) -> Option<&Arc<Adfs>> {
        match self {
            Self::With(_) | Self::OAuth(_) => None,
            Self::Adfs(adfs) => Some(adfs),
        }
    }

    /// Whether the site itself sees a password.
    pub(super) fn is_password(&self) -> bool {
        matches!(self, Self::With(Auth::Basic { .. }))
    }

    /// Whether it sees a token.
    pub(super) fn is_token(&self) -> bool {
        matches!(self, Self::With(Auth::Bearer(_)) | Self::Adfs(_) | Self::OAuth(_))
    }

    /// Whether tokens are renewed while a site is read.
    pub(super) fn is_renewed(&self) -> bool {
        matches!(self, Self::OAuth(_))
    }

    /// How often a request is sent again whose token was refused, though it should hold: a token of ADFS may end while a request
    /// waits for its turn.
    pub(super) fn again(&self) -> u32 {
        match self {
            Self::With(_) => 1,
            Self::Adfs(_) | Self::OAuth(_) => 3,
        }
    }

    /// What the next request carries; ADFS is asked at most so often where a token is needed.
    pub(super) async fn sign(&self, client: &Client, attempts: u32) -> Result<Signed, SourceError> {
        match self {
            Self::With(auth) => Ok(Signed { auth: auth.clone(), token: None }),
            // Boxed, as the requests of a site are.
            Self::Adfs(adfs) => Ok(Box::pin(adfs.token(client, attempts)).await?.into()),
            Self::OAuth(oauth) => Ok(Box::pin(oauth.token(client)).await?.into()),
        }
    }

    /// What it carries when it is sent again after the site refused it: another token where ADFS gives them; `None` where that
    /// would be of no use.
    pub(super) async fn sign_again(
        &self,
        refused: &Signed,
        client: &Client,
        attempts: u32,
    ) -> Result<Option<Signed>, SourceError> {
        match (self, &refused.token) {
            (Self::Adfs(adfs), Some(Given::Adfs(token))) => {
                Ok(Box::pin(adfs.another(token, client, attempts)).await?.map(Signed::from))
            }
            (Self::OAuth(oauth), Some(Given::OAuth(token))) => {
                Ok(Box::pin(oauth.another(token, client)).await?.map(Signed::from))
            }
            _ => Ok(Some(Signed { auth: refused.auth.clone(), token: None })),
        }
    }
}

/// Where the API is: at the site, or behind Atlassian's gateway.
pub(super) fn base(method: &AuthMethod, site_url: &str, environment: &Environment) -> Result<Url, Message> {
    let address = match method {
        AuthMethod::SiteToken { .. }
        | AuthMethod::PersonalToken { .. }
        | AuthMethod::Password { .. }
        | AuthMethod::Adfs { .. }
        | AuthMethod::ConnectApp { .. }
        | AuthMethod::Satellite {} => format!("{site_url}/"),
        AuthMethod::GatewayToken { cloud_id, .. }
        | AuthMethod::GatewayBearer { cloud_id, .. }
        | AuthMethod::OAuth { cloud_id, .. } => {
            format!("{}/ex/jira/{cloud_id}/", environment.atlassian_api.trim_end_matches('/'))
        }
    };
    Url::parse(&address).map_err(|error| Message::UrlMalformed {
        url: address,
        detail: weir_http::address_fault(error).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_carries_the_sites_id_and_a_moved_gateway_is_used() {
        struct Nothing;
        impl weir_model::Clock for Nothing {
            fn now(&self) -> weir_model::Millis {
                weir_model::Millis(0)
            }
        }
        impl weir_model::Entropy for Nothing {
            fn fill(&self, _: &mut [u8]) {}
        }
        let environment = Environment {
            clock: Arc::new(Nothing),
            entropy: Arc::new(Nothing),
            atlassian_api: "http://127.0.0.1:9/".into(),
            atlassian_auth: "http://127.0.0.1:9".into(),
            grants: Arc::new(oauth::NotKept),
            max_in_flight: 8,
            opened: vec![],
        };
        let method = AuthMethod::GatewayToken { email: "a@b.example".into(), cloud_id: "c-1".into() };
        let base = base(&method, "https://acme.atlassian.net", &environment).unwrap();
        assert_eq!(base.as_str(), "http://127.0.0.1:9/ex/jira/c-1/");
        assert_eq!(
            base.join("rest/api/3/myself").unwrap().as_str(),
            "http://127.0.0.1:9/ex/jira/c-1/rest/api/3/myself"
        );
    }
}
