//! How much one caller may use, and whose address counts behind a proxy.

use super::{
    Server,
    client::{Answer, Request},
};
use weir_model::{KeyScope, Reach};
use weir_store::AuditFilter;
use weir_testkit::Engine;

async fn with_rate(test: impl AsyncFn(Server)) {
    for engine in Engine::all() {
        test(Server::start_with(&engine, |parts| parts.settings.api_rate = 3).await).await;
    }
}

fn left(answer: &Answer) -> [&str; 3] {
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]
        .map(|name| answer.header(name).unwrap_or_else(|| panic!("no {name}: {answer:?}")))
}

#[tokio::test]
async fn a_key_has_so_many_requests_a_minute_and_is_told_what_is_left() {
    with_rate(async |server| {
        let (one, two) =
            (server.key(KeyScope::Read, None).await.secret, server.key(KeyScope::Read, None).await.secret);
        let ask = async |key: &str| server.send(Request::get("/api/v1/me").key(key)).await;
        assert_eq!(left(&ask(&one).await), ["3", "2", "20"]);
        ask(&one).await;
        ask(&one).await;
        let refused = ask(&one).await;
        assert_eq!((refused.status, refused.code()), (429, "request.rate".to_owned()));
        assert_eq!(refused.header("retry-after"), Some("20"));
        assert_eq!(refused.json()["retry_after_s"], 20);
        assert_eq!(left(&refused), ["3", "0", "60"]);
        assert_eq!(ask(&two).await.status, 200, "another key is another caller");
        server.clock.advance(20_000);
        assert_eq!((ask(&one).await.status, ask(&one).await.status), (200, 429));
    })
    .await;
}

#[tokio::test]
async fn sessions_share_what_their_account_has_and_strangers_what_their_address_has() {
    with_rate(async |server| {
        let ada = server.account("ada", false, None).await;
        let (here, there) = (server.browser(&ada).await, server.browser(&ada).await);
        for browser in [&here, &there, &here] {
            assert_eq!(server.send(browser.get("/api/v1/me")).await.status, 200);
        }
        assert_eq!(server.send(there.get("/api/v1/me")).await.status, 429);
        assert_eq!(server.send(here.get("/login")).await.status, 303, "pages are not the API");
        for guess in ["weir_", "x", ""] {
            assert_eq!(server.send(Request::get("/api/v1/me").key(guess)).await.status, 401);
        }
        assert_eq!(server.send(Request::get("/api/v1/me").key("weir_")).await.status, 429);
        assert_eq!(server.send(Request::get("/api/v1/me")).await.status, 429);
        let probe = server.send(Request::get("/healthz")).await;
        assert_eq!((probe.status, probe.header("ratelimit-limit")), (200, None));
    })
    .await;
}

#[tokio::test]
async fn behind_a_proxy_that_is_trusted_the_real_address_counts() {
    let address = async |server: &Server| {
        let filter = AuditFilter { action: Some("session".into()), ..AuditFilter::default() };
        let log = server.app.store.audit_events(&Reach::Everything, &filter, None, 1).await.expect("the log");
        log[0].1.address.clone()
    };
    let attempt = |from: &str, login: &str| {
        let request = Request::new("POST", "/login").header("x-forwarded-for", from);
        request.form(&[("login", login), ("password", "wrong")])
    };
    for engine in Engine::all() {
        let server = Server::start_with(&engine, |parts| {
            parts.settings.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a range")];
        })
        .await;
        for n in 0..30 {
            let answer = server.send(attempt("203.0.113.5", &format!("user{n}"))).await;
            assert_eq!(answer.status, 401);
        }
        assert_eq!(address(&server).await, "203.0.113.5");
        assert_eq!(server.send(attempt("203.0.113.5", "another")).await.status, 429);
        assert_eq!(server.send(attempt("1.1.1.1, 203.0.113.5", "another")).await.status, 429, "made up");
        assert_eq!(server.send(attempt("203.0.113.6", "another")).await.status, 401);

        let server = Server::start(&engine).await;
        server.send(attempt("203.0.113.5", "ada")).await;
        assert_eq!(address(&server).await, "127.0.0.1", "whom nobody trusts is not believed");
    }
}
