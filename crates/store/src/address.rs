//! Where a store is. A password in an address is never shown.

use sqlx::postgres::PgConnectOptions;
use std::{fmt, path::PathBuf, str::FromStr};
use weir_model::Message;

/// The address of a store.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreAddress {
    /// One file.
    Sqlite(PathBuf),
    /// A database, by its whole URL.
    Postgres(String),
}

impl StoreAddress {
    /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    pub fn parse(text: &str) -> Result<Self, Message> {
        let refuse = |detail: &str| Err(Message::StoreAddress { detail: detail.to_owned() });
        let text = text.trim();
        if let Some(path) = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")) {
            if path.is_empty() || path.contains('\0') {
                return refuse("It names no file");
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return refuse("It begins with neither sqlite: nor postgres://");
        }
        match PgConnectOptions::from_str(text) {
            Ok(_) => Ok(Self::Postgres(text.to_owned())),
            Err(_) => refuse("It is not an address of a PostgreSQL database"),
        }
    }

    /// Whether a password stands in it.
    pub fn has_password(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(url) => masked(url) != *url,
        }
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&masked(url)),
        }
    }
}

impl fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The URL with `***` for the password, in its user part and in its query.
fn masked(url: &str) -> String {
    let (front, query) = match url.split_once('?') {
        Some((front, query)) => (front, Some(query)),
        None => (url, None),
    };
    let mut shown = mask_user(front);
    if let Some(query) = query {
        let parts: Vec<String> = query.split('&').map(mask_parameter).collect();
        shown.push('?');
        shown.push_str(&parts.join("&"));
    }
    shown
}

fn mask_user(front: &str) -> String {
    let parts = front
        .split_once("://")
        .and_then(|(scheme, rest)| rest.rsplit_once('@').map(|(user, host)| (scheme, user, host)))
        .and_then(|(scheme, user, host)| user.split_once(':').map(|(name, _)| (scheme, name, host)));
    match parts {
        Some((scheme, name, host)) => format!("{scheme}://{name}:***@{host}"),
        None => front.to_owned(),
    }
}

fn mask_parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, _)) if name.contains("pass") => format!("{name}=***"),
        _ => parameter.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_seen_and_never_shown() {
        for (text, shown) in [
            ("postgres://u:s3cret@h:5432/d", "postgres://u:***@h:5432/d"),
            ("postgres://u:s3:c@ret@h/d", "postgres://u:***@h/d"),
            (
                "postgresql://u@h/d?password=s3cret&sslmode=prefer",
                "postgresql://u@h/d?password=***&sslmode=prefer",
            ),
        ] {
            let address = StoreAddress::Postgres(text.to_owned());
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), shown);
            assert!(address.has_password());
        }
        assert!(!StoreAddress::Postgres("postgres://u@h/d".into()).has_password());
    }

    #[test]
    fn only_two_kinds_of_address_are_known() {
        assert_eq!(StoreAddress::parse("sqlite:a/b.db"), Ok(StoreAddress::Sqlite("a/b.db".into())));
        assert!(matches!(
            StoreAddress::parse("postgresql://me@localhost/weir"),
            Ok(StoreAddress::Postgres(_))
        ));
        for bad in ["", "sqlite:", "weir.db", "mysql://h/d", "postgres://h:notaport/d"] {
            let refused = StoreAddress::parse(bad);
            assert!(matches!(refused, Err(Message::StoreAddress { .. })), "{bad}: {refused:?}");
        }
    }
}
