//! Satellites through the API: who sees which, in which state, and that one may come no more.

use super::{
    Server,
    client::Request,
    connecting::{WIZARD, draft_of, get, led, owner, post},
    with_server,
};
use serde_json::{Value, json};
use weir_model::{
    AuthMethod, Clock as _, IntegrationId, KeyId, KeyScope, LogLevel, LogLine, Millis, Role, Satellite,
    SatelliteStatus,
};

const ALL: &str = "/api/v1/satellites";

impl Server {
    /// A satellite that has just reported; gives its id.
    pub(super) async fn satellite(&self, name: &str, key: KeyId, reads: &[IntegrationId]) -> String {
        let now = self.clock.now();
        let line = |level, text: &str| LogLine { at: now, level, text: text.into() };
        let satellite = Satellite {
            id: format!("sat_{name}"),
            name: name.into(),
            key,
            status: SatelliteStatus {
                version: "0.0.0".into(),
                protocol: Satellite::PROTOCOL,
                memory_bytes: 30 << 20,
                keeps_hours: Some(72),
                log: Some(vec![line(LogLevel::Error, "the site was away")]),
                ..SatelliteStatus::default()
            },
            first_at: now,
            beat_at: now,
            revoked: None,
            feeds: vec![],
        };
        self.app.store.satellite_beat(&satellite, reads, 120_000).await.expect("it reports");
        satellite.id
    }

    /// An integration that a satellite reads.
    pub(super) async fn fed(&self, name: &str) -> IntegrationId {
        let mut integration = self.integration_with(name, "").await;
        integration.settings.auth = AuthMethod::Satellite {};
        let note = weir_model::CredentialNote {
            ends: None,
            added_at: self.clock.now(),
            added_by: "test".into(),
            expires_on: None,
        };
        let before = self.app.store.integration(name).await.expect("a store").expect("it is there");
        let fresh = (&integration.settings.auth, "1", &note);
        self.app.store.replace_credential(&before, fresh, "").await.expect("it is left to a satellite");
        integration.id
    }
}

#[tokio::test]
async fn a_satellite_goes_from_online_over_late_to_offline_and_what_it_reads_is_shown() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let inside = server.fed("Inside").await;
        let by = server.key(KeyScope::Satellite, None).await.key.id;
        let id = server.satellite("berlin-1", by, &[inside]).await;
        let state = async |seconds: i64| {
            server.clock.advance(seconds * 1_000);
            let list = server.send(Request::get(ALL).key(&key)).await.json();
            assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
            list["items"][0]["state"].as_str().expect("a state").to_owned()
        };
        assert_eq!((state(45).await, state(1).await), ("online".to_owned(), "late".to_owned()));
        assert_eq!((state(74).await, state(1).await), ("late".to_owned(), "offline".to_owned()));

        let one = server.send(Request::get(&format!("{ALL}/{id}")).key(&key)).await.json();
        assert_eq!((&one["integrations"], &one["keeps_hours"]), (&json!(["Inside"]), &json!(72)));
        assert_eq!(one["log"][0]["text"], "the site was away");
        assert_eq!(one["heartbeats"][0]["beats"], 1);
        assert_eq!(one["key"]["name"], "satellite", "{one}");
        let inside = async || {
            server.send(Request::get("/api/v1/integrations/Inside").key(&key)).await.json()["reason_code"]
                .clone()
        };
        assert_eq!(inside().await, "satellite.offline");
        let gone = Request::new("DELETE", &format!("/api/v1/api-keys/{by}")).key(&key);
        assert_eq!(server.send(gone).await.status, 204);
        assert_eq!(inside().await, "satellite.key", "that is why");
        let root = server.browser(&server.account("root", true, None).await).await;
        let page = server.send(root.get(&format!("/satellites/{id}"))).await;
        assert!(page.body.contains("is let in no more"), "{}", page.body);
        // It is found by its name too.
        let named = server.send(Request::get(&format!("{ALL}/berlin-1")).key(&key)).await;
        assert_eq!(named.json()["id"], json!(id));
    })
    .await;
}

#[tokio::test]
async fn a_satellite_that_is_revoked_stays_so_and_one_that_is_forgotten_is_gone() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let by = server.key(KeyScope::Satellite, None).await.key.id;
        let id = server.satellite("one", by, &[]).await;
        let revoke = format!("{ALL}/{id}/revoke");
        for _ in 0..2 {
            assert_eq!(server.send(Request::new("POST", &revoke).key(&key)).await.status, 204);
        }
        let one = server.send(Request::get(&format!("{ALL}/{id}")).key(&key)).await.json();
        assert_eq!((&one["state"], one["revoked_at"].is_string()), (&json!("revoked"), true), "{one}");
        let audit = server.send(Request::get("/api/v1/audit").key(&key)).await.body;
        assert_eq!(audit.matches("satellite.revoke").count(), 1, "{audit}");
        // With a key that is good it would come back as another one.
        let forget = || Request::new("DELETE", &format!("{ALL}/{id}")).key(&key);
        assert_eq!(server.send(forget()).await.code(), "satellite.key_holds");
        let gone = Request::new("DELETE", &format!("/api/v1/api-keys/{by}")).key(&key);
        assert_eq!(server.send(gone).await.status, 204);
        assert_eq!(server.send(forget()).await.status, 204);
        assert_eq!(
            server.send(Request::get(&format!("{ALL}/{id}")).key(&key)).await.code(),
            "satellite.unknown_here"
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_sees_a_part_of_what_a_satellite_reads_is_told_of_that_part_alone() {
    with_server(async |server| {
        let (own, other) = (server.workspace("own").await, server.workspace("other").await);
        let (mine, theirs) = (server.fed("Mine").await, server.fed("Theirs").await);
        server.app.store.map_integration(&mine, &own, true).await.expect("it is mapped");
        server.app.store.map_integration(&theirs, &other, true).await.expect("it is mapped");
        let by = server.key(KeyScope::Satellite, None).await.key.id;
        let both = server.satellite("both", by, &[mine, theirs]).await;
        server.satellite("theirs", by, &[theirs]).await;
        let viewer = server.key(KeyScope::Read, Some(own)).await.secret;
        let list = server.send(Request::get(ALL).key(&viewer)).await.json();
        assert_eq!(
            (list["items"].as_array().map(Vec::len), &list["items"][0]["integrations"]),
            (Some(1), &json!(["Mine"]))
        );
        let one = server.send(Request::get(&format!("{ALL}/{both}")).key(&viewer)).await;
        assert!(!one.body.contains("Theirs") && one.json()["log"] == json!([]), "{}", one.body);
        // Its key is the server's: an admin of one workspace does not revoke it.
        let admin = server.key(KeyScope::Admin, Some(own)).await.secret;
        let refused = server.send(Request::new("POST", &format!("{ALL}/{both}/revoke")).key(&admin)).await;
        assert_eq!(refused.status, 404, "{refused:?}");
        let account = server.account("ann", false, Some((own, &[Role::Viewer]))).await;
        let browser = server.browser(&account).await;
        assert_eq!(server.send(browser.get(&format!("{ALL}/{both}"))).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_satellite_of_a_protocol_that_is_not_known_is_listed_and_has_no_turn() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let sat = server.key(KeyScope::Satellite, None).await.secret;
        server.fed("Inside").await;
        let beat = |protocol: u32| -> Value {
            json!({
                "id": "sat_new", "name": "new", "tenant": "ACME", "status": { "protocol": protocol, "version": "9.9.9" },
                "at": Millis(server.clock.now().0), "errands": [], "leaves": false,
                "feeds": [{ "named": "Inside", "url": "https://acme.example", "exclusions": { "fields": [], "user_details": false }, "timezone": null }],
            })
        };
        let send = async |beat: Value| {
            server.send(Request::new("POST", "/satellite/v1/beat").key(&sat).json(&beat)).await
        };
        let refused = send(beat(Satellite::PROTOCOL + 1)).await;
        assert_eq!(refused.code(), "satellite.protocol", "{refused:?}");
        let one = async || server.send(Request::get(&format!("{ALL}/sat_new")).key(&key)).await.json();
        let shown = one().await;
        assert_eq!((&shown["state"], &shown["has_turn"]), (&json!("too_new"), &json!([])), "{shown}");
        // An older one, which says nothing of what came later, goes on.
        assert_eq!(send(beat(Satellite::PROTOCOL - 1)).await.status, 200);
        let shown = one().await;
        assert_eq!((&shown["state"], &shown["has_turn"]), (&json!("online"), &json!(["Inside"])), "{shown}");
        for bad in ["", "a b", "../x", "\u{202e}", &"a".repeat(101)] {
            let mut wrong = beat(Satellite::PROTOCOL);
            wrong["id"] = json!(bad);
            assert_eq!(send(wrong).await.code(), "request.bad", "{bad}");
        }
        assert_eq!((&shown["keeps_hours"], shown["heartbeats"][0]["beats"].as_u64()), (&Value::Null, Some(2)));
    })
    .await;
}

#[tokio::test]
async fn a_site_that_no_server_reaches_is_connected_without_a_credential_and_without_asking_it() {
    with_server(async |server| {
        let browser = owner(&server).await;
        let address =
            [("address", "https://jira.inside.example"), ("name", "Inside"), ("beside", "satellite")];
        let first = [&[("step", "address"), ("draft", "")][..], &address].concat();
        let draft = draft_of(&led(&post(&server, &browser, WIZARD, &first).await));
        let page = get(&server, &browser, &format!("{WIZARD}?draft={draft}&step=sign-in")).await.body;
        assert!(page.contains("Continue with a satellite") && !page.contains("type=\"password\""), "{page}");
        let to = post(
            &server,
            &browser,
            WIZARD,
            &[("step", "sign-in"), ("draft", &draft), ("method", "satellite")],
        )
        .await;
        assert!(led(&to).ends_with("step=scope"), "{to:?}");
        let none = [("step", "scope"), ("draft", &*draft), ("choice", "projects"), ("keys", " ")];
        assert_eq!(post(&server, &browser, WIZARD, &none).await.status, 400);
        let some = [("step", "scope"), ("draft", &*draft), ("choice", "projects"), ("keys", "eng, OPS")];
        assert!(led(&post(&server, &browser, WIZARD, &some).await).ends_with("step=advanced"));
        let fields = [
            ("step", "advanced"),
            ("draft", &*draft),
            ("exclude", "description"),
            ("timezone", "Europe/Berlin"),
        ];
        assert!(led(&post(&server, &browser, WIZARD, &fields).await).ends_with("step=review"));
        let review = get(&server, &browser, &format!("{WIZARD}?draft={draft}&step=review")).await.body;
        assert!(review.contains("A satellite will read the projects ENG, OPS"), "{review}");
        let to = led(&post(&server, &browser, WIZARD, &[("step", "review"), ("draft", &draft)]).await);
        assert_eq!(to, "/integrations/Inside/satellite");

        let page = get(&server, &browser, &to).await.body;
        assert!(page.contains("It waits for its satellite"), "{page}");
        let file = get(&server, &browser, "/integrations/Inside/satellite.yml").await;
        let id = server.app.store.integration("Inside").await.expect("a store").expect("it is kept").id;
        for part in [
            "tenant: 'weir'",
            "url: 'https://jira.inside.example'",
            "timezone: 'Europe/Berlin'",
            &format!("- id: '{id}'"),
        ] {
            assert!(file.body.contains(part), "{part}: {}", file.body);
        }
        // It waits, says so, and nothing is wrong with it yet.
        let key = server.key(KeyScope::Read, None).await.secret;
        let shown = server.send(Request::get("/api/v1/integrations/Inside").key(&key)).await.json();
        assert_eq!((&shown["status"], &shown["reason_code"]), (&json!("pending"), &json!("satellite.none")));
        assert_eq!(shown["next_action"], "GET /api/v1/satellites");
        let monitoring = get(&server, &browser, "/integrations/Inside/monitoring").await.body;
        assert!(monitoring.contains("See its satellite"), "{monitoring}");
        // Its owner makes no keys; that of the server is told who does.
        let refused = post(&server, &browser, "/integrations/Inside/satellite/key", &[]).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        let root = server.account("root", true, None).await;
        let root = server.browser(&root).await;
        let to = led(&post(&server, &root, "/integrations/Inside/satellite/key", &[]).await);
        let once = get(&server, &root, &to).await.body;
        assert!(
            once.contains("The key for the satellite")
                && !get(&server, &root, &to).await.body.contains("made-key")
        );
    })
    .await;
}

#[tokio::test]
async fn an_integration_goes_to_a_satellite_and_its_credential_is_forgotten() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let id = server.integration_alone("one").await;
        let file = "/api/v1/integrations/one/satellite.yml";
        assert_eq!(server.send(Request::get(file).key(&key)).await.code(), "satellite.not_fed");
        for _ in 0..2 {
            let left = server.send(Request::new("POST", "/api/v1/integrations/one/satellite").key(&key)).await;
            assert_eq!((left.status, &left.json()["sign_in"]), (200, &json!("satellite")), "{left:?}");
        }
        assert_eq!(server.app.store.sealed(&id).await.expect("a store").as_deref(), Some(""));
        let given = server.send(Request::get(file).key(&key)).await;
        assert!(given.status == 200 && given.body.contains(&id.to_string()), "{given:?}");
        let audit = server.send(Request::get("/api/v1/audit").key(&key)).await.body;
        assert_eq!(audit.matches("integration.reauth").count(), 1, "{audit}");

        let new = json!({ "name": "two", "url": "https://jira.two.example", "satellite": true });
        let made = server.send(Request::new("POST", "/api/v1/integrations").key(&key).json(&new)).await;
        assert_eq!((made.status, &made.json()["sign_in"]), (201, &json!("satellite")), "{made:?}");
        for (wrong, code) in [
            (json!({ "name": "x", "url": "https://x.example" }), "auth.missing"),
            (json!({ "name": "x", "url": "https://x.example", "satellite": true, "credential": { "token": "t" } }), "auth.several"),
        ] {
            let refused = server.send(Request::new("POST", "/api/v1/integrations").key(&key).json(&wrong)).await;
            assert_eq!(refused.code(), code, "{refused:?}");
        }
    })
    .await;
}
