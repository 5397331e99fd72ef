//! What `weir serve` is told of an identity provider and of proxies, read and checked.

use crate::{
    cli::{CallerFlags, ProviderFlags},
    context::Context,
    credentials::secret_of_file,
    failure::Failure,
    home,
};
use weir_http::Cidr;
use weir_model::Message;
use weir_web::{GroupRole, Provider, ProviderSettings};

/// The provider, where there is one.
pub(super) fn provider(context: &Context<'_>, flags: ProviderFlags) -> Result<Option<Provider>, Failure> {
    let (Some(issuer), Some(client_id)) = (flags.oidc_issuer, flags.oidc_client_id) else { return Ok(None) };
    let client_secret = flags.oidc_client_secret_file.as_deref().map(secret_of_file).transpose()?;
    let ca_pem = match &flags.oidc_ca_file {
        None => None,
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| Message::FileRead {
            path: path.display().to_string(),
            detail: home::sentence(&error),
        })?),
    };
    let host = issuer.parse::<url::Url>().ok().and_then(|url| url.host_str().map(str::to_owned));
    let name = flags.oidc_name.or(host).unwrap_or_else(|| issuer.clone());
    let group = |text: &String| {
        GroupRole::parse(text).ok_or_else(|| Message::InputBad {
            flag: "--oidc-group-role".into(),
            detail: format!(
                "\"{}\" is not GROUP=WORKSPACE:ROLE, such as engineers=Payments:editor",
                weir_model::clean(text, 100)
            ),
        })
    };
    let settings = ProviderSettings {
        issuer,
        client_id,
        client_secret,
        name,
        ca_pem,
        scope: flags.oidc_scope,
        groups_claim: flags.oidc_groups_claim,
        groups: flags.oidc_group_role.iter().map(group).collect::<Result<_, _>>()?,
    };
    Ok(Some(Provider::new(settings, &context.environment())?))
}

/// The proxies that are believed.
pub(super) fn trusted_proxies(flags: &CallerFlags) -> Result<Vec<Cidr>, Message> {
    let range = |text: &String| {
        text.trim().parse().map_err(|_| Message::InputBad {
            flag: "--trust-proxy".into(),
            detail: "It is no range of addresses such as 10.20.0.0/16".into(),
        })
    };
    flags.trust_proxy.iter().map(range).collect()
}
