//! Signing in through ADFS, for a Data Center behind a proxy that takes its tokens: a user name and a password are exchanged
//! for a token (OAuth 2.0 password grant, RFC 6749 section 4.3; Microsoft, "AD FS OpenID Connect/OAuth flows"), and requests
//! carry that as a bearer token.
//!
//! A token lives in memory alone. Tokens for renewal are neither asked for nor kept: the password that is sealed anyway does
//! the same, and says at once when it was changed. The way to ADFS is that to the site: one client, with its certificates,
//! proxy and policy of addresses.

mod answer;
mod tokens;

use crate::{Environment, Secret};
use tokens::Tokens;
use weir_http::{Client, ExposeSecret as _, HttpError, Request, Url};
use weir_model::{AdfsFault, AuthMethod, Message};

pub(super) use tokens::Token;

/// What ADFS is asked for a token with.
#[derive(Debug, Clone)]
pub struct AdfsCredential {
    /// The address of ADFS, as somebody typed it.
    pub url: String,
    /// The id of the client there.
    pub client_id: String,
    /// What the token is for.
    pub resource: String,
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

impl AdfsCredential {
    /// How it signs in, without the password.
    pub(super) fn method(&self) -> Result<AuthMethod, Message> {
        let given = |text: &str| match text.trim() {
            "" => Err(Message::from(AdfsFault::Incomplete {})),
            text => Ok(text.to_owned()),
        };
        let (user, client_id, resource) =
            (given(&self.user)?, given(&self.client_id)?, given(&self.resource)?);
        if self.password.expose_secret().is_empty() || self.url.trim().is_empty() {
            return Err(AdfsFault::Incomplete {}.into());
        }
        Ok(AuthMethod::Adfs { user, url: adfs_address(&self.url)?, client_id, resource })
    }
}

/// The address of ADFS as it is kept, of one that somebody typed: what comes from its `/adfs` on is left out, whichever page or
/// endpoint it is of.
///
/// # Errors
/// `auth.adfs_address`.
pub fn adfs_address(typed: &str) -> Result<String, Message> {
    let malformed = |detail: &str| Message::from(AdfsFault::Address { detail: detail.to_owned() });
    let typed = typed.trim();
    let text = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let mut url = Url::parse(&text).map_err(|error| malformed(weir_http::address_fault(error)))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(malformed("It must start with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(malformed("A credential does not belong into an address"));
    }
    url.set_query(None);
    url.set_fragment(None);
    let parts = url.path().split('/').filter(|part| !part.is_empty());
    let before: Vec<&str> = parts.take_while(|part| !part.eq_ignore_ascii_case("adfs")).collect();
    let path = format!("/{}", before.join("/"));
    url.set_path(&path);
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// ADFS, the account there, and the token that it has given last.
pub(super) struct Adfs {
    endpoint: Url,
    user: String,
    client_id: String,
    resource: String,
    password: Secret,
    tokens: Tokens,
}

impl std::fmt::Debug for Adfs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Adfs").field("host", &self.host()).finish_non_exhaustive()
    }
}

impl Adfs {
    /// User, address, client id and resource, with the password.
    pub(super) fn new(
        [user, url, client_id, resource]: [&String; 4],
        password: &Secret,
        environment: &Environment,
    ) -> Result<Self, Message> {
        let endpoint = format!("{}/adfs/oauth2/token", adfs_address(url)?);
        let endpoint = Url::parse(&endpoint)
            .map_err(|error| AdfsFault::Address { detail: weir_http::address_fault(error).to_owned() })?;
        Ok(Self {
            endpoint,
            user: user.clone(),
            client_id: client_id.clone(),
            resource: resource.clone(),
            password: password.clone(),
            tokens: Tokens::new(environment.clock.clone()),
        })
    }

    /// The host, with its port where it names one.
    pub(super) fn host(&self) -> String {
        super::unreached::host(&self.endpoint)
    }

    /// A token that holds, asked for at most so often.
    pub(super) async fn token(&self, client: &Client, attempts: u32) -> Result<Token, Message> {
        self.tokens.get(|| self.ask(client, attempts)).await
    }

    /// Another token in the place of one that the site refused though it should hold; `None` where that was itself such a one.
    pub(super) async fn another(
        &self,
        refused: &Token,
        client: &Client,
        attempts: u32,
    ) -> Result<Option<Token>, Message> {
        self.tokens.instead_of(refused, || self.ask(client, attempts)).await
    }

    /// What it means that a site did not take a token.
    pub(super) fn not_taken(&self, host: String, said: String) -> Message {
        AdfsFault::TokenRefused { host, resource: super::preflight::bounded(&self.resource), said }.into()
    }

    async fn ask(&self, client: &Client, attempts: u32) -> Result<answer::Granted, Message> {
        let form = [
            ("grant_type", "password"),
            ("client_id", &*self.client_id),
            ("resource", &*self.resource),
            ("username", &*self.user),
            ("password", self.password.expose_secret()),
        ];
        // Not safe to repeat: a wrong password counts each time that it comes.
        let request =
            Request::post(self.endpoint.clone(), "adfs").form(&form).expect_json().attempts(attempts);
        match client.send(request).await {
            Ok(response) => answer::read(&response, self),
            Err(error) => Err(self.unasked(error)),
        }
    }

    /// Why there is no answer.
    fn unasked(&self, error: HttpError) -> Message {
        let host = self.host();
        let unreachable = |detail: String| AdfsFault::Unreachable { host: host.clone(), detail }.into();
        match error {
            HttpError::Redirected { to_origin, .. } => {
                AdfsFault::NotAdfs { host, said: format!("It sends us to {to_origin}") }.into()
            }
            HttpError::TooLarge { .. } => {
                AdfsFault::NotAdfs { host, said: "Its answer is too large".to_owned() }.into()
            }
            HttpError::Unavailable { status, snippet, .. } => {
                unreachable(format!("It answers with HTTP {status}: {snippet}"))
            }
            HttpError::RateLimited { .. } => unreachable("It asks us to come later.".to_owned()),
            HttpError::AddressBlocked { addr, .. } => {
                AdfsFault::Blocked { host, address: addr.to_string() }.into()
            }
            // These have words of their own, which name the host.
            error @ (HttpError::Tls { .. }
            | HttpError::PlainHttp { .. }
            | HttpError::PortBlocked { .. }
            | HttpError::Proxy { .. }) => super::unreached::message(error, "the token"),
            error => unreachable(super::unreached::message(error, "the token").to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_pasted_of_adfs_becomes_its_address() {
        for typed in [
            "https://adfs.acme.example",
            "https://adfs.acme.example/",
            " adfs.acme.example ",
            "https://adfs.acme.example/adfs",
            "https://ADFS.acme.example/ADFS/",
            "https://adfs.acme.example/adfs/oauth2/token",
            "https://adfs.acme.example/adfs/oauth2/authorize?client_id=a#b",
            "https://adfs.acme.example/adfs/.well-known/openid-configuration",
        ] {
            assert_eq!(adfs_address(typed).unwrap(), "https://adfs.acme.example", "{typed}");
        }
        assert_eq!(
            adfs_address("https://in.acme.example:8443/sso/adfs/ls").unwrap(),
            "https://in.acme.example:8443/sso"
        );
    }

    #[test]
    fn what_is_no_address_of_adfs_is_refused_without_repeating_a_password() {
        for typed in ["", "ftp://adfs", "https://", "https://a b", "https://me:secret@adfs.acme.example"] {
            let message = adfs_address(typed).unwrap_err();
            assert_eq!(message.id(), "auth.adfs_address");
            assert!(!message.to_string().contains("secret"), "{message}");
        }
    }
}
