//! Signing in at an identity provider, and everything that must not let anybody in.

use super::{
    Browser, Server,
    client::{Answer, Request},
    provider::{CLIENT, Stub, assembled},
};
use crate::auth::oidc::{GroupRole, Provider};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::collections::HashMap;
use weir_model::{Account, Clock as _, Identity, KeyScope, Reach, Role};
use weir_store::AuditFilter;
use weir_testkit::Engine;

const MINUTE_MS: i64 = 60_000;

/// Runs a test with a provider and a server on each database.
async fn with_provider(test: impl AsyncFn(Server, Stub)) {
    for engine in Engine::all() {
        let stub = Stub::start().await;
        let settings = stub.settings();
        let server = Server::start_with(&engine, |parts| {
            parts.provider = Some(Provider::new(settings, &parts.environment).expect("settings that fit"));
        })
        .await;
        test(server, stub).await;
    }
}

/// Somebody on the way to the provider.
#[derive(Clone)]
struct Trip {
    cookie: String,
    asked: HashMap<String, String>,
}

impl Trip {
    fn of(answer: &Answer, address: &str) -> Self {
        let cookie = answer.header("set-cookie").expect("a cookie").split(';').next().expect("it").to_owned();
        let address: url::Url = address.parse().expect("an address");
        Self { cookie, asked: address.query_pairs().into_owned().collect() }
    }

    async fn begin(server: &Server) -> Self {
        let answer = server.send(Request::get("/login/oidc?next=/integrations")).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        Self::of(&answer, answer.header("location").expect("the way"))
    }

    /// What an honest provider would say now.
    fn claims(&self, server: &Server, stub: &Stub, subject: &str) -> Value {
        let now = server.clock.now().0 / 1_000;
        json!({ "iss": stub.issuer(), "aud": CLIENT, "sub": subject, "nonce": self.asked["nonce"],
            "iat": now, "exp": now + 300, "sid": "s-1", "email": "ada@acme.example", "email_verified": true })
    }

    async fn come_back(&self, server: &Server, query: &[(&str, &str)]) -> Answer {
        let path = format!("/login/oidc/callback?{}", crate::http::body::query(query));
        server.send(Request::get(&path).header("cookie", &self.cookie)).await
    }

    /// Comes back with a code for a token.
    async fn with_token(&self, server: &Server, stub: &Stub, token: String) -> Answer {
        stub.grant(token, &self.asked["code_challenge"]);
        self.come_back(server, &[("code", "the code"), ("state", &self.asked["state"])]).await
    }
}

async fn link(server: &Server, stub: &Stub, account: &Account, subject: &str) {
    let identity = Identity { issuer: stub.issuer(), subject: subject.into() };
    server.app.store.link_identity(&account.id, &identity).await.expect("it is linked");
}

/// The session that an answer begins, if it does.
fn session(server: &Server, answer: &Answer) -> Option<Browser> {
    let cookie = answer.header("set-cookie").filter(|cookie| cookie.starts_with("weir="))?;
    Some(Browser::with_cookie(server, cookie))
}

async fn sign_in(server: &Server, stub: &Stub, subject: &str) -> Answer {
    let trip = Trip::begin(server).await;
    let token = stub.signed(&trip.claims(server, stub, subject));
    trip.with_token(server, stub, token).await
}

#[tokio::test]
async fn whoever_is_linked_signs_in_at_the_provider_and_out_again() {
    with_provider(async |server, stub| {
        let ada = server.account("ada", false, None).await;
        link(&server, &stub, &ada, "0-ada").await;
        let page = server.send(Request::get("/login?next=/runs/1")).await.body;
        assert!(page.contains("Sign in with Acme Login") && page.contains("/login/oidc?next="), "{page}");
        let trip = Trip::begin(&server).await;
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("scope", "openid"),
            ("code_challenge_method", "S256"),
            ("tenant", "1"),
            ("redirect_uri", &format!("http://{}/login/oidc/callback", server.address)),
        ] {
            assert_eq!(trip.asked[name], value, "{name}");
        }
        let token = stub.signed(&trip.claims(&server, &stub, "0-ada"));
        let answer = trip.with_token(&server, &stub, token).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/integrations")), "{answer:?}");
        let browser = session(&server, &answer).expect("a session");
        assert_eq!(server.send(browser.get("/api/v1/me")).await.json()["name"], "ada");
        let out = server.send(browser.post("/logout", &[])).await;
        assert_eq!(out.header("location"), Some("/login?left=true"));
        let page = server.send(Request::get("/login?left=true")).await.body;
        assert!(page.contains(&format!("{}/logout?client_id=weir+here", stub.issuer())), "{page}");
        assert_eq!(server.send(browser.get("/api/v1/me")).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn groups_give_roles_at_each_sign_in_and_take_away_none_that_somebody_gave() {
    for engine in Engine::all() {
        let stub = Stub::start().await;
        let role = |text: &str| GroupRole::parse(text).expect("a group and its role");
        let groups = ["eng=Payments:editor", "ops=Payments:admin", "eng=Gone:viewer"].map(role).to_vec();
        let settings =
            crate::auth::oidc::ProviderSettings { scope: Some("groups".into()), groups, ..stub.settings() };
        let server = Server::start_with(&engine, |parts| {
            parts.provider = Some(Provider::new(settings, &parts.environment).expect("settings that fit"));
        })
        .await;
        let own = server.workspace("Payments").await;
        let ada = server.account("ada", false, Some((own, &[Role::Viewer]))).await;
        link(&server, &stub, &ada, "0-ada").await;
        let roles_after = async |groups: Value| {
            let trip = Trip::begin(&server).await;
            assert_eq!(trip.asked["scope"], "openid groups");
            let mut claims = trip.claims(&server, &stub, "0-ada");
            claims["groups"] = groups;
            let answer = trip.with_token(&server, &stub, stub.signed(&claims)).await;
            assert_eq!(answer.status, 303, "{answer:?}");
            let roles = server.app.store.roles_of(&ada.id).await.expect("roles");
            roles.into_iter().map(|(_, role)| role.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(roles_after(json!(["eng", "ops", "sales"])).await, ["admin", "editor", "viewer"]);
        assert_eq!(roles_after(json!("eng")).await, ["editor", "viewer"]);
        // Roles that somebody gives and takes are others, also where they are the same.
        server.app.store.set_roles(&ada.id, &own, &[Role::Editor]).await.expect("they are given");
        assert_eq!(roles_after(json!({ "eng": true })).await, ["editor"]);
        assert_eq!(roles_after(json!(["eng"])).await, ["editor"]);
        server.app.store.set_roles(&ada.id, &own, &[]).await.expect("they are taken");
        let (key, id) = (server.key(KeyScope::Admin, None).await.secret, own.to_string());
        let members = Request::get(&format!("/api/v1/workspaces/{id}/members")).key(&key);
        let member = server.send(members.clone()).await.json()["items"][0].clone();
        assert_eq!(
            (&member["roles"], &member["roles_by_group"]),
            (&json!([]), &json!(["editor"])),
            "{member}"
        );
        assert!(roles_after(Value::Null).await.is_empty(), "she is in no group any more");
        assert_eq!(server.send(members).await.json()["items"], json!([]));
        let filter = AuditFilter { action: Some("member.by_group".into()), ..AuditFilter::default() };
        let noted =
            server.app.store.audit_events(&Reach::Everything, &filter, None, 10).await.expect("lines");
        let last = &noted.first().expect("a line").1;
        assert_eq!((last.actor_kind.as_str(), last.workspace), ("scheduler", Some(own)));
        assert!(last.detail.contains(&("roles_before".to_owned(), "editor".to_owned())), "{last:?}");
    }
}

#[tokio::test]
async fn a_forged_token_lets_nobody_in() {
    with_provider(async |server, stub| {
        let ada = server.account("ada@acme.example", true, None).await;
        link(&server, &stub, &ada, "0-ada").await;
        let other = Stub::start().await;
        type Forge = fn(&Stub, &Stub, Value) -> String;
        let with = |name: &'static str, forge: Forge| (name, forge);
        fn changed(stub: &Stub, mut claims: Value, name: &str, value: Value) -> String {
            match value {
                Value::Null => claims.as_object_mut().expect("claims").remove(name),
                value => claims.as_object_mut().expect("claims").insert(name.into(), value),
            };
            stub.signed(&claims)
        }
        fn later(claims: &Value, seconds: i64) -> Value {
            json!(claims["iat"].as_i64().expect("a time") + seconds)
        }
        let cases = [
            with("another issuer", |stub, _, claims| {
                changed(stub, claims, "iss", json!("https://evil.example"))
            }),
            with("an issuer with a slash", |stub, _, claims| {
                let issuer = format!("{}/", stub.issuer());
                changed(stub, claims, "iss", json!(issuer))
            }),
            with("another audience", |stub, _, claims| changed(stub, claims, "aud", json!("another"))),
            with("no audience", |stub, _, claims| changed(stub, claims, "aud", Value::Null)),
            with("several audiences", |stub, _, claims| {
                changed(stub, claims, "aud", json!([CLIENT, "another"]))
            }),
            with("another party", |stub, _, claims| changed(stub, claims, "azp", json!("another"))),
            with("another nonce", |stub, _, claims| changed(stub, claims, "nonce", json!("0"))),
            with("no nonce", |stub, _, claims| changed(stub, claims, "nonce", Value::Null)),
            with("run out", |stub, _, claims| {
                let past = later(&claims, -61);
                changed(stub, claims, "exp", past)
            }),
            with("no end", |stub, _, claims| changed(stub, claims, "exp", Value::Null)),
            with("made tomorrow", |stub, _, claims| {
                let future = later(&claims, 86_400);
                changed(stub, claims, "iat", future)
            }),
            with("not before tomorrow", |stub, _, claims| {
                let future = later(&claims, 86_400);
                changed(stub, claims, "nbf", future)
            }),
            with("nobody", |stub, _, claims| changed(stub, claims, "sub", json!(""))),
            with("the key of another", |stub, other, claims| other.signed_with(&stub.header(), &claims)),
            with("a key that is not listed", |stub, _, claims| {
                stub.signed_with(&Header { kid: Some("two".into()), ..stub.header() }, &claims)
            }),
            with("another kind of token", |stub, _, claims| {
                stub.signed_with(&Header { typ: Some("logout+jwt".into()), ..stub.header() }, &claims)
            }),
            with("something that must be understood", |stub, _, claims| {
                stub.signed_with(&Header { crit: Some(vec!["b64".into()]), ..stub.header() }, &claims)
            }),
            with("no signature", |_, _, claims| assembled(&json!({ "alg": "none" }), &claims, "")),
            with("no signature, with a key", |_, _, claims| {
                assembled(&json!({ "alg": "NONE", "kid": "one" }), &claims, "")
            }),
            with("the public key as a secret", |stub, _, claims| {
                let header = Header { alg: Algorithm::HS256, ..stub.header() };
                encode(&header, &claims, &EncodingKey::from_secret(&stub.public())).expect("it signs")
            }),
            with("the secret that is listed", |_, _, claims| {
                let header = Header { kid: Some("secret".into()), ..Header::new(Algorithm::HS256) };
                encode(&header, &claims, &EncodingKey::from_secret(&[0, 0, 0])).expect("it signs")
            }),
            with("a change after signing", |stub, _, claims| {
                let signed = stub.signed(&claims);
                let signature = signed.rsplit('.').next().expect("a signature").to_owned();
                let mut claims = claims;
                claims["admin"] = json!(true);
                assembled(&json!({ "alg": "ES256", "kid": "one" }), &claims, &signature)
            }),
            with("no token", |_, _, _| "x".into()),
            with("too long a token", |stub, _, claims| {
                changed(stub, claims, "pad", json!("x".repeat(70_000)))
            }),
        ];
        let refusals = cases.len();
        for (name, forge) in cases {
            // Attempts are counted, and forgotten after a while.
            server.clock.advance(16 * MINUTE_MS);
            let trip = Trip::begin(&server).await;
            let token = forge(&stub, &other, trip.claims(&server, &stub, "0-ada"));
            let answer = trip.with_token(&server, &stub, token).await;
            assert_eq!(answer.status, 403, "{name}: {answer:?}");
            assert!(session(&server, &answer).is_none(), "{name}: {answer:?}");
        }
        let filter = AuditFilter { outcome: Some("refused".into()), ..AuditFilter::default() };
        let log =
            server.app.store.audit_events(&Reach::Everything, &filter, None, 100).await.expect("the log");
        assert_eq!(log.len(), refusals, "each of them stands in the audit log");
        server.clock.advance(16 * MINUTE_MS);
        assert_eq!(sign_in(&server, &stub, "0-ada").await.status, 303, "what was refused held nobody up");
    })
    .await;
}

#[tokio::test]
async fn clocks_that_are_a_little_apart_keep_nobody_out() {
    with_provider(async |server, stub| {
        let ada = server.account("ada", false, None).await;
        link(&server, &stub, &ada, "0-ada").await;
        for shift in [-350, 50] {
            let trip = Trip::begin(&server).await;
            let mut claims = trip.claims(&server, &stub, "0-ada");
            for name in ["iat", "exp"] {
                claims[name] = json!(claims[name].as_i64().expect("a time") + shift);
            }
            claims["aud"] = json!([CLIENT]);
            let answer = trip.with_token(&server, &stub, stub.signed(&claims)).await;
            assert_eq!(answer.status, 303, "{shift}: {answer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_good_once_in_the_browser_that_asked_and_for_ten_minutes() {
    with_provider(async |server, stub| {
        let ada = server.account("ada", false, None).await;
        link(&server, &stub, &ada, "0-ada").await;
        let trip = Trip::begin(&server).await;
        let token = || stub.signed(&trip.claims(&server, &stub, "0-ada"));
        let code = |state: &str| {
            [("code".to_owned(), "the code".to_owned()), ("state".to_owned(), state.to_owned())]
        };
        let back = async |trip: &Trip, state: &str| {
            stub.grant(token(), &trip.asked["code_challenge"]);
            let query = code(state);
            let query: Vec<(&str, &str)> = query.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            trip.come_back(&server, &query).await
        };
        let state = trip.asked["state"].clone();
        let elsewhere = Trip { cookie: "weir-sign-in=".to_owned() + &"0".repeat(64), ..trip.clone() };
        assert_eq!(back(&elsewhere, &state).await.status, 400, "another browser");
        let without = Trip { cookie: "a=b".into(), ..trip.clone() };
        assert_eq!(back(&without, &state).await.status, 400, "no cookie");
        assert_eq!(back(&trip, &"0".repeat(64)).await.status, 400, "another state");
        assert_eq!(back(&trip, "").await.status, 400, "no state");
        assert_eq!(back(&trip, &state).await.status, 303);
        let again = back(&trip, &state).await;
        assert_eq!(again.status, 400, "once");
        assert!(session(&server, &again).is_none());
        let late = Trip::begin(&server).await;
        server.clock.advance(10 * MINUTE_MS);
        assert_eq!(back(&late, &late.asked["state"]).await.status, 400, "ten minutes");
    })
    .await;
}

#[tokio::test]
async fn what_a_provider_says_no_to_or_another_one_says_yes_to_is_refused() {
    with_provider(async |server, stub| {
        let trip = Trip::begin(&server).await;
        let state = trip.asked["state"].clone();
        let no = trip.come_back(&server, &[("error", "access_denied<script>"), ("state", &state)]).await;
        assert!(no.status == 403 && no.body.contains("access_deniedscript"), "{no:?}");
        let trip = Trip::begin(&server).await;
        stub.grant(stub.signed(&trip.claims(&server, &stub, "0-ada")), &trip.asked["code_challenge"]);
        let state = trip.asked["state"].clone();
        let mixed = [("code", "the code"), ("state", &state), ("iss", "https://evil.example")];
        assert_eq!(trip.come_back(&server, &mixed).await.status, 403);
        let trip = Trip::begin(&server).await;
        let state = trip.asked["state"].clone();
        stub.grant(stub.signed(&trip.claims(&server, &stub, "0-ada")), "another challenge");
        let refused = trip.come_back(&server, &[("code", "the code"), ("state", &state)]).await;
        assert!(refused.status == 403 && refused.body.contains("invalid_grant"), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_stranger_gets_no_account_whatever_their_e_mail_address_is() {
    with_provider(async |server, stub| {
        server.account("ada@acme.example", true, None).await;
        let closed = server.account("closed", false, None).await;
        link(&server, &stub, &closed, "0-closed").await;
        server.app.store.disable_account(&closed.id, true).await.expect("it is closed");
        for subject in ["0-eve", "ada@acme.example", "0-closed"] {
            let answer = sign_in(&server, &stub, subject).await;
            assert_eq!(answer.status, 403, "{answer:?}");
            assert!(
                answer.body.contains("Nobody here is linked") && answer.body.contains(subject),
                "{answer:?}"
            );
            assert!(session(&server, &answer).is_none());
        }
        let accounts = server.app.store.accounts(&Reach::Everything, None, 10).await.expect("accounts");
        assert_eq!(accounts.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_can_be_taken_up_with_an_identity_and_a_profile_be_linked_to_one() {
    with_provider(async |server, stub| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let post = Request::new("POST", "/api/v1/users").key(&key).json(&json!({ "login": "ada" }));
        let made = server.send(post).await.json();
        let token = made["link"].as_str().expect("a link").split_once("token=").expect("it").1.to_owned();
        let way = |page: &Answer| {
            let href = page.body.split("href=\"").find(|part| part.contains("/authorize?")).expect("the way");
            href.split('"').next().expect("it").replace("&#38;", "&")
        };
        let form = Request::new("POST", "/invitation/oidc").header("sec-fetch-site", "same-origin");
        let page = server.send(form.clone().form(&[("token", &token)])).await;
        assert_eq!(page.status, 200, "{page:?}");
        let trip = Trip::of(&page, &way(&page));
        let answer =
            trip.with_token(&server, &stub, stub.signed(&trip.claims(&server, &stub, "0-ada"))).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(session(&server, &answer).is_some());
        assert_eq!(server.send(form.form(&[("token", &token)])).await.status, 409, "it works once");

        let eve = server.account("eve", false, None).await;
        let browser = server.browser(&eve).await;
        let both =
            |trip: &Trip| Trip { cookie: format!("{}; {}", browser.cookie, trip.cookie), ..trip.clone() };
        for (subject, status) in [("0-ada", 409), ("0-eve", 303)] {
            let page = server.send(browser.post("/settings/profile/link", &[])).await;
            let trip = both(&Trip::of(&page, &way(&page)));
            let token = stub.signed(&trip.claims(&server, &stub, subject));
            assert_eq!(trip.with_token(&server, &stub, token).await.status, status, "{subject}");
        }
        let page = server.send(browser.post("/settings/profile/link", &[])).await;
        let trip = Trip::of(&page, &way(&page));
        let token = stub.signed(&trip.claims(&server, &stub, "0-third"));
        assert_eq!(trip.with_token(&server, &stub, token).await.status, 400, "nobody is signed in there");
        let identities = server.app.store.identities_of(&eve.id).await.expect("them");
        assert_eq!(identities.iter().map(|one| one.subject.as_str()).collect::<Vec<_>>(), ["0-eve"]);

        let path = format!("/api/v1/users/{}/identities", eve.id);
        let listed = server.send(Request::get(&path).key(&key)).await.json();
        assert_eq!(listed["items"][0]["subject"], "0-eve");
        let query = crate::http::body::query(&[("issuer", &stub.issuer()), ("subject", "0-eve")]);
        let gone = Request::new("DELETE", &format!("{path}?{query}")).key(&key);
        assert_eq!(server.send(gone.clone()).await.status, 204);
        assert_eq!(server.send(gone).await.code(), "identity.unknown");
        let put = Request::new("PUT", &path).key(&key);
        let body = json!({ "issuer": stub.issuer(), "subject": "0-eve" });
        assert_eq!(server.send(put.clone().json(&body)).await.status, 204);
        assert_eq!(server.send(put.json(&json!({ "issuer": "x", "subject": "y" }))).await.status, 400);
        assert_eq!(sign_in(&server, &stub, "0-eve").await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn new_keys_are_asked_for_when_they_are_named_but_not_all_day() {
    with_provider(async |server, stub| {
        let ada = server.account("ada", false, None).await;
        link(&server, &stub, &ada, "0-ada").await;
        assert_eq!(sign_in(&server, &stub, "0-ada").await.status, 303);
        assert_eq!(stub.asked_for_keys(), 1);
        server.clock.advance(2 * MINUTE_MS);
        assert_eq!(sign_in(&server, &stub, "0-ada").await.status, 303);
        assert_eq!(stub.asked_for_keys(), 1, "known keys are not asked for again");
        stub.rotate("two");
        assert_eq!(sign_in(&server, &stub, "0-ada").await.status, 303);
        assert_eq!(stub.asked_for_keys(), 2);
        for _ in 0..5 {
            let trip = Trip::begin(&server).await;
            let header = Header { kid: Some("made up".into()), ..stub.header() };
            let token = stub.signed_with(&header, &trip.claims(&server, &stub, "0-ada"));
            assert_eq!(trip.with_token(&server, &stub, token).await.status, 403);
        }
        assert_eq!(stub.asked_for_keys(), 2, "not more often than once a minute");
        server.clock.advance(61 * MINUTE_MS);
        assert_eq!(sign_in(&server, &stub, "0-ada").await.status, 303);
        assert_eq!(stub.asked_for_keys(), 3, "once in an hour in any case");
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_away_or_says_odd_things_of_itself_is_not_believed() {
    with_provider(async |server, stub| {
        server.account("ada", false, None).await;
        for odd in [
            json!({ "issuer": "https://evil.example" }),
            json!({ "issuer": format!("{}/", stub.issuer()) }),
            json!({ "token_endpoint": "http://evil.example/token" }),
            json!({ "jwks_uri": "ftp://127.0.0.1/jwks" }),
            json!({ "authorization_endpoint": "javascript:alert(1)" }),
        ] {
            stub.configure(odd.clone());
            let answer = server.send(Request::get("/login/oidc")).await;
            assert_eq!(answer.status, 403, "{odd}: {answer:?}");
            assert!(answer.header("set-cookie").is_none() && answer.header("location").is_none());
        }
        stub.configure(json!({ "issuer": "x".repeat(2_000_000) }));
        assert_eq!(server.send(Request::get("/login/oidc")).await.status, 503);
    })
    .await;
    let away = Server::start_with(&Engine::Sqlite, |parts| {
        let settings = crate::auth::oidc::ProviderSettings {
            issuer: "http://127.0.0.1:1".into(),
            client_id: "x".into(),
            client_secret: None,
            name: "Away".into(),
            ca_pem: None,
            scope: None,
            groups_claim: "groups".into(),
            groups: vec![],
        };
        parts.provider = Some(Provider::new(settings, &parts.environment).expect("settings that fit"));
    })
    .await;
    away.account("ada", false, None).await;
    assert_eq!(away.send(Request::get("/login/oidc")).await.status, 503);
    assert_eq!(away.send(Request::get("/login")).await.status, 200, "passwords go on");
    for bad in ["http://login.example", "https://user@login.example", "login.example", ""] {
        let settings = crate::auth::oidc::ProviderSettings {
            issuer: bad.into(),
            client_id: "x".into(),
            client_secret: None,
            name: "Bad".into(),
            ca_pem: None,
            scope: None,
            groups_claim: "groups".into(),
            groups: vec![],
        };
        assert!(Provider::new(settings, &away.app.environment).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn attempts_at_the_provider_are_counted_by_address() {
    with_provider(async |server, stub| {
        server.account("ada", false, None).await;
        let mut held = 0;
        for _ in 0..40 {
            held += u16::from(server.send(Request::get("/login/oidc")).await.status == 429);
        }
        assert_eq!(held, 10, "{}", stub.issuer());
    })
    .await;
}

#[tokio::test]
async fn the_provider_can_say_that_somebody_has_left() {
    with_provider(async |server, stub| {
        let ada = server.account("ada", false, None).await;
        link(&server, &stub, &ada, "0-ada").await;
        let by_password = server.browser(&ada).await;
        let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
        let now = || server.clock.now().0 / 1_000;
        let said = async |claims: Value| {
            let token = stub.signed(&claims);
            let form = [("logout_token", token.as_str())];
            server.send(Request::new("POST", "/login/oidc/logout").form(&form)).await.status
        };
        let logout = |more: Value| {
            let mut claims =
                json!({ "iss": stub.issuer(), "aud": CLIENT, "iat": now(), "jti": "1", "events": event });
            for (name, value) in more.as_object().expect("claims") {
                claims[name] = value.clone();
            }
            claims
        };
        let is_in = async |browser: &Browser| server.send(browser.get("/api/v1/me")).await.status == 200;
        for (more, ends) in [
            (json!({ "sub": "0-ada" }), true),
            (json!({ "sid": "s-1" }), true),
            (json!({ "sub": "0-ada", "sid": "s-1" }), true),
            (json!({ "sub": "0-ada", "sid": "s-2" }), false),
            (json!({ "sub": "0-eve" }), false),
        ] {
            let browser = session(&server, &sign_in(&server, &stub, "0-ada").await).expect("a session");
            assert_eq!(said(logout(more.clone())).await, 200, "{more}");
            assert_eq!(is_in(&browser).await, !ends, "{more}");
        }
        let browser = session(&server, &sign_in(&server, &stub, "0-ada").await).expect("a session");
        for bad in [
            json!({ "sub": "0-ada", "events": {} }),
            json!({ "sub": "0-ada", "nonce": "1" }),
            json!({ "sub": "0-ada", "aud": "another" }),
            json!({ "sub": "0-ada", "iat": now() - 600 }),
            json!({ "sid": "" }),
            json!({}),
        ] {
            assert_eq!(said(logout(bad.clone())).await, 400, "{bad}");
        }
        assert!(
            is_in(&browser).await && is_in(&by_password).await,
            "a session with a password is not the provider's"
        );
    })
    .await;
}
