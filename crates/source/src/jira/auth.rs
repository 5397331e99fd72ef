//! Signing in: which kind of credential this is, and whom it makes us.
//!
//! On Cloud tokens without scopes work at the site's address; tokens with scopes and those of service accounts only behind
//! Atlassian's gateway, where the site's id is part of the address. Only `/myself` proves a credential: a site answers
//! many readings of a stranger with an empty 200. `jira-api` §6.6, §10.

use super::{
    address,
    adfs::AdfsCredential,
    oauth::{self, OAuthCredential},
    signing::{self, Signing},
    site::{self, Site},
    wire,
};
use crate::{Environment, SourceError};
use weir_http::{Auth, Client, Secret, Url};
use weir_model::{AuthMethod, Deployment, Message, OAuthFault};

/// What an operator signs in with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An API token of Cloud, `EMAIL:TOKEN` included.
    ApiToken {
        /// The account's e-mail.
        email: Option<String>,
        /// The token.
        token: Secret,
    },
    /// A personal access token of Data Center.
    PersonalToken(Secret),
    /// User name and password, for Data Center.
    Password {
        /// The user name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// User name and password at ADFS, for Data Center.
    Adfs(AdfsCredential),
    /// Somebody's consent, for Cloud.
    OAuth(OAuthCredential),
}

impl Credential {
    /// The same for an account that is known: a token without an e-mail address is one of it.
    pub fn for_account(self, known: &AuthMethod) -> Self {
        use weir_http::ExposeSecret as _;
        match self {
            Self::ApiToken { email: None, token }
                if known.account().contains('@') && !token.expose_secret().contains('@') =>
            {
                Self::ApiToken { email: Some(known.account().to_owned()), token }
            }
            other => other,
        }
    }

    /// The stored credential of an integration.
    pub fn stored(method: &AuthMethod, secret: Secret) -> Self {
        match method {
            AuthMethod::SiteToken { email }
            | AuthMethod::GatewayToken { email, .. }
            | AuthMethod::GatewayBearer { email, .. } => {
                Self::ApiToken { email: Some(email.clone()), token: secret }
            }
            AuthMethod::PersonalToken { .. } | AuthMethod::ConnectApp { .. } | AuthMethod::Satellite {} => {
                Self::PersonalToken(secret)
            }
            AuthMethod::OAuth { client_id, cloud_id, .. } => Self::OAuth(OAuthCredential {
                client_id: client_id.clone(),
                cloud_id: cloud_id.clone(),
                grant: secret,
            }),
            AuthMethod::Password { user } => Self::Password { user: user.clone(), password: secret },
            AuthMethod::Adfs { user, url, client_id, resource } => Self::Adfs(AdfsCredential {
                url: url.clone(),
                client_id: client_id.clone(),
                resource: resource.clone(),
                user: user.clone(),
                password: secret,
            }),
        }
    }
}

/// An account that the site knows.
#[derive(Debug, Clone)]
pub(super) struct SignedIn {
    pub(super) method: AuthMethod,
    pub(super) site: Site,
    pub(super) account: Profile,
}

/// What `/myself` tells.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) id: String,
    /// The user name, on Data Center.
    pub(super) login: Option<String>,
    pub(super) name: Option<String>,
    pub(super) timezone: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) active: bool,
}

/// An e-mail and a token, split where they came as one text.
pub(super) fn split(email: Option<String>, token: Secret) -> Result<(String, Secret), Message> {
    use weir_http::ExposeSecret;
    let text = token.expose_secret().trim();
    let (email, token) = match text.split_once(':') {
        Some((before, after)) if before.contains('@') && !after.is_empty() => {
            (email.unwrap_or_else(|| before.trim().to_owned()), after.trim())
        }
        _ => (email.ok_or(Message::AuthMissing {})?, text),
    };
    if email.trim().is_empty() || token.is_empty() {
        return Err(Message::AuthMissing {});
    }
    Ok((email.trim().to_owned(), one_word("the API token", &Secret::from(token.to_owned()))?))
}

/// Finds out how the token works, by trying: at the site, then at the gateway as Basic, then as Bearer.
pub(super) async fn sign_in(
    client: &Client,
    site_url: &Url,
    email: &str,
    token: &Secret,
    environment: &Environment,
) -> Result<SignedIn, SourceError> {
    let at_site = AuthMethod::SiteToken { email: email.to_owned() };
    let (site, refused) = match attempt(client, at_site, site_url, token, environment).await? {
        Ok(signed_in) => return Ok(signed_in),
        Err(refused) => refused,
    };
    let cloud_id = cloud_id(&site).await?;
    let Some(cloud_id) = cloud_id else { return Err(refusal(email, &refused)) };
    let gateway = |bearer: bool| {
        let (email, cloud_id) = (email.to_owned(), cloud_id.clone());
        if bearer {
            AuthMethod::GatewayBearer { email, cloud_id }
        } else {
            AuthMethod::GatewayToken { email, cloud_id }
        }
    };
    let mut scope = None;
    for bearer in [false, true] {
        let attempted = attempt(client, gateway(bearer), site_url, token, environment).await;
        match attempted.map_err(|error| unasked(email, &error))? {
            Ok(signed_in) => return Ok(signed_in),
            Err((_, said)) => {
                scope = scope.or_else(|| Some(said).filter(|said| said.to_lowercase().contains("scope")))
            }
        }
    }
    match scope {
        Some(said) => Err(Message::AuthScope { said }.into()),
        None => Err(refusal(email, &refused)),
    }
}

/// Signs in with somebody's consent, whose tokens Atlassian has given for the site.
pub(super) async fn sign_in_with_consent(
    client: &Client,
    site_url: &Url,
    credential: &OAuthCredential,
    environment: &Environment,
) -> Result<SignedIn, SourceError> {
    let wanted = address::site(site_url);
    let there =
        Site::new(client.clone(), address::below(site_url), Auth::None, Deployment::Cloud).impatient();
    if let Some(id) = cloud_id(&there).await?
        && id != credential.cloud_id
    {
        let given = format!("the site with the id {}", credential.cloud_id);
        return Err(Message::from(OAuthFault::OtherSite { wanted, given }).into());
    }
    let method = oauth::method(credential);
    match attempt(client, method, site_url, &credential.grant, environment).await? {
        Ok(SignedIn { method: AuthMethod::OAuth { client_id, cloud_id, .. }, site, account }) => {
            let method = AuthMethod::OAuth { client_id, cloud_id, account: account.id.clone() };
            Ok(SignedIn { method, site, account })
        }
        Ok(signed_in) => Ok(signed_in),
        Err((_, said)) if said.to_lowercase().contains("scope") => Err(Message::AuthScope { said }.into()),
        Err((site, said)) => Err(Message::from(OAuthFault::TokenRefused { host: site.host(), said }).into()),
    }
}

/// What a credential signs in to Data Center with.
#[derive(Debug)]
pub(super) struct Offered {
    method: AuthMethod,
    secret: Secret,
    pub(super) signing: Signing,
}

/// Makes a credential ready for Data Center.
pub(super) fn offered(credential: &Credential, environment: &Environment) -> Result<Offered, Message> {
    let (method, secret) = match credential {
        Credential::ApiToken { .. } => return Err(Message::AuthForDataCenter {}),
        Credential::OAuth(_) => return Err(OAuthFault::CloudAlone {}.into()),
        Credential::PersonalToken(token) => {
            // Who it belongs to is known once it was taken.
            (AuthMethod::PersonalToken { user: String::new() }, one_word("the personal access token", token)?)
        }
        Credential::Password { user, password } => {
            (AuthMethod::Password { user: user.trim().to_owned() }, password.clone())
        }
        Credential::Adfs(adfs) => (adfs.method()?, adfs.password.clone()),
    };
    let signing = Signing::of(&method, &secret, environment)?;
    Ok(Offered { method, secret, signing })
}

/// Signs in to Data Center. One try: a few refused passwords, and Jira asks for a CAPTCHA. `jira-api` §11.
pub(super) async fn sign_in_at_data_center(
    client: &Client,
    site_url: &Url,
    offered: Offered,
) -> Result<(SignedIn, Secret), SourceError> {
    let Offered { method, secret, signing } = offered;
    let site =
        Site::new(client.clone(), address::below(site_url), signing, Deployment::DataCenter).impatient();
    let reply = site.get("account", "api/myself", &[]).await?;
    if matches!(reply.status(), 401 | 403) || reply.is_anonymous() {
        return Err(match method {
            AuthMethod::Password { user } => {
                Message::AuthPasswordRefused { account: user, said: reply.said() }
            }
            AuthMethod::Adfs { .. } => reply.revoked(),
            _ => Message::AuthPersonalTokenRefused {},
        }
        .into());
    }
    let account = profile(&reply.ok()?)?;
    let login = account.login.clone().unwrap_or_else(|| account.id.clone());
    site.expect_account(&login);
    let method = match method {
        AuthMethod::PersonalToken { .. } => AuthMethod::PersonalToken { user: login },
        AuthMethod::Password { .. } => AuthMethod::Password { user: login },
        // The account has a name of its own there.
        other => other,
    };
    Ok((SignedIn { method, site, account }, secret))
}

fn one_word(what: &str, token: &Secret) -> Result<Secret, Message> {
    use weir_http::ExposeSecret;
    let text = token.expose_secret().trim();
    if text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Message::InputBad {
            flag: what.to_owned(),
            detail: "A token is one word without line breaks".to_owned(),
        });
    }
    Ok(Secret::from(text.to_owned()))
}

/// Proves a credential whose way is known, and that it is still the same account. Gives the site's time.
pub(super) async fn prove(site: &Site, account_id: &str) -> Result<Option<i64>, SourceError> {
    let reply = site.get("account", "api/myself", &[]).await?;
    if matches!(reply.status(), 401 | 403) || reply.is_anonymous() {
        let said = reply.said();
        return Err(match said.to_lowercase().contains("scope") {
            true => Message::AuthScope { said }.into(),
            false => reply.revoked().into(),
        });
    }
    let reply = reply.ok()?;
    let profile = profile(&reply)?;
    if profile.id != account_id {
        return Err(Message::AuthOtherAccount { expected: account_id.to_owned(), found: profile.id }.into());
    }
    if let Some(login) = &profile.login {
        site.expect_account(login);
    }
    if let Some(zone) = &profile.timezone {
        site.learn_zone(zone);
    }
    Ok(reply.server_date())
}

/// One try: signed in, or refused with what was said. Errors are those of the way there.
#[allow(clippy::type_complexity)]
async fn attempt(
    client: &Client,
    method: AuthMethod,
    site_url: &Url,
    token: &Secret,
    environment: &Environment,
) -> Result<Result<SignedIn, (Site, String)>, SourceError> {
    let base = signing::base(&method, &address::site(site_url), environment)?;
    let signing = Signing::of(&method, token, environment)?;
    let site = Site::new(client.clone(), base, signing, Deployment::Cloud).impatient();
    let reply = site.get("account", "api/myself", &[]).await?;
    match reply.status() {
        200 => {
            let account = profile(&reply)?;
            site.expect_account(&account.id);
            Ok(Ok(SignedIn { method, site, account }))
        }
        401 | 403 | 404 => Ok(Err((site, reply.said()))),
        _ => Err(reply.refusal()),
    }
}

fn profile(reply: &site::Reply) -> Result<Profile, SourceError> {
    let text = reply.text()?;
    let account: wire::Account<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    let login = account.name.map(wire::Text::owned);
    let id = account.account_id.or(account.key).map(wire::Text::owned).or_else(|| login.clone());
    let nobody = || Message::JiraMalformed { what: "account".into(), detail: "It has no id".into() };
    Ok(Profile {
        id: id.filter(|id| !id.is_empty()).ok_or_else(nobody)?,
        login,
        name: account.display_name.map(wire::Text::owned),
        timezone: account.time_zone.map(wire::Text::owned),
        locale: account.locale.map(wire::Text::owned),
        active: account.active.unwrap_or(true),
    })
}

/// The site's id at the gateway; `None` where there is no gateway for it. Asked without a credential.
async fn cloud_id(site: &Site) -> Result<Option<String>, SourceError> {
    let reply = site.stranger().get("tenant_info", "_edge/tenant_info", &[]).await?;
    if reply.status() != 200 {
        return Ok(None);
    }
    let text = reply.text()?;
    let tenant: wire::TenantInfo<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    let id = tenant.cloud_id.to_string();
    // It becomes part of an address.
    Ok(Some(id).filter(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')))
}

/// The site refused the credential, and the gateway could not be asked.
fn unasked(account: &str, error: &SourceError) -> SourceError {
    Message::AuthRefusedHere { account: account.to_owned(), detail: error.message.what() }.into()
}

/// Why nobody took the credential, as far as its shape tells.
fn refusal(account: &str, said: &str) -> SourceError {
    if said.contains("Connect Session Auth") {
        return Message::AuthOtherKind { kind: "a token with scopes".to_owned() }.into();
    }
    Message::AuthRefused { account: account.to_owned() }.into()
}

impl Site {
    /// The same site, asked by nobody.
    pub(super) fn stranger(&self) -> Self {
        self.with_auth(Auth::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_http::ExposeSecret;

    #[test]
    fn an_email_and_token_in_one_text_are_split() {
        let (email, token) = split(None, Secret::from("me@acme.example:ATATT3x:y\n".to_owned())).unwrap();
        assert_eq!((email.as_str(), token.expose_secret()), ("me@acme.example", "ATATT3x:y"));
        let (email, token) =
            split(Some("me@acme.example".into()), Secret::from(" ATATT3x \n".to_owned())).unwrap();
        assert_eq!((email.as_str(), token.expose_secret()), ("me@acme.example", "ATATT3x"));
    }

    #[test]
    fn half_a_credential_is_refused() {
        assert!(split(None, Secret::from("ATATT3x".to_owned())).is_err());
        assert!(split(Some("me@acme.example".into()), Secret::from(" \n".to_owned())).is_err());
        assert!(split(Some("me@acme.example".into()), Secret::from("two words".to_owned())).is_err());
    }
}
