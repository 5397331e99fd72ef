//! Every setting, resolved once.

use super::file;
use crate::cli::Global;
use std::{env, path::PathBuf};
use weir_http::{Opened, mask_url};
use weir_model::Message;
use weir_store::StoreAddress;

const DEFAULT_HOME: &str = "./weir-data";
const DEFAULT_ATLASSIAN_API: &str = "https://api.atlassian.com";
const DEFAULT_ATLASSIAN_AUTH: &str = "https://auth.atlassian.com";
const DEFAULT_IN_FLIGHT: usize = 8;

/// Where a value came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    Flag(&'static str),
    Variable(&'static str),
    File,
    Default,
}

impl Origin {
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Flag(name) => name.to_owned(),
            Self::Variable(name) => name.to_owned(),
            Self::File => "weir.toml".into(),
            Self::Default => "default".into(),
        }
    }
}

/// A value and its origin.
#[derive(Clone, Debug)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Every setting.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `--home`, `WEIR_HOME`: the folder of the store, its key and `weir.toml`.
    pub(crate) home: Setting<PathBuf>,
    /// `--store`, `WEIR_STORE`, `store`: where the rows are.
    pub(crate) store: Setting<StoreAddress>,
    /// `WEIR_ATLASSIAN_API`, `atlassian_api`: Atlassian's API gateway.
    pub(crate) atlassian_api: Setting<String>,
    /// `WEIR_ATLASSIAN_AUTH`, `atlassian_auth`: where people give consent, and where tokens are given.
    pub(crate) atlassian_auth: Setting<String>,
    /// `WEIR_PROXY`, `proxy`: the proxy of integrations that name none; may hold a password.
    pub(crate) proxy: Setting<Option<String>>,
    /// `WEIR_MAX_IN_FLIGHT`, `max_in_flight`: requests under way at once, per site.
    pub(crate) max_in_flight: Setting<usize>,
    /// `WEIR_ALLOW_ADDRESS`, `allow_address`: networks and hosts that addresses given in the browser or through the API may
    /// lead to, though they are not public.
    pub(crate) allow_address: Setting<Vec<Opened>>,
    /// `tenant` of the file: the account that satellites have to name.
    tenant: Option<String>,
}

impl Settings {
    /// Resolves every setting.
    ///
    /// # Errors
    /// The first value that does not fit, or a flag that holds a password.
    pub(crate) fn resolve(flags: &Global) -> Result<Self, Message> {
        let home = match (&flags.home, variable("WEIR_HOME")?) {
            (Some(path), _) => Setting { value: path.clone(), origin: Origin::Flag("--home") },
            (None, Some(path)) => Setting { value: path.into(), origin: Origin::Variable("WEIR_HOME") },
            (None, None) => Setting { value: DEFAULT_HOME.into(), origin: Origin::Default },
        };
        if home.value.as_os_str().is_empty() {
            return Err(bad(home.origin, "it is empty"));
        }
        let file = file::read(&home.value.join("weir.toml"))?;

        let store = match (&flags.store, variable("WEIR_STORE")?, file.store) {
            (Some(text), _, _) => parsed_store(text, Origin::Flag("--store"))?,
            (None, Some(text), _) => parsed_store(&text, Origin::Variable("WEIR_STORE"))?,
            (None, None, Some(text)) => parsed_store(&text, Origin::File)?,
            (None, None, None) => {
                let path = home.value.join("weir.db");
                Setting { value: StoreAddress::Sqlite(path), origin: Origin::Default }
            }
        };
        if matches!(store.origin, Origin::Flag(_)) && store.value.has_password() {
            return Err(Message::StorePassword {});
        }

        let atlassian_api = first(variable("WEIR_ATLASSIAN_API")?, "WEIR_ATLASSIAN_API", file.atlassian_api)
            .unwrap_or(Setting { value: DEFAULT_ATLASSIAN_API.into(), origin: Origin::Default });
        checked_url(&atlassian_api.value, atlassian_api.origin)?;
        let atlassian_auth =
            first(variable("WEIR_ATLASSIAN_AUTH")?, "WEIR_ATLASSIAN_AUTH", file.atlassian_auth)
                .unwrap_or(Setting { value: DEFAULT_ATLASSIAN_AUTH.into(), origin: Origin::Default });
        checked_url(&atlassian_auth.value, atlassian_auth.origin)?;
        let proxy = match first(variable("WEIR_PROXY")?, "WEIR_PROXY", file.proxy) {
            Some(found) => {
                checked_url(&found.value, found.origin)?;
                Setting { value: Some(found.value), origin: found.origin }
            }
            None => Setting { value: None, origin: Origin::Default },
        };
        let max_in_flight = in_flight(variable("WEIR_MAX_IN_FLIGHT")?, file.max_in_flight)?;
        let allow_address = allow_address(variable("WEIR_ALLOW_ADDRESS")?, file.allow_address)?;
        let tenant = file.tenant.filter(|tenant| !tenant.is_empty());
        Ok(Self { home, store, atlassian_api, atlassian_auth, proxy, max_in_flight, allow_address, tenant })
    }

    /// The account that satellites have to name, where a flag or the file has one.
    pub(crate) fn tenant(&self, flag: Option<String>) -> Option<String> {
        flag.filter(|tenant| !tenant.is_empty()).or_else(|| self.tenant.clone())
    }

    /// Name, value as it may be shown, and origin of every setting.
    pub(crate) fn explain(&self) -> Vec<(&'static str, String, String)> {
        let proxy = self.proxy.value.as_deref().map_or_else(|| "none".into(), mask_url);
        let allowed: Vec<String> = self.allow_address.value.iter().map(ToString::to_string).collect();
        let allowed = if allowed.is_empty() { "none".into() } else { allowed.join(",") };
        vec![
            ("home", self.home.value.display().to_string(), self.home.origin.describe()),
            ("store", self.store.value.to_string(), self.store.origin.describe()),
            ("atlassian_api", mask_url(&self.atlassian_api.value), self.atlassian_api.origin.describe()),
            ("atlassian_auth", mask_url(&self.atlassian_auth.value), self.atlassian_auth.origin.describe()),
            ("proxy", proxy, self.proxy.origin.describe()),
            ("max_in_flight", self.max_in_flight.value.to_string(), self.max_in_flight.origin.describe()),
            ("allow_address", allowed, self.allow_address.origin.describe()),
        ]
    }
}

fn variable(name: &'static str) -> Result<Option<String>, Message> {
    match env::var(name) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(bad(Origin::Variable(name), "it is not UTF-8")),
    }
}

fn first(variable: Option<String>, name: &'static str, file: Option<String>) -> Option<Setting<String>> {
    match (variable, file) {
        (Some(value), _) => Some(Setting { value, origin: Origin::Variable(name) }),
        (None, Some(value)) => Some(Setting { value, origin: Origin::File }),
        (None, None) => None,
    }
}

fn parsed_store(text: &str, origin: Origin) -> Result<Setting<StoreAddress>, Message> {
    Ok(Setting { value: StoreAddress::parse(text)?, origin })
}

fn checked_url(text: &str, origin: Origin) -> Result<(), Message> {
    match url::Url::parse(text) {
        Ok(url) if url.has_host() => Ok(()),
        Ok(_) => Err(bad(origin, "it names no host")),
        Err(error) => Err(bad(origin, &error.to_string())),
    }
}

fn in_flight(variable: Option<String>, file: Option<i64>) -> Result<Setting<usize>, Message> {
    let (number, origin) = match (variable, file) {
        (Some(text), _) => (text.parse::<i64>().ok(), Origin::Variable("WEIR_MAX_IN_FLIGHT")),
        (None, Some(number)) => (Some(number), Origin::File),
        (None, None) => return Ok(Setting { value: DEFAULT_IN_FLIGHT, origin: Origin::Default }),
    };
    match number.and_then(|number| usize::try_from(number).ok()) {
        Some(value @ 1..=64) => Ok(Setting { value, origin }),
        _ => Err(bad(origin, "requests under way at once are 1 to 64")),
    }
}

fn allow_address(
    variable: Option<String>,
    file: Option<Vec<String>>,
) -> Result<Setting<Vec<Opened>>, Message> {
    let (texts, origin) = match (variable, file) {
        (Some(text), _) => {
            let texts = text.split(',').map(str::to_owned).collect();
            (texts, Origin::Variable("WEIR_ALLOW_ADDRESS"))
        }
        (None, Some(texts)) => (texts, Origin::File),
        (None, None) => return Ok(Setting { value: vec![], origin: Origin::Default }),
    };
    Ok(Setting { value: opened(&texts, origin)?, origin })
}

/// Networks and hosts that are opened.
pub(crate) fn opened(texts: &[String], origin: Origin) -> Result<Vec<Opened>, Message> {
    let read = |text: &String| {
        text.parse().map_err(|_| {
            bad(
                origin,
                &format!(
                    "\"{}\" is neither a network such as 10.20.0.0/16 nor a host such as jira.acme.example",
                    weir_model::clean(text, 100)
                ),
            )
        })
    };
    texts.iter().map(read).collect()
}

fn bad(origin: Origin, detail: &str) -> Message {
    Message::InputBad { flag: origin.describe(), detail: detail.to_owned() }
}
