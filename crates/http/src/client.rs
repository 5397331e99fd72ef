//! The client: one loop from request to answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::redirect;

use crate::body;
use crate::budget::Budget;
use crate::buffers::Buffers;
use crate::classify::{Context, classify};
use crate::config::{ClientConfig, ConfigError};
use crate::error::HttpError;
use crate::proxy::{Routes, host_and_port};
use crate::rate_limit::{self, Advice, Reach};
use crate::redirect::{LIMIT, next_hop};
use crate::request::{Expect, Request};
use crate::resolve::PolicyResolver;
use crate::response::Response;
use crate::retry;
use crate::stats::{Finished, Stats};

/// Sends requests as [`ClientConfig`] says; clones share connections, budget and counters.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    direct: reqwest::Client,
    proxied: Option<reqwest::Client>,
    routes: Routes,
    resolver: PolicyResolver,
    config: ClientConfig,
    budget: Budget,
    stats: Stats,
    buffers: Arc<Buffers>,
}

/// An answer before it is judged.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: crate::body::Body,
    took: Duration,
}

impl Client {
    /// A client with its own connections, budget and counters. It reads the machine's certificates,
    /// so that making one per request would be slow.
    pub fn new(config: ClientConfig) -> Result<Self, ConfigError> {
        let routes = Routes::new(&config.proxy)?;
        let resolver = PolicyResolver::new(config.address_policy.clone(), routes.proxy_hosts());
        let direct =
            transport(&config, PolicyResolver::new(config.address_policy.clone(), Default::default()), None)?;
        let proxied = if routes.is_direct() {
            None
        } else {
            Some(transport(&config, resolver.clone(), Some(&config.proxy))?)
        };
        let budget = Budget::new(config.max_in_flight, Arc::clone(&config.timing));
        let stats = Stats::default();
        let buffers = Buffers::new(config.max_in_flight);
        let inner = Inner { direct, proxied, routes, resolver, config, budget, stats, buffers };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The client's counters.
    pub fn stats(&self) -> &Stats {
        &self.inner.stats
    }

    /// Sends a request and reads its answer, trying again where that is safe and makes sense.
    /// Dropping the future gives the request up, waits included.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let inner = &*self.inner;
        let mut waited = Duration::ZERO;
        let mut failures = 0;
        let mut refusals = 0;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let outcome = inner.attempt(&request, attempts, &mut waited).await;
            let now_ms = inner.config.timing.wall_ms();
            let chance = (inner.config.random)();
            let (error, asked_pause) = match outcome {
                Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                    let advice = rate_limit::advice(&answer.headers, now_ms);
                    refusals += 1;
                    inner.stats.rate_limited(request.group);
                    let delay = retry::rate_limit_delay(&advice, refusals, chance);
                    inner.budget.hold(advice.reach, request.group, delay);
                    if retry::again_after_rate_limit(&request, refusals) {
                        continue;
                    }
                    return Err(rate_limited(&request, advice));
                }
                Ok(answer) => match inner.judge(&request, &answer) {
                    Some(error) => (error, rate_limit::pause_after_failure(&answer.headers, now_ms)),
                    None => {
                        let Answer { status, headers, body, took } = answer;
                        return Ok(Response { status, headers, body, took, attempts, waited });
                    }
                },
                Err(error) => (error, None),
            };
            failures += 1;
            if !retry::again_after_failure(&request, &error, failures) {
                return Err(error);
            }
            if let Some(pause) = asked_pause {
                inner.budget.hold(Reach::Group, request.group, retry::spread(pause, chance));
                continue;
            }
            let delay = retry::backoff(failures, chance);
            tracing::debug!(
                group = request.group,
                error = error.class(),
                ms = delay.as_millis(),
                "trying again"
            );
            inner.stats.hold_back(&*inner.config.timing, delay).await;
            waited += delay;
        }
    }
}

impl Inner {
    /// One attempt: waits for leave, sends, follows redirects within the origin, reads the body.
    async fn attempt(
        &self,
        request: &Request,
        attempt: u32,
        waited: &mut Duration,
    ) -> Result<Answer, HttpError> {
        let mut url = request.url.clone();
        let mut hops = 0;
        loop {
            let proxy = self.routes.proxy_for(&url);
            self.resolver.check(&url, proxy.is_some()).await?;
            let admission = self.budget.admit(request.group, &self.stats).await;
            *waited += admission.waited;
            let in_flight = self.stats.sent(request.group, attempt > 1);
            let begin = self.config.timing.elapsed();
            let outcome = self.exchange(request, &url, proxy.as_deref()).await;
            drop(in_flight);
            drop(admission.permit);
            let took = self.config.timing.elapsed().saturating_sub(begin);
            self.observe(request, url.path(), outcome.as_ref(), took, attempt);
            let (status, headers, body) = outcome?;
            match next_hop(&request.method, &url, status, &headers)? {
                None => return Ok(Answer { status, headers, body, took }),
                Some(_) if hops == LIMIT => {
                    return Err(HttpError::RedirectLoop { host: host_of(request), limit: LIMIT });
                }
                Some(target) => url = target,
            }
            hops += 1;
        }
    }

    async fn exchange(
        &self,
        request: &Request,
        url: &url::Url,
        proxy: Option<&str>,
    ) -> Result<(StatusCode, HeaderMap, crate::body::Body), HttpError> {
        let transport = match (&self.proxied, proxy) {
            (Some(proxied), Some(_)) => proxied,
            _ => &self.direct,
        };
        let timeout = request.timeout.unwrap_or(self.config.request_timeout);
        let host = host_and_port(url);
        let context = Context {
            host: &host,
            proxy,
            connect_timeout: self.config.connect_timeout,
            request_timeout: timeout,
        };
        let mut outgoing = transport
            .request(request.method.clone(), url.clone())
            .timeout(timeout)
            .headers(request.headers.clone());
        if let Some(value) = request.auth.header()? {
            outgoing = outgoing.header(header::AUTHORIZATION, value);
        }
        if let Some(body) = &request.body {
            outgoing = outgoing.body(body.clone());
        }
        let mut response = outgoing.send().await.map_err(|error| classify(&error, &context))?;
        let status = response.status();
        if let (StatusCode::PROXY_AUTHENTICATION_REQUIRED, Some(proxy)) = (status, proxy) {
            return Err(HttpError::Proxy {
                proxy: proxy.to_owned(),
                detail: "it asks for a user name and password".to_owned(),
            });
        }
        let headers = std::mem::take(response.headers_mut());
        let body = body::read(response, self.config.max_body, &self.buffers, &context).await?;
        self.stats.read(body.len());
        Ok((status, headers, body))
    }

    /// Why an answer is no answer, if so.
    fn judge(&self, request: &Request, answer: &Answer) -> Option<HttpError> {
        if retry::is_passing(answer.status) {
            return Some(HttpError::Unavailable {
                host: host_of(request),
                status: answer.status.as_u16(),
                snippet: crate::text::snippet(&answer.body),
            });
        }
        let is_empty = answer.status == StatusCode::OK && answer.body.is_empty();
        (is_empty && request.expect == Expect::Json).then(|| HttpError::Empty { host: host_of(request) })
    }

    fn observe(
        &self,
        request: &Request,
        path: &str,
        outcome: Result<&(StatusCode, HeaderMap, crate::body::Body), &HttpError>,
        took: Duration,
        attempt: u32,
    ) {
        let finished = Finished {
            method: &request.method,
            path,
            group: request.group,
            status: outcome.ok().map(|(status, ..)| *status),
            error: outcome.err().map(HttpError::class),
            took,
            attempt,
        };
        tracing::debug!(
            method = %finished.method,
            path = finished.path,
            status = finished.status.map(|status| status.as_u16()),
            error = finished.error,
            ms = finished.took.as_millis(),
            attempt = finished.attempt,
            "request"
        );
        if let Some(observer) = &self.config.observer {
            observer(&finished);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("config", &self.inner.config)
            .field("stats", &self.inner.stats)
            .finish()
    }
}

fn host_of(request: &Request) -> String {
    host_and_port(&request.url)
}

fn rate_limited(request: &Request, advice: Advice) -> HttpError {
    HttpError::RateLimited { host: host_of(request), retry_after: advice.wait, reason: advice.reason }
}

/// The underlying HTTP client, with everything switched off that this crate does itself.
fn transport(
    config: &ClientConfig,
    resolver: PolicyResolver,
    proxy: Option<&crate::config::ProxySetting>,
) -> Result<reqwest::Client, ConfigError> {
    crate::tls::build(config, || {
        let agent = HeaderValue::try_from(&config.user_agent).map_err(|_| ConfigError::BadUserAgent)?;
        let builder = reqwest::Client::builder()
            .user_agent(agent)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .gzip(config.gzip)
            .tcp_nodelay(true)
            .connect_timeout(config.connect_timeout)
            .pool_max_idle_per_host(config.max_in_flight)
            .dns_resolver(resolver.clone());
        crate::proxy::apply(builder, proxy)
    })
}
