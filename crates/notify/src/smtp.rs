//! Handing mail to the one server that the operator named (RFC 5321).
//!
//! The address is the operator's own, so that no policy stands before it. Whether the line is protected is said, never guessed:
//! a server that offers no protection where it was asked for gets nothing, and a password does not leave this machine in the clear.

use crate::{Mail, MailAddress, Outcome, outcome::said};
use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    extension::ClientId,
};
use std::time::Duration;
use tokio::time::timeout;
use weir_http::{ExposeSecret as _, Secret, Url};

/// Longest time to get to the server and be let in, and to hand over one mail.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the line to the server is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protection {
    /// TLS from the first byte: `smtps://`.
    Tls,
    /// TLS before anything else is said, or nothing: `smtp://`.
    StartTls,
    /// None: `smtp://…?tls=none`.
    None,
}

/// Why a server of mail cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct SmtpSettingsError(String);

/// The server of mail, and who writes.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    host: String,
    port: u16,
    protection: Protection,
    user: Option<String>,
    password: Option<Secret>,
    from: MailAddress,
    ca: Vec<Certificate>,
}

impl SmtpSettings {
    /// Reads `smtps://user@host:465`, `smtp://user@host:587` or `smtp://host:25?tls=none`, with the password of the user, the
    /// address that mails are from, and certificates (PEM) that are trusted besides the machine's own.
    ///
    /// # Errors
    /// What does not fit, as a sentence without its full stop.
    pub fn new(
        address: &str,
        password: Option<Secret>,
        from: &str,
        ca_pem: Option<&[u8]>,
    ) -> Result<Self, SmtpSettingsError> {
        let bad = |detail: &str| SmtpSettingsError(detail.to_owned());
        let url: Url =
            address.parse().map_err(|_| bad("It is not an address such as smtps://user@mail.example"))?;
        let protection = match (url.scheme(), url.query()) {
            ("smtps", None) => Protection::Tls,
            ("smtp", None) => Protection::StartTls,
            ("smtp", Some("tls=none")) => Protection::None,
            ("smtp" | "smtps", Some(_)) => {
                return Err(bad("After ? there can be tls=none alone, and only with smtp://"));
            }
            _ => return Err(bad("It must begin with smtps:// or smtp://")),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad("It names no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if url.password().is_some() {
            return Err(bad(
                "A password does not belong in the address; name a file with --smtp-password-file",
            ));
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(bad("It names the server alone: no path and no fragment"));
        }
        let user = Some(url.username()).filter(|user| !user.is_empty()).map(decoded);
        match (&user, &password) {
            (Some(_), None) => {
                return Err(bad(
                    "It names a user; the password belongs into a file that --smtp-password-file names",
                ));
            }
            (None, Some(_)) => {
                return Err(bad("There is a password, and the address names no user: smtps://user@host"));
            }
            (Some(_), Some(_)) if protection == Protection::None && !is_here(&host) => {
                return Err(bad(
                    "With tls=none the password would be sent in the clear; leave that out, or the user",
                ));
            }
            _ => {}
        }
        let usual = match protection {
            Protection::Tls => 465,
            Protection::StartTls => 587,
            Protection::None => 25,
        };
        let ca = ca_pem.map(certificates).transpose()?.unwrap_or_default();
        let from = from.parse().map_err(|error: crate::MailError| SmtpSettingsError(error.to_string()))?;
        Ok(Self { port: url.port().unwrap_or(usual), host, protection, user, password, from, ca })
    }

    /// Who writes.
    pub fn from(&self) -> &MailAddress {
        &self.from
    }

    /// The server as it may be shown.
    pub fn shown(&self) -> String {
        let (scheme, rest) = match self.protection {
            Protection::Tls => ("smtps", ""),
            Protection::StartTls => ("smtp", ""),
            Protection::None => ("smtp", "?tls=none"),
        };
        let user = self.user.as_deref().map(|user| format!("{}@", weir_model::clean(user, 100)));
        format!("{scheme}://{}{}:{}{rest}", user.unwrap_or_default(), self.host, self.port)
    }

    fn tls(&self) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let mut tls = TlsParameters::builder(self.host.clone());
        for one in &self.ca {
            tls = tls.add_root_certificate(one.clone());
        }
        tls.build_rustls()
    }

    async fn connected(&self) -> Result<AsyncSmtpConnection, String> {
        let hello = ClientId::Domain(self.from.domain().to_owned());
        let tls = match self.protection {
            Protection::Tls => Some(self.tls().map_err(|error| said(&error))?),
            Protection::StartTls | Protection::None => None,
        };
        let opening = async {
            let server = (self.host.as_str(), self.port);
            let mut connection =
                AsyncSmtpConnection::connect_tokio1(server, Some(PATIENCE), &hello, tls, None).await?;
            if self.protection == Protection::StartTls {
                connection.starttls(self.tls()?, &hello).await?;
            }
            if let (Some(user), Some(password)) = (&self.user, &self.password) {
                let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
                connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
            }
            Ok::<_, lettre::transport::smtp::Error>(connection)
        };
        match timeout(PATIENCE, opening).await {
            Ok(outcome) => outcome.map_err(|error| format!("{}: {}", self.shown(), said(&error))),
            Err(_) => Err(format!("{} did not answer within {} seconds", self.shown(), PATIENCE.as_secs())),
        }
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, SmtpSettingsError> {
    // Only PEM that begins a certificate is one; an empty file would be trusted as nothing without a word.
    let has_one = String::from_utf8_lossy(pem).contains("-----BEGIN CERTIFICATE-----");
    let found = Certificate::from_pem(pem).ok().filter(|_| has_one);
    let found = found
        .ok_or_else(|| SmtpSettingsError("The file of --smtp-ca-file holds no PEM certificate".into()))?;
    Ok(vec![found])
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The user of an address, without its percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let digits = more.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A line to the server, kept for several mails.
pub struct Mailer {
    settings: SmtpSettings,
    connection: Option<AsyncSmtpConnection>,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Mailer {
    /// A line that is not open yet.
    pub fn new(settings: &SmtpSettings) -> Self {
        Self { settings: settings.clone(), connection: None }
    }

    /// Gets to the server and is let in; nothing is sent.
    ///
    /// # Errors
    /// Why not, as a sentence without its full stop.
    pub async fn probe(&mut self) -> Result<(), String> {
        let connection = self.settings.connected().await?;
        self.connection = Some(connection);
        Ok(())
    }

    /// Hands a mail over.
    pub async fn send(&mut self, mail: &Mail) -> Outcome {
        // What is open may have been closed on the other side, which is known before anything is handed over.
        let open = match self.connection.take() {
            Some(mut open) => {
                let is_well = matches!(timeout(PATIENCE, open.test_connected()).await, Ok(true));
                is_well.then_some(open)
            }
            None => None,
        };
        let mut connection = match open {
            Some(open) => open,
            None => match self.settings.connected().await {
                Ok(connection) => connection,
                Err(why) => return Outcome::Later(why),
            },
        };
        let sent = timeout(PATIENCE, connection.send(mail.0.envelope(), &mail.0.formatted())).await;
        match sent {
            Ok(Ok(_)) => {
                self.connection = Some(connection);
                Outcome::Sent
            }
            Ok(Err(error)) if error.is_transient() => Outcome::Later(said(&error)),
            Ok(Err(error)) if error.is_permanent() || error.is_client() => Outcome::Refused(said(&error)),
            Ok(Err(error)) => Outcome::Unknown(said(&error)),
            Err(_) => Outcome::Unknown(format!(
                "{} did not answer within {} seconds",
                self.settings.shown(),
                PATIENCE.as_secs()
            )),
        }
    }

    /// Takes leave of the server.
    pub async fn close(mut self) {
        if let Some(mut connection) = self.connection.take() {
            // Everything was handed over; whether it says good-bye changes nothing.
            _ = timeout(Duration::from_secs(2), connection.quit()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(address: &str, password: Option<&str>) -> Result<SmtpSettings, SmtpSettingsError> {
        SmtpSettings::new(address, password.map(Secret::from), "weir@acme.example", None)
    }

    #[test]
    fn how_the_line_is_protected_is_said_by_the_address() {
        for (address, password, shown) in [
            ("smtps://weir@mail.example", Some("pw"), "smtps://weir@mail.example:465"),
            ("smtp://weir%40acme@mail.example", Some("pw"), "smtp://weir@acme@mail.example:587"),
            ("smtp://mail.example:2525?tls=none", None, "smtp://mail.example:2525?tls=none"),
            ("smtp://weir@127.0.0.1:25?tls=none", Some("pw"), "smtp://weir@127.0.0.1:25?tls=none"),
            ("smtp://[::1]:25?tls=none", None, "smtp://::1:25?tls=none"),
        ] {
            assert_eq!(settings(address, password).unwrap().shown(), shown);
        }
    }

    #[test]
    fn what_would_lose_a_password_is_refused() {
        for (address, password, why) in [
            ("mail.example", None, "It is not an address"),
            ("https://mail.example", None, "It must begin with"),
            ("smtp://", None, "It names no host"),
            ("smtp://weir:pw@mail.example", None, "A password does not belong"),
            ("smtp://weir@mail.example", None, "It names a user"),
            ("smtp://mail.example", Some("pw"), "the address names no user"),
            ("smtp://weir@mail.example?tls=none", Some("pw"), "in the clear"),
            ("smtps://mail.example?tls=none", None, "After ?"),
            ("smtps://mail.example/path", None, "no path"),
        ] {
            let error = settings(address, password).unwrap_err().to_string();
            assert!(error.contains(why), "{address}: {error}");
        }
        let hidden = settings("smtps://weir@mail.example", Some("hunter2")).unwrap();
        assert!(!format!("{hidden:?}{}", hidden.shown()).contains("hunter2"));
        assert!(SmtpSettings::new("smtp://mail.example", None, "nobody", None).is_err());
        assert!(SmtpSettings::new("smtp://mail.example", None, "a@b.example", Some(b"")).is_err());
    }

    #[tokio::test]
    async fn a_server_that_is_away_may_be_there_later() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let settings = settings(&format!("smtp://127.0.0.1:{port}?tls=none"), None).unwrap();
        let digest = crate::digest::samples::digest();
        let to = ["ann@acme.example".parse().unwrap()];
        let letter = crate::Letter { digest: &digest, to: &to, id: "msg_1", at: weir_model::Millis(0) };
        let mail = Mail::write(&letter, settings.from()).unwrap();
        assert!(matches!(Mailer::new(&settings).send(&mail).await, Outcome::Later(_)));
        assert!(Mailer::new(&settings).probe().await.is_err());
    }
}
