//! What a request that meets a fault gets instead of an answer, or along with it.

use std::time::Duration;

use super::{Fault, FaultKind};
use crate::http::rate;
use crate::http::reply::Reply;
use crate::time;

/// What becomes of a request that meets a fault.
pub(crate) enum Effect {
    /// This is the answer.
    Instead(Box<Reply>),
    /// The caller is taken for nobody.
    Anonymous,
    /// These headers come along.
    Headers(Vec<(&'static str, &'static str)>),
    /// The answer comes later.
    Slow(Duration),
    /// The body takes so long.
    Drip(Duration),
    /// The body ends in the middle.
    Cut {
        told: bool,
        reset: bool,
    },
    /// The connection ends without an answer.
    Reset,
    HalfPairs,
}

const HTML: &str = "text/html;charset=UTF-8";

fn html(status: u16, title: &str, text: &str) -> Reply {
    let page = format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>\n"
    );
    Reply { content_type: HTML, ..Reply::bytes(page.into_bytes()).with_status(status) }
}

/// 429 with the headers of the product.
fn limited(fault: &Fault, is_dc: bool, now: i64, reason: Option<&'static str>) -> Reply {
    let wait = fault.retry_after.map(Duration::from_secs);
    let mut reply = rate::refusal(is_dc, reason, wait);
    if is_dc {
        for (name, value) in rate::data_center(50, 0, 10, wait.unwrap_or_default()) {
            if name != "retry-after" {
                reply = reply.with_header(name, value);
            }
        }
    } else {
        let reset = |seconds: u64| now + seconds as i64 * 1000;
        for (name, value) in rate::cloud(350, 0, reset(fault.retry_after.unwrap_or(60))) {
            if name != "x-ratelimit-reset" || fault.reset_after.is_none() {
                reply = reply.with_header(name, value);
            }
        }
        if let Some(seconds) = fault.reset_after {
            reply = reply.with_header("x-ratelimit-reset", time::zulu(reset(seconds)));
        }
    }
    reply
}

fn failed(fault: &Fault, status: u16, said: &str) -> Reply {
    let reply = Reply::error(status, said);
    match fault.retry_after {
        Some(seconds) => reply.with_header("retry-after", seconds.to_string()),
        None => reply,
    }
}

/// What becomes of it; `now` is the simulator's time. Faults of pages have their effect there.
pub(crate) fn effect(fault: &Fault, is_dc: bool, now: i64) -> Option<Effect> {
    let reply = match fault.kind {
        FaultKind::RateBurst => limited(fault, is_dc, now, Some("jira-burst-based")),
        FaultKind::RateTenant => limited(fault, is_dc, now, Some("jira-quota-tenant-based")),
        FaultKind::RateGlobal => limited(fault, is_dc, now, Some("jira-quota-global-based")),
        FaultKind::RateCost => limited(fault, is_dc, now, Some("jira-cost-based")),
        FaultKind::RateThreads => limited(fault, is_dc, now, Some("jira-max-concurrent-threads")),
        FaultKind::RateDc => limited(fault, is_dc, now, None),
        FaultKind::RateBare => rate::refusal(is_dc, None, None),
        FaultKind::BetaHeaders => {
            return Some(Effect::Headers(vec![
                ("beta-ratelimit", "\"global-app-quota\";r=0;t=1800"),
                ("beta-ratelimit-policy", "\"global-app-quota\";q=65000;w=3600"),
                ("beta-retry-after", "1800"),
            ]));
        }
        FaultKind::Error500 | FaultKind::Poison => failed(fault, 500, "Internal server error"),
        FaultKind::Error502 => failed(fault, 502, "Bad Gateway"),
        FaultKind::Error503 => failed(fault, 503, "Service Unavailable"),
        FaultKind::Error504 => failed(fault, 504, "Gateway Timeout"),
        FaultKind::Html503 => html(503, "Jira is undergoing maintenance", "We'll be back soon."),
        FaultKind::Empty200 => Reply::bytes(Vec::new()),
        FaultKind::LoginHtml => html(200, "Log in", "Log in to continue to your single sign-on."),
        FaultKind::Redirect => {
            html(302, "Found", "Moved.").with_header("location", "http://sso.invalid/login")
        }
        FaultKind::Unauthorized => {
            Reply::error(401, "You are not authenticated. Authentication required to perform this operation.")
                .with_header("x-seraph-loginreason", "AUTHENTICATED_FAILED")
        }
        FaultKind::Captcha => Reply::error(403, "Login denied: a CAPTCHA challenge must be answered first.")
            .with_header("x-seraph-loginreason", "AUTHENTICATION_DENIED")
            .with_header("x-authentication-denied-reason", "CAPTCHA_CHALLENGE; login-url=/login.jsp"),
        FaultKind::Board403 => Reply::error(403, "You do not have permission to view this board."),
        FaultKind::Board404 => {
            Reply::error(404, "Board does not exist or you do not have permission to see it.")
        }
        FaultKind::TokenExpired => Reply::bad_request("The provided next page token is invalid or expired."),
        FaultKind::Reset => return Some(Effect::Reset),
        FaultKind::ResetBody => return Some(Effect::Cut { told: true, reset: true }),
        FaultKind::Cut => return Some(Effect::Cut { told: true, reset: false }),
        FaultKind::CutChunked => return Some(Effect::Cut { told: false, reset: false }),
        FaultKind::Drip => return Some(Effect::Drip(fault.takes)),
        FaultKind::Slow => return Some(Effect::Slow(fault.takes)),
        FaultKind::Anonymous => return Some(Effect::Anonymous),
        FaultKind::HalfPairs => return Some(Effect::HalfPairs),
        FaultKind::TokenLoop
        | FaultKind::ShortPage
        | FaultKind::Duplicates
        | FaultKind::Warnings
        | FaultKind::Omit
        | FaultKind::IssueError
        | FaultKind::Malformed => return None,
    };
    Some(Effect::Instead(Box::new(reply)))
}
