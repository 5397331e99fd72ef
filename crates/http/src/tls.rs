//! Which certificates are trusted.

use reqwest::{Certificate, ClientBuilder};

use crate::config::{ClientConfig, ConfigError};

/// Builds a transport that trusts the machine's certificates and those of the configuration. On a
/// machine without any certificates, Mozilla's list, compiled in, takes their place.
pub(crate) fn build(
    config: &ClientConfig,
    plain: impl Fn() -> Result<ClientBuilder, ConfigError>,
) -> Result<reqwest::Client, ConfigError> {
    let extra = match &config.ca_pem {
        Some(pem) => own_certificates(pem)?,
        None => Vec::new(),
    };
    let with = |certificates: Vec<Certificate>| {
        Ok::<_, ConfigError>(
            plain()?
                .tls_backend_rustls()
                .tls_danger_accept_invalid_certs(config.insecure_tls)
                .tls_certs_merge(certificates)
                .build(),
        )
    };
    let error = match with(extra.clone())? {
        Ok(client) => return Ok(client),
        Err(error) => error,
    };
    if !extra.is_empty() || !machine_has_no_certificates(&error) {
        return Err(ConfigError::Tls(describe(&error)));
    }
    tracing::info!("this machine has no CA certificates; using the built-in list of Mozilla");
    with(built_in())?.map_err(|error| ConfigError::Tls(describe(&error)))
}

fn own_certificates(pem: &[u8]) -> Result<Vec<Certificate>, ConfigError> {
    let certificates = Certificate::from_pem_bundle(pem).map_err(|_| ConfigError::BadCa)?;
    if certificates.is_empty() {
        return Err(ConfigError::BadCa);
    }
    Ok(certificates)
}

fn built_in() -> Vec<Certificate> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter_map(|certificate| Certificate::from_der(certificate).ok())
        .collect()
}

fn machine_has_no_certificates(error: &reqwest::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        if let Some(rustls::Error::General(text)) = source.downcast_ref() {
            return text.contains("No CA certificates");
        }
        next = source.source();
    }
    false
}

fn describe(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    crate::text::snippet(last.to_string().as_bytes())
}
