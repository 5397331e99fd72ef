//! `weir user`, `weir workspace` and `weir audit` as an operator meets them, beside a server that is running.

use crate::{
    serve::{form, get, serving},
    support::Machine,
};
use serde_json::Value;

async fn json(machine: &Machine, arguments: &[&str]) -> Value {
    let ran = machine.run(&[arguments, &["--format", "json"]].concat()).await.succeeded();
    serde_json::from_str(&ran.stdout).expect("JSON")
}

async fn sign_in(host: &str, login: &str, password: &str) -> bool {
    let answer = form(host, "/login", &format!("login={login}&password={password}")).await;
    answer.contains("set-cookie: weir=") && answer.starts_with("HTTP/1.1 303")
}

#[tokio::test]
async fn somebody_who_is_invited_on_the_command_line_chooses_a_password_in_the_browser() {
    let machine = Machine::new();
    let server = serving(&machine).await;
    machine.run(&["workspace", "add", "Payments"]).await.succeeded();
    let address = format!("http://{}", server.host);
    let invite =
        ["user", "add", "Ada@Acme.example", "--admin", "--workspace", "Payments", "--role", "editor"];
    let made = machine.run(&[&invite[..], &["--public-url", &address]].concat()).await.succeeded();
    let link = made.stdout.trim().to_owned();
    let path = link.strip_prefix(&address).unwrap_or_else(|| panic!("{link}"));
    assert!(get(&server.host, path, None).await.contains("ada@acme.example"));
    let listed = json(&machine, &["user", "list"]).await;
    assert_eq!(
        (&listed[0]["state"], &listed[0]["workspaces"][0]),
        (&"invited".into(), &"Payments: editor".into())
    );
    let token = path.split_once("token=").expect("a token").1;
    let fields = format!("token={token}&password=correct+horse+battery&repeated=correct+horse+battery");
    assert!(form(&server.host, "/invitation", &fields).await.starts_with("HTTP/1.1 303"));
    assert!(sign_in(&server.host, "ada@acme.example", "correct+horse+battery").await);
    assert_eq!(json(&machine, &["user", "list"]).await[0]["state"], "active");
    assert_eq!(
        json(&machine, &["user", "sessions", "ada@acme.example"]).await.as_array().map(Vec::len),
        Some(2)
    );

    machine.run(&["user", "deactivate", "ada@acme.example"]).await.refused(6, "last one");
    machine.run(&["user", "edit", "ada@acme.example", "--no-admin"]).await.refused(6, "last one");
    machine.run(&["user", "end-sessions", "ada@acme.example"]).await.succeeded();
    assert_eq!(json(&machine, &["user", "sessions", "ada@acme.example"]).await, Value::Array(vec![]));
    // Whoever may use the store may let somebody in, also when everybody has forgotten their password.
    let again = machine.run(&["user", "invite", "ada@acme.example"]).await.succeeded();
    assert!(again.stdout.starts_with("http://127.0.0.1:8420/invitation?token="), "{}", again.stdout);
    machine.run(&["user", "edit", "ada@acme.example", "--name", "Ada L."]).await.succeeded();
    let log = machine.run(&["audit", "--action", "user", "--format", "jsonl"]).await.succeeded();
    for action in ["user.invite\"", "user.accept\"", "user.invite_again\"", "user.edit\""] {
        assert!(log.stdout.contains(action), "{action}: {}", log.stdout);
    }
    assert!(!log.stdout.contains(token), "no link stands in the log");
}

#[tokio::test]
async fn workspaces_are_made_filled_and_deleted() {
    let machine = Machine::new();
    for name in ["One", "Two"] {
        machine.run(&["workspace", "add", name]).await.succeeded();
    }
    machine.run(&["workspace", "add", "One"]).await.refused(6, "already called");
    machine.run(&["workspace", "add", " "]).await.refused(2, "NAME");
    machine.run(&["user", "add", "ada"]).await.succeeded();
    machine
        .run(&["workspace", "grant", "One", "ada", "--role", "owner", "--role", "viewer"])
        .await
        .succeeded();
    machine.run(&["workspace", "grant", "One", "ada", "--role", "king"]).await.refused(2, "--role");
    machine.run(&["workspace", "grant", "One", "eve", "--role", "viewer"]).await.refused(3, "no account");
    let members = json(&machine, &["workspace", "members", "One"]).await;
    assert_eq!(members[0]["roles"], serde_json::json!(["owner", "viewer"]));
    machine.run(&["workspace", "remove", "One", "ada"]).await.succeeded();
    assert_eq!(json(&machine, &["workspace", "members", "One"]).await, Value::Array(vec![]));
    machine.run(&["workspace", "rename", "Two", "One"]).await.refused(6, "already called");
    machine.run(&["workspace", "rename", "Two", "Three"]).await.succeeded();
    machine.run(&["workspace", "delete", "Three"]).await.refused(2, "would be deleted");
    machine.run(&["workspace", "delete", "Three", "--confirm", "Three"]).await.succeeded();
    machine.run(&["workspace", "map", "One", "nothing"]).await.refused(3, "no integration");
    machine.run(&["workspace", "members", "Three"]).await.refused(3, "no workspace");
    let names = json(&machine, &["workspace", "list"]).await;
    assert_eq!(names.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn who_is_not_there_and_what_is_not_said_is_told() {
    let machine = Machine::new();
    for command in ["invite", "deactivate", "reactivate", "sessions", "end-sessions"] {
        machine.run(&["user", command, "nobody"]).await.refused(3, "no account");
    }
    machine.run(&["user", "add", "a b"]).await.refused(2, "name to sign in");
    machine.run(&["user", "add", "ada", "--public-url", "weir.example"]).await.refused(2, "--public-url");
    machine.run(&["user", "add", "ada"]).await.succeeded();
    machine.run(&["user", "add", "ADA"]).await.refused(6, "already signs in");
    machine.run(&["user", "edit", "ada"]).await.refused(2, "--name");
    let link = ["user", "link", "ada", "--subject", "0-ada", "--issuer"];
    machine.run(&[&link[..], &["login"]].concat()).await.refused(2, "--issuer");
    machine.run(&[&link[..], &["https://login.example"]].concat()).await.succeeded();
    let unlink = ["user", "unlink", "ada", "--subject", "0-eve", "--issuer", "https://login.example"];
    machine.run(&unlink).await.refused(3, "identity");
}
