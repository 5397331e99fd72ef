//! The listener: connections, headers that every reply carries, start and stop.

use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::body::ReplyBody;
use super::dc::Node;
use super::fault::Effect;
use super::line::{Breaker, Line};
use super::reply::Reply;
use super::request::{Request, decode_query};
use super::router::{self, Outcome, SignedIn};
use super::site::{SimOptions, Site};
use super::stats::{Recorded, StatsSnapshot, UnderWay};
use crate::time;
use crate::world::{Account, World};

const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Why a simulator could not start.
#[derive(Debug, Error)]
#[error("cannot listen on {address}")]
pub struct StartError {
    address: SocketAddr,
    #[source]
    source: std::io::Error,
}

/// A running simulator. Dropping it stops it.
#[derive(Debug)]
pub struct Sim {
    pub(super) site: Arc<Site>,
    url: String,
    stop: watch::Sender<bool>,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Sim {
    /// Serves a world.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(world: impl Into<Arc<World>>, options: SimOptions) -> Result<Sim, StartError> {
        let address = options.listen;
        let failed = |source| StartError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let url = format!("http://{}{}", listener.local_addr().map_err(failed)?, options.context_path);
        let site = Arc::new(Site::new(world.into(), &url, options));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(listener, Arc::clone(&site), stopped));
        Ok(Sim { site, url, stop, task: Some(task) })
    }

    /// The site's address, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What stands for `https://api.atlassian.com`: the gateway serves `{gateway}/ex/jira/{cloudId}`.
    pub fn gateway(&self) -> &str {
        &self.url
    }

    /// The accounts that can sign in.
    pub fn accounts(&self) -> Vec<Account> {
        self.world().accounts.clone()
    }

    /// The world as it is now; later edits leave it alone.
    pub fn world(&self) -> Arc<World> {
        self.site.moment().world
    }

    /// What was asked so far.
    pub fn stats(&self) -> StatsSnapshot {
        self.site.counts()
    }

    /// Every request so far, if recording is on.
    pub fn requests(&self) -> Vec<Recorded> {
        self.site.stats.recorded()
    }

    /// Stops listening and closes all connections.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            // The task ends by itself once told; a panic in it has already been reported.
            let _ = task.await;
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

async fn accept(listener: TcpListener, site: Arc<Site>, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => continue,
            },
        };
        if stream.set_nodelay(true).is_err() {
            continue;
        }
        let site = Arc::clone(&site);
        connections.spawn(async move {
            let breaker = Breaker::default();
            let line = Line::new(stream, breaker.clone());
            let service = service_fn(move |request| serve(Arc::clone(&site), breaker.clone(), request));
            // A client that goes away in the middle is no event for a simulator.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(line), service)
                .await;
        });
    }
    connections.shutdown().await;
}

/// A connection that ends without an answer, on purpose.
#[derive(Debug, Error)]
#[error("reset on purpose")]
struct Broken;

async fn serve(
    site: Arc<Site>,
    breaker: Breaker,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<ReplyBody>, Broken> {
    let (head, body) = request.into_parts();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let zipped =
        site.options.gzip && header("accept-encoding").is_some_and(|accepted| accepted.contains("gzip"));
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => {
            let reply = Reply::error(413, "Request Entity Too Large");
            return Ok(respond(&site, Outcome::bare(reply, None), None, false));
        }
    };
    let mut request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        raw_query: head.uri.query().unwrap_or_default().to_owned(),
        query: decode_query(head.uri.query().unwrap_or_default()),
        content_type: header("content-type").unwrap_or_default(),
        authorization: header("authorization"),
        cookies: header("cookie"),
        body,
    };
    let mut asked = Recorded {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.raw_query.clone(),
        body: String::from_utf8_lossy(&request.body).into_owned(),
        at_ms: site.stats.age_ms(),
        status: 0,
    };
    // The simulator's own pages do not count.
    let own = request.path.starts_with("/_sim");
    let under_way = (!own).then(|| UnderWay::begin(&site.stats));
    let mut outcome = router::route(&site, &mut request);
    if let Some(route) = &outcome.route {
        site.stats.count(&request.method, route);
        asked.status = outcome.reply.status;
        site.stats.record(|| asked);
        if !site.options.latency.is_zero() {
            tokio::time::sleep(site.options.latency).await;
        }
    }
    match outcome.effect.take() {
        Some(Effect::Reset) => {
            breaker.reset();
            return Err(Broken);
        }
        Some(Effect::Slow(takes)) => tokio::time::sleep(takes).await,
        Some(Effect::Drip(takes)) => {
            outcome.reply.content = outcome.reply.content.dripping(takes);
            return Ok(respond(&site, outcome, under_way, false));
        }
        Some(Effect::Cut { told, reset }) => {
            outcome.reply.content = outcome.reply.content.cut(told, reset.then_some(breaker));
            return Ok(respond(&site, outcome, under_way, false));
        }
        Some(Effect::HalfPairs) => outcome.half_pairs = true,
        _ => {}
    }
    Ok(respond(&site, outcome, under_way, zipped))
}

fn respond(
    site: &Site,
    outcome: Outcome,
    under_way: Option<UnderWay>,
    zipped: bool,
) -> hyper::Response<ReplyBody> {
    let Outcome { reply, caller, node, mut rate, half_pairs, .. } = outcome;
    let mut body = ReplyBody::new(reply.content, zipped, Arc::clone(&site.buffers), Arc::clone(&site.stats));
    body.under_way = under_way;
    body.half_pairs = half_pairs;
    let mut response = hyper::Response::new(body);
    *response.status_mut() = hyper::StatusCode::from_u16(reply.status).unwrap_or(hyper::StatusCode::OK);
    let headers = response.headers_mut();
    put(headers, "content-type", reply.content_type);
    if zipped {
        put(headers, "content-encoding", "gzip");
    }
    let now = site.clock.now();
    put(headers, "date", &time::http_date(now));
    // Data Center limits nobody unless an administrator wants it to; a bare refusal of the gateway tells nothing.
    if rate.is_empty() && !site.is_dc && reply.status != 429 {
        rate = super::rate::cloud(350, 349, now - now.rem_euclid(time::MINUTE) + time::MINUTE);
    }
    for (name, value) in &rate {
        put(headers, name, value);
    }
    for (name, value) in &reply.headers {
        put(headers, name, value);
    }
    for (name, value) in node.into_iter().flat_map(Node::headers) {
        put(headers, name, &value);
    }
    match caller {
        Some(SignedIn::As(id)) => {
            put(headers, "x-seraph-loginreason", "OK");
            put(headers, "x-aaccountid", &id.replace(':', "%3A"));
        }
        Some(SignedIn::Login(login)) => {
            put(headers, "x-seraph-loginreason", "OK");
            put(headers, "x-ausername", &login);
        }
        Some(SignedIn::Refused) => put(headers, "x-seraph-loginreason", "AUTHENTICATED_FAILED"),
        Some(SignedIn::Nobody) | None => {}
    }
    response
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
