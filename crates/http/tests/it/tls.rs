//! Which servers are trusted, and why not.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use weir_http::{Client, ConfigError, HttpError, TlsProblem, Url};

use crate::server::Server;
use crate::setup::{config, get, in_own_process};

/// A private certificate authority.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        Self::named("Acme Root")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    /// A server with a certificate for `name`, changed by `change`.
    async fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Server {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Server::start_tls(TlsAcceptor::from(Arc::new(config))).await
    }
}

fn https(server: &Server) -> Url {
    format!("https://localhost:{}/", server.addr.port()).parse().unwrap()
}

fn trusting(authority: &Authority) -> Client {
    let (mut config, _) = config(0.0);
    config.ca_pem = Some(authority.pem());
    Client::new(config).unwrap()
}

async fn problem(client: &Client, server: &Server) -> TlsProblem {
    match client.send(get(https(server))).await.unwrap_err() {
        HttpError::Tls { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_unknown_authority_is_named_and_not_tried_again() {
    let server = Authority::new().server("localhost", |_| {}).await;
    let (config, sleeper) = config(0.0);
    assert_eq!(problem(&Client::new(config).unwrap(), &server).await, TlsProblem::UnknownCa);
    assert_eq!(sleeper.sleeps(), []);
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_custom_authority_is_trusted_for_its_own_servers_only() {
    let (authority, other) = (Authority::new(), Authority::named("Other Root"));
    let server = authority.server("localhost", |_| {}).await;
    assert_eq!(trusting(&authority).send(get(https(&server))).await.unwrap().body[..], *b"{}");
    assert_eq!(problem(&trusting(&other), &server).await, TlsProblem::UnknownCa);
}

#[tokio::test]
async fn a_renewed_authority_of_the_same_name_is_told_from_an_unknown_one() {
    let (old, renewed) = (Authority::new(), Authority::new());
    let server = renewed.server("localhost", |_| {}).await;
    assert_eq!(problem(&trusting(&old), &server).await, TlsProblem::BadSignature);
}

#[tokio::test]
async fn an_expired_certificate_is_named() {
    let authority = Authority::new();
    let server = authority.server("localhost", |params| params.not_after = date_time_ymd(2020, 1, 1)).await;
    assert_eq!(problem(&trusting(&authority), &server).await, TlsProblem::Expired);
}

#[tokio::test]
async fn a_certificate_of_the_future_is_named() {
    let authority = Authority::new();
    let server = authority.server("localhost", |params| params.not_before = date_time_ymd(4000, 1, 1)).await;
    assert_eq!(problem(&trusting(&authority), &server).await, TlsProblem::NotYetValid);
}

#[tokio::test]
async fn a_wrong_name_is_told_with_the_names_presented() {
    let authority = Authority::new();
    let server = authority.server("jira.example", |_| {}).await;
    let expected = TlsProblem::NameMismatch { presented: vec!["jira.example".to_owned()] };
    assert_eq!(problem(&trusting(&authority), &server).await, expected);
}

#[tokio::test]
async fn anything_is_accepted_when_told_so() {
    let server =
        Authority::new().server("jira.example", |params| params.not_after = date_time_ymd(2020, 1, 1)).await;
    let (mut config, _) = config(0.0);
    config.insecure_tls = true;
    assert!(Client::new(config).unwrap().send(get(https(&server))).await.is_ok());
}

#[tokio::test]
async fn a_server_without_tls_is_named() {
    let stream = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = stream.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut stream, _)) = stream.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    let (config, _) = config(0.0);
    let error = Client::new(config)
        .unwrap()
        .send(get(format!("https://{addr}/").parse().unwrap()))
        .await
        .unwrap_err();
    assert_eq!(error, HttpError::Tls { host: addr.to_string(), problem: TlsProblem::NotTls });
}

#[test]
fn a_file_without_certificates_is_refused() {
    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
        let (mut config, _) = config(0.0);
        config.ca_pem = Some(pem.as_bytes().to_vec());
        assert!(matches!(Client::new(config), Err(ConfigError::BadCa)), "{pem:?}");
    }
}

#[tokio::test]
async fn a_machine_without_certificates_gets_a_client_that_still_checks() {
    let nothing = [("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/dev/null")];
    if in_own_process("tls::a_machine_without_certificates_gets_a_client_that_still_checks", &nothing) {
        let server = Authority::new().server("localhost", |_| {}).await;
        let (config, _) = config(0.0);
        assert_eq!(problem(&Client::new(config).unwrap(), &server).await, TlsProblem::UnknownCa);
    }
}
