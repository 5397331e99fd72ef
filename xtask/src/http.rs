//! A plain HTTP/1.1 client for loopback: one connection, no pool, no TLS, nothing hidden.

use anyhow::{Context, Result, ensure};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
}

impl Connection {
    /// Connects to the host of `url`, which is `http://HOST:PORT` with or without a path.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let authority = url.strip_prefix("http://").context("only http:// addresses")?;
        let authority = authority.split('/').next().unwrap_or_default().to_owned();
        let stream = TcpStream::connect(&authority).await.with_context(|| authority.clone())?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends when the sender is dropped; a broken connection shows in the next answer.
        tokio::spawn(connection);
        Ok(Self { sender, authority })
    }

    /// Sends a request and gives the answer's head; its body must be read before the next request.
    pub(crate) async fn send(&mut self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>> {
        request.headers_mut().insert(HOST, self.authority.parse()?);
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }
}

/// The whole body at a path of a site, which must answer with success.
pub(crate) async fn get(url: &str, path: &str) -> Result<Bytes> {
    let mut all = BytesMut::new();
    stream(url, path, |part| {
        all.extend_from_slice(part);
        Ok(())
    })
    .await?;
    Ok(all.freeze())
}

/// Sends JSON to a path of a site, which must answer with success.
pub(crate) async fn post(url: &str, path: &str, json: String) -> Result<()> {
    let (status, said) = posted(url, path, json).await?;
    ensure!(status.is_success(), "{path}: HTTP {status}: {}", String::from_utf8_lossy(&said));
    Ok(())
}

/// Sends JSON to a path of a site, which may answer with success or refuse it; `false` then.
pub(crate) async fn offer(url: &str, path: &str, json: String) -> Result<bool> {
    let (status, said) = posted(url, path, json).await?;
    let is_answer = status.is_success() || status == StatusCode::BAD_REQUEST;
    ensure!(is_answer, "{path}: HTTP {status}: {}", String::from_utf8_lossy(&said));
    Ok(status.is_success())
}

async fn posted(url: &str, path: &str, json: String) -> Result<(StatusCode, Bytes)> {
    let mut connection = Connection::open(url).await?;
    let request = Request::post(path).header(CONTENT_TYPE, "application/json").body(Full::from(json))?;
    let response = connection.send(request).await?;
    let status = response.status();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}

/// Tells a path of a site to drop what it stands for, which must answer with success.
pub(crate) async fn delete(url: &str, path: &str) -> Result<()> {
    let mut connection = Connection::open(url).await?;
    let response = connection.send(Request::delete(path).body(Full::default())?).await?;
    ensure!(response.status().is_success(), "{path}: HTTP {}", response.status());
    Ok(())
}

/// Hands each line at a path of a site to `visit`, with one line in memory at a time.
pub(crate) async fn lines(url: &str, path: &str, mut visit: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut rest: Vec<u8> = Vec::new();
    stream(url, path, |part| {
        let mut part = part;
        while let Some(end) = part.iter().position(|byte| *byte == b'\n') {
            rest.extend_from_slice(&part[..end]);
            visit(&rest)?;
            rest.clear();
            part = &part[end + 1..];
        }
        rest.extend_from_slice(part);
        Ok(())
    })
    .await?;
    if rest.is_empty() { Ok(()) } else { visit(&rest) }
}

async fn stream(url: &str, path: &str, mut visit: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut connection = Connection::open(url).await?;
    let response = connection.send(Request::get(path).body(Full::default())?).await?;
    ensure!(response.status().is_success(), "{path}: HTTP {}", response.status());
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        if let Some(part) = frame?.data_ref() {
            visit(part)?;
        }
    }
    Ok(())
}
