//! The client: one loop from request to answer.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::redirect;

use crate::body;
use crate::budget::{Admission, Budget};
use crate::buffers::Buffers;
use crate::classify::{Context, classify};
use crate::config::{ClientConfig, ConfigError};
use crate::error::HttpError;
use crate::json;
use crate::proxy::{Routes, host_and_port};
use crate::rate_limit::{self, Advice};
use crate::redirect::{LIMIT, next_hop};
use crate::request::{Expect, Request};
use crate::resolve::PolicyResolver;
use crate::response::Response;
use crate::retry::{self, Tries};
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
    /// When any request last got an answer, in microseconds on the timing's axis, plus one; 0 for never.
    answered_at: AtomicU64,
    /// What the last refusal named as its reason.
    refused_for: Mutex<Option<String>>,
}

/// An answer before it is judged.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: crate::body::Body,
    took: Duration,
}

/// How an exchange ended.
type Outcome<'a> = Result<&'a (StatusCode, HeaderMap, crate::body::Body), &'a HttpError>;

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
        let answered_at = AtomicU64::new(0);
        let refused_for = Mutex::default();
        let inner = Inner {
            direct,
            proxied,
            routes,
            resolver,
            config,
            budget,
            stats,
            buffers,
            answered_at,
            refused_for,
        };
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
        let timing = &*inner.config.timing;
        let mut tries = Tries::default();
        loop {
            tries.attempts += 1;
            let chance = (inner.config.random)();
            let outcome = inner.attempt(&request, &mut tries, chance).await;
            let now = timing.elapsed();
            let (error, asked_pause) = match outcome {
                Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                    inner.stats.rate_limited(request.group);
                    let advice = rate_limit::advice(&answer.headers, timing.wall_ms());
                    let is_too_long = request.is_too_long(advice.wait);
                    if !is_too_long && retry::again_after_rate_limit(&request, &tries, now) {
                        continue;
                    }
                    return Err(rate_limited(&request, advice));
                }
                Ok(answer) => match inner.judge(&request, &answer) {
                    Some(error) => {
                        (error, rate_limit::pause_after_failure(&answer.headers, timing.wall_ms()).is_some())
                    }
                    None => {
                        inner.note_answer(now);
                        let Answer { status, headers, body, took } = answer;
                        let Tries { attempts, waited, .. } = tries;
                        return Ok(Response { status, headers, body, took, attempts, waited });
                    }
                },
                Err(error) => (error, false),
            };
            tries.failures += 1;
            tries.first_failure.get_or_insert(now);
            if !retry::again_after_failure(&request, &error, &tries, inner.last_answer(), now) {
                return Err(error);
            }
            if asked_pause {
                continue;
            }
            let delay = retry::backoff(tries.failures, chance);
            let delay = retry::bounded(delay, &request, &tries, now);
            tracing::debug!(
                group = request.group,
                error = error.class(),
                ms = delay.as_millis(),
                "trying again"
            );
            inner.stats.pause(timing, delay).await;
            tries.waited += delay;
        }
    }
}

impl Inner {
    /// One attempt: waits for leave, sends, follows redirects within the origin, reads the body.
    async fn attempt(&self, request: &Request, tries: &mut Tries, chance: f64) -> Result<Answer, HttpError> {
        let mut url = request.url.clone();
        let mut hops = 0;
        loop {
            let proxy = self.routes.proxy_for(&url);
            self.resolver.check(&url, proxy.is_some()).await?;
            let held = self.budget.held_for(request.group);
            if request.is_too_long(held) {
                let reason = self.refused_for.lock().unwrap_or_else(PoisonError::into_inner).clone();
                return Err(HttpError::RateLimited { host: host_of(request), retry_after: held, reason });
            }
            let admission = self.budget.admit(request.group, &self.stats).await;
            tries.waited += admission.waited;
            let in_flight = self.stats.sent(request.group, tries.attempts > 1);
            let begin = self.config.timing.elapsed();
            let outcome = self.exchange(request, &url, proxy.as_deref()).await;
            drop(in_flight);
            self.heed(&admission, outcome.as_ref(), tries, chance);
            drop(admission);
            let took = self.config.timing.elapsed().saturating_sub(begin);
            self.observe(request, url.path(), outcome.as_ref(), took, tries.attempts);
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

    /// Lets the budget know how an exchange went before another request may take its place.
    fn heed(&self, admission: &Admission<'_>, outcome: Outcome<'_>, tries: &mut Tries, chance: f64) {
        let now_ms = self.config.timing.wall_ms();
        if let Ok((_, headers, _)) = &outcome
            && let Some(quota) = crate::standing::quota(headers, now_ms)
        {
            self.stats.told(quota);
        }
        match outcome {
            Ok((StatusCode::TOO_MANY_REQUESTS, headers, _)) => {
                tries.refusals += 1;
                tries.first_refusal.get_or_insert_with(|| self.config.timing.elapsed());
                let advice = rate_limit::advice(headers, now_ms);
                let delay = retry::rate_limit_delay(&advice, tries.refusals, chance);
                admission.refused(&advice, headers, now_ms, delay);
                *self.refused_for.lock().unwrap_or_else(PoisonError::into_inner) = advice.reason;
            }
            Ok((status, headers, _)) => {
                admission.answered(*status, headers, now_ms);
                if retry::is_passing(*status)
                    && let Some(pause) = rate_limit::pause_after_failure(headers, now_ms)
                {
                    admission.hold(retry::spread(pause, chance));
                }
            }
            Err(HttpError::Timeout { .. }) => admission.timed_out(),
            Err(_) => {}
        }
    }

    /// Remembers that the site is up.
    fn note_answer(&self, now: Duration) {
        let micros = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        self.answered_at.fetch_max(micros.saturating_add(1), Relaxed);
    }

    /// When any request last got an answer.
    fn last_answer(&self) -> Option<Duration> {
        let micros = self.answered_at.load(Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros - 1))
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
        if answer.status != StatusCode::OK || request.expect != Expect::Json {
            return None;
        }
        if answer.body.is_empty() {
            return Some(HttpError::Empty { host: host_of(request) });
        }
        // Whoever waits at a terminal learns at once what page it is.
        let is_page = !request.patience.is_zero() && json::is_page(&answer.headers, &answer.body);
        is_page.then(|| HttpError::NotJson {
            host: host_of(request),
            looks_like_login: json::looks_like_login(&answer.body),
        })
    }

    fn observe(&self, request: &Request, path: &str, outcome: Outcome<'_>, took: Duration, attempt: u32) {
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
