//! Asking somebody for consent, and what they come back with: a code that is exchanged for tokens, and the sites that these are
//! for. Atlassian, "OAuth 2.0 (3LO) apps".

use super::{answer::Asked, ask, away, grant::Grant};
use crate::{
    Environment, Secret,
    jira::{address, preflight::bounded, site},
};
use serde::Deserialize;
use serde_json::json;
use weir_http::{Auth, Client, ExposeSecret as _, Request, Url};
use weir_model::{Deployment, Message, OAuthFault, Transport};

/// What the app asks for: the least that reading takes, classic scopes where there are such; boards and sprints have granular
/// ones alone. `jira-api` §10.
pub const SCOPES: [&str; 7] = [
    "offline_access",
    "read:jira-work",
    "read:jira-user",
    "read:board-scope:jira-software",
    "read:board-scope.admin:jira-software",
    "read:sprint:jira-software",
    "read:project:jira",
];

/// Sites that are named where none is the one that is wanted.
const NAMED: usize = 5;

/// An app of the operator's own, as it is registered at Atlassian.
#[derive(Clone, Debug)]
pub struct OAuthApp {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The address that it has registered to come back to.
    pub callback: String,
}

impl OAuthApp {
    /// The app of what somebody typed.
    ///
    /// # Errors
    /// `auth.missing` where half of it is.
    pub fn of(client_id: &str, client_secret: &str, callback: String) -> Result<Self, Message> {
        let word = |text: &str| {
            let text = text.trim();
            let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
            is_word.then(|| text.to_owned()).ok_or(OAuthFault::Incomplete {})
        };
        let client_secret = Secret::from(word(client_secret)?);
        Ok(Self { client_id: word(client_id)?, client_secret, callback })
    }
}

/// The address at which somebody gives consent.
///
/// # Errors
/// `net.atlassian` where the address of Atlassian is none.
pub fn consent_address(app: &OAuthApp, state: &str, environment: &Environment) -> Result<String, Message> {
    let mut url = below(&environment.atlassian_auth, "authorize")?;
    url.query_pairs_mut()
        .append_pair("audience", "api.atlassian.com")
        .append_pair("client_id", &app.client_id)
        .append_pair("scope", &SCOPES.join(" "))
        .append_pair("redirect_uri", &app.callback)
        .append_pair("state", state)
        .append_pair("response_type", "code")
        .append_pair("prompt", "consent");
    Ok(url.into())
}

/// Exchanges a code for tokens for the site of this address; gives them with the site's id.
///
/// # Errors
/// `auth.consent_code`, `auth.consent_app`, `auth.site` where they are for other sites, and what stands in the way.
pub async fn exchange(
    app: &OAuthApp,
    code: &str,
    site_url: &str,
    transport: &Transport,
    environment: &Environment,
) -> Result<(Grant, String), Message> {
    let client = site::client(Deployment::Cloud, transport, environment)?;
    let asked_at = environment.clock.now().0;
    let body = json!({
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.client_secret.expose_secret(),
        "code": code,
        "redirect_uri": app.callback,
    });
    let granted = ask(&client, environment, &app.client_id, &body, (Asked::Code, 1)).await?;
    let refresh_token = granted.refresh_token.ok_or(OAuthFault::NoRefresh {})?;
    let grant = Grant {
        home: String::new(),
        client_secret: app.client_secret.expose_secret().to_owned(),
        access_token: granted.access_token,
        refresh_token,
        asked_at,
        ends_at: asked_at.saturating_add(granted.seconds.saturating_mul(1_000)),
    };
    let cloud_id = cloud_id(&client, &grant, site_url, environment).await?;
    Ok((grant, cloud_id))
}

#[derive(Deserialize)]
struct Resource {
    id: String,
    #[serde(default)]
    url: String,
}

/// Which of the sites that the tokens are for has this address.
async fn cloud_id(
    client: &Client,
    grant: &Grant,
    site_url: &str,
    environment: &Environment,
) -> Result<String, Message> {
    let url = below(&environment.atlassian_api, "oauth/token/accessible-resources")?;
    let host = crate::jira::unreached::host(&url);
    let request = Request::get(url, "oauth").auth(Auth::Bearer(grant.bearer())).expect_json().attempts(2);
    let response = client.send(request).await.map_err(|error| away(&host, error))?;
    let other = |said: String| OAuthFault::NotAtlassian { host: host.clone(), said };
    if response.status != 200 {
        return Err(other(format!("It sent HTTP {} where it lists sites", response.status.as_u16())).into());
    }
    let listed: Vec<Resource> = serde_json::from_slice(&response.body)
        .map_err(|_| other("It sent something else where it lists sites".to_owned()))?;
    let is_wanted = |one: &&Resource| {
        address::parse(&one.url).is_ok_and(|url| address::site(&url).eq_ignore_ascii_case(site_url))
    };
    // It becomes part of an address.
    let is_id = |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match listed.iter().find(is_wanted) {
        Some(found) if is_id(&found.id) => Ok(found.id.clone()),
        Some(_) => Err(other("The id of the site is none".to_owned()).into()),
        None => {
            let named: Vec<String> = listed
                .iter()
                .take(NAMED)
                .map(|one| bounded(weir_http::mask_url(&one.url).as_str()))
                .collect();
            let given = match named.is_empty() {
                true => "no Jira site at all".to_owned(),
                false => named.join(", "),
            };
            Err(OAuthFault::OtherSite { wanted: site_url.to_owned(), given }.into())
        }
    }
}

/// A path below an address of Atlassian's.
pub(super) fn below(base: &str, path: &str) -> Result<Url, Message> {
    let text = format!("{}/{path}", base.trim_end_matches('/'));
    Url::parse(&text).map_err(|error| {
        let said = weir_http::address_fault(error).to_owned();
        OAuthFault::NotAtlassian { host: bounded(base), said }.into()
    })
}
