//! Signing in at a site of which only the address and a credential are known, for those who keep no integration.

use super::{
    LIMIT, Target,
    find::{find, late},
    report::Report,
    sign_in,
};
use crate::{
    Environment, Secret, SourceError,
    jira::{Credential, address, auth},
};
use weir_model::{AuthMethod, Deployment, Transport};

/// An account that a site knows, and how it signs in.
#[derive(Clone, Debug)]
pub struct Introduced {
    /// What stands there.
    pub deployment: Deployment,
    /// The site's address, normalised.
    pub site_url: String,
    /// How the credential works.
    pub auth: AuthMethod,
    /// The token or the password alone.
    pub secret: Secret,
    /// Who we are there.
    pub account_id: String,
    /// The account's time zone.
    pub timezone: Option<String>,
}

/// Finds the site and signs in, by the credential that is right for what stands there.
pub async fn introduce(
    address: &str,
    credential: impl Fn(Deployment) -> Credential,
    transport: &Transport,
    environment: &Environment,
) -> Result<Introduced, SourceError> {
    let mut nobody = |_: &[_]| {};
    let report = Report::new(environment.clock.as_ref(), &mut nobody);
    let introduced = async {
        // Behind some proxies a stranger is not even told that it is Jira.
        let known = match credential(Deployment::DataCenter) {
            adfs @ Credential::Adfs(_) => Some(auth::offered(&adfs, environment)?),
            _ => None,
        };
        let way = (transport, known.as_ref().map(|offered| &offered.signing));
        let there = find(address::parse(address)?, way, environment, &report).await?;
        let target = Target {
            address: address.to_owned(),
            credential: credential(there.deployment),
            scope: Default::default(),
            exclusions: Default::default(),
            transport: transport.clone(),
        };
        let (signed_in, secret, _) = sign_in(&there, &target, known, environment).await?;
        Ok(Introduced {
            deployment: there.deployment,
            site_url: address::site(&there.url),
            auth: signed_in.method,
            secret,
            account_id: signed_in.account.id,
            timezone: signed_in.account.timezone,
        })
    };
    tokio::time::timeout(LIMIT, introduced).await.unwrap_or_else(|_| Err(late(address, &report)))
}
