//! What whoever looks after the server does by the API: the master key, backups, a look over the installation, settings.

use super::{Server, client::Request, with_server};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt as _};
use weir_ingest::open_secret;
use weir_model::{Integration, KeyScope};
use weir_vault::ExposeSecret as _;

/// What an admin's key gets.
struct Admin<'a> {
    server: &'a Server,
    key: String,
}

impl<'a> Admin<'a> {
    async fn of(server: &'a Server) -> Self {
        Self { server, key: server.key(KeyScope::Admin, None).await.secret }
    }

    async fn get(&self, path: &str) -> super::client::Answer {
        self.server.send(Request::get(path).key(&self.key)).await
    }

    async fn post(&self, path: &str, body: Option<Value>) -> super::client::Answer {
        let request = Request::new("POST", path).key(&self.key);
        self.server.send(body.iter().fold(request, |request, body| request.json(body))).await
    }

    /// The newest line of the audit log with this action.
    async fn noted(&self, action: &str) -> Value {
        let found = self.get(&format!("/api/v1/audit?action={action}&limit=1")).await.json();
        found["items"][0].clone()
    }
}

async fn opens(server: &Server, integration: &Integration) {
    let secret = open_secret(&server.app.store, &server.app.vault, integration).await.expect("it opens");
    assert_eq!(secret.expose_secret(), "hunter2");
}

#[tokio::test]
async fn a_rotated_key_is_in_use_at_once_and_what_was_sealed_before_still_opens() {
    with_server(async |server| {
        let admin = Admin::of(&server).await;
        let before = server.integration_with("before", "hunter2").await;
        let shown = admin.get("/api/v1/master-keys").await.json();
        let old = server.app.vault.key_id();
        assert_eq!(shown["items"][0]["id"], json!(old));
        assert_eq!(
            (&shown["items"][0]["state"], &shown["items"][0]["sealed"]),
            (&json!("active"), &json!(1))
        );
        let key = fs::read_to_string(server.app.key_file().path()).expect("the key file");
        assert!(!shown.to_string().contains(key.trim()));

        let rotated = admin.post("/api/v1/master-keys/rotate", None).await;
        assert_eq!(rotated.status, 200, "{rotated:?}");
        let done = rotated.json();
        let new = server.app.vault.key_id();
        assert_ne!(new, old);
        assert_eq!(
            (&done["key"], &done["wrapped"], &done["resumed"]),
            (&json!(new), &json!(1), &json!(false))
        );
        assert_eq!(
            (&done["retired"], &done["kept_in"]),
            (&json!([old]), &json!([format!("secret.key.{old}")]))
        );
        opens(&server, &before).await;
        opens(&server, &server.integration_with("after", "hunter2").await).await;
        let shown = admin.get("/api/v1/master-keys").await.json();
        let counts: Vec<_> = shown["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|key| (&key["state"], &key["sealed"]))
            .collect();
        assert!(counts.contains(&(&json!("active"), &json!(2))), "{shown}");
        assert!(counts.contains(&(&json!("retired"), &json!(0))), "{shown}");
        let noted = admin.noted("master_key.rotate").await;
        assert_eq!((&noted["outcome"], &noted["detail"]["key"]), (&json!("done"), &json!(new)));
    })
    .await;
}

#[tokio::test]
async fn a_rotation_beside_another_is_refused_and_noted() {
    with_server(async |server| {
        let admin = Admin::of(&server).await;
        let lock = server.app.key_file().lock().expect("an answer").expect("nobody holds it");
        let refused = admin.post("/api/v1/master-keys/rotate", None).await;
        assert_eq!((refused.status, refused.code()), (409, "key.rotating".into()));
        let noted = admin.noted("master_key.rotate").await;
        assert_eq!((&noted["outcome"], &noted["detail"]["code"]), (&json!("failed"), &json!("key.rotating")));
        drop(lock);
        assert_eq!(admin.post("/api/v1/master-keys/rotate", None).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_backup_is_made_listed_described_and_proved() {
    with_server(async |server| {
        let admin = Admin::of(&server).await;
        server.integration_alone("the site").await;
        assert_eq!(admin.get("/api/v1/backups").await.json()["items"], json!([]));
        let made = admin.post("/api/v1/backups", Some(json!({ "name": "first.tar" }))).await;
        assert_eq!(made.status, 201, "{made:?}");
        let made = made.json();
        assert_eq!((&made["name"], &made["tables"]["integration"]), (&json!("first.tar"), &json!(1)));
        assert_eq!(made["key_id"], json!(server.app.vault.key_id()));
        assert_eq!(admin.get("/api/v1/backups/first.tar").await.json(), made);
        let path = server.app.home.join("backups/first.tar");
        let metadata = fs::metadata(&path).expect("it is there");
        assert_eq!(
            (metadata.permissions().mode() & 0o777, json!(metadata.len())),
            (0o600, made["bytes"].clone())
        );

        // Without a name it gets one of its own, that of the instant.
        let second = admin.post("/api/v1/backups", None).await;
        assert_eq!(second.status, 201, "{second:?}");
        let listed = admin.get("/api/v1/backups?limit=1").await.json();
        assert_eq!(listed["items"][0]["name"], second.json()["name"]);
        let next = listed["next"].as_str().expect("more follows");
        let rest = admin.get(&format!("/api/v1/backups?after={next}")).await.json();
        assert_eq!((&rest["items"][0]["name"], &rest["has_more"]), (&json!("first.tar"), &json!(false)));

        for depth in ["checksum", "structure", "restore"] {
            let proved =
                admin.post("/api/v1/backups/first.tar/verify", Some(json!({ "depth": depth }))).await;
            assert_eq!(proved.status, 200, "{proved:?}");
            let proved = proved.json();
            assert_eq!((&proved["verdict"], &proved["depth"]), (&json!("whole"), &json!(depth)));
            assert_eq!(proved["rows"], made["rows"]);
        }
        let unsaid = admin.post("/api/v1/backups/first.tar/verify", None).await.json();
        assert_eq!(unsaid["depth"], "restore");
        let noted = admin.noted("backup.create").await;
        assert_eq!((&noted["outcome"], &noted["subject"]), (&json!("done"), &second.json()["name"]));
        assert_eq!(admin.noted("backup.verify").await["outcome"], "done");
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_is_not_whole_is_said_and_noted() {
    with_server(async |server| {
        let admin = Admin::of(&server).await;
        assert_eq!(admin.post("/api/v1/backups", Some(json!({ "name": "a.tar" }))).await.status, 201);
        let path = server.app.home.join("backups/a.tar");
        let mut bytes = fs::read(&path).expect("it is there");
        // The first part begins behind its header, of 512 bytes.
        bytes[520] ^= 1;
        fs::write(&path, bytes).expect("it is changed");
        let broken = admin.post("/api/v1/backups/a.tar/verify", None).await;
        assert_eq!((broken.status, broken.code()), (409, "backup.broken".into()));
        let noted = admin.noted("backup.verify").await;
        assert_eq!(
            (&noted["outcome"], &noted["detail"]["code"]),
            (&json!("failed"), &json!("backup.broken"))
        );
        fs::write(&path, "something else").expect("it is changed");
        let foreign = admin.get("/api/v1/backups/a.tar").await;
        assert_eq!((foreign.status, foreign.code()), (409, "backup.foreign".into()));
    })
    .await;
}

#[tokio::test]
async fn a_name_reaches_nothing_but_backups_and_replaces_none() {
    with_server(async |server| {
        let admin = Admin::of(&server).await;
        for bad in ["", ".tar", "a", "../a.tar", "a/b.tar", "/tmp/a.tar", "a\u{0}.tar", "ä.tar"] {
            let refused = admin.post("/api/v1/backups", Some(json!({ "name": bad }))).await;
            assert_eq!((refused.status, refused.code()), (400, "request.bad".into()), "{bad}");
        }
        for elsewhere in ["none.tar", "..%2Fsecret.key", "%2e%2e%2fweir.tar", "secret.key"] {
            let path = format!("/api/v1/backups/{elsewhere}");
            assert_eq!(admin.get(&path).await.code(), "backup.unknown", "{elsewhere}");
            assert_eq!(
                admin.post(&format!("{path}/verify"), None).await.code(),
                "backup.unknown",
                "{elsewhere}"
            );
        }
        let wish = json!({ "name": "a.tar" });
        assert_eq!(admin.post("/api/v1/backups", Some(wish.clone())).await.status, 201);
        let again = admin.post("/api/v1/backups", Some(wish.clone())).await;
        assert_eq!((again.status, again.code()), (409, "file.exists".into()));
        let busy = server.app.backups.clone().lock_owned().await;
        let beside = admin.post("/api/v1/backups", None).await;
        assert_eq!((beside.status, beside.code()), (409, "backup.busy".into()));
        assert_eq!(admin.post("/api/v1/backups/a.tar/verify", None).await.code(), "backup.busy");
        drop(busy);
        assert_eq!(admin.post("/api/v1/backups", None).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn the_installation_is_looked_over_and_what_is_wrong_is_said_with_its_remedy() {
    with_server(async |server| {
        let admin = Admin::of(&server).await;
        let home = fs::Permissions::from_mode(0o700);
        fs::set_permissions(&server.app.home, home).expect("it is for its owner alone");
        let integration = server.integration_alone("the site").await;
        server.app.store.pause(&integration, "me", None).await.expect("it is paused");
        let found = admin.get("/api/v1/doctor").await.json();
        let check = |found: &Value, name: &str| {
            let all = found["checks"].as_array().expect("checks").clone();
            all.into_iter().find(|one| one["check"] == name).unwrap_or_else(|| panic!("{name}: {found}"))
        };
        for (name, state) in [
            ("home", "ok"),
            ("files", "ok"),
            ("proxy", "ok"),
            ("store", "ok"),
            ("integrity", "ok"),
            ("key", "ok"),
            ("runs", "ok"),
            ("site", "skipped"),
        ] {
            assert_eq!(check(&found, name)["state"], state, "{found}");
        }
        assert_eq!((&found["passed"], &found["failed"]), (&json!(true), &json!(0)), "{found}");
        assert_eq!(check(&found, "site")["subject"], "the site");

        let key = server.app.key_file();
        fs::set_permissions(key.path(), fs::Permissions::from_mode(0o644)).expect("it is opened");
        let found = admin.get("/api/v1/doctor").await.json();
        assert_eq!(found["passed"], false, "{found}");
        let files = check(&found, "files");
        assert_eq!((&files["state"], &files["code"]), (&json!("fail"), &json!("file.open")), "{found}");
        assert!(files["fix"].as_str().is_some_and(|fix| fix.contains("chmod")), "{files}");
    })
    .await;
}

#[tokio::test]
async fn settings_in_force_are_shown() {
    with_server(async |server| {
        let admin = Admin::of(&server).await;
        let shown = admin.get("/api/v1/config").await.json();
        assert_eq!(
            shown,
            json!({ "items": [{ "setting": "max_in_flight", "value": "2", "from": "default" }] })
        );
    })
    .await;
}

#[tokio::test]
async fn a_folder_that_is_full_takes_no_further_backup() {
    with_server(async |server| {
        let admin = Admin::of(&server).await;
        let folder = server.app.home.join("backups");
        fs::create_dir_all(&folder).expect("a folder");
        for no in 0..weir_ingest::backups::MOST {
            fs::write(folder.join(format!("b{no}.tar")), "").expect("a file");
        }
        let refused = admin.post("/api/v1/backups", None).await;
        let said = refused.json();
        assert_eq!((refused.status, &said["code"]), (409, &json!("backup.full")), "{said}");
        fs::remove_file(folder.join("b0.tar")).expect("it is removed");
        assert_eq!(admin.post("/api/v1/backups", None).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn what_takes_no_body_refuses_one() {
    with_server(async |server| {
        let admin = Admin::of(&server).await;
        let before = server.app.vault.key_id();
        let refused = admin.post("/api/v1/master-keys/rotate", Some(json!({ "dry_run": true }))).await;
        assert_eq!((refused.status, &refused.json()["code"]), (400, &json!("request.bad")));
        assert_eq!(server.app.vault.key_id(), before);
        assert_eq!(admin.post("/api/v1/master-keys/rotate", None).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_server_without_its_key_is_not_ready() {
    with_server(async |server| {
        let admin = Admin::of(&server).await;
        server.integration_with("one", "hunter2").await;
        assert_eq!(admin.get("/readyz").await.status, 200);
        fs::remove_file(server.app.key_file().path()).expect("the key");
        let ready = admin.get("/readyz").await;
        assert_eq!(ready.status, 503);
        let said = ready.json();
        let key = said["checks"].as_array().expect("checks").last().expect("a check");
        assert_eq!((&key["name"], &key["code"]), (&json!("key"), &json!("key.missing")), "{said}");
    })
    .await;
}
