//! Looking after a server from elsewhere, and on its own machine: both see the same.

use crate::{
    serve::{send_json, serving},
    support::{Machine, site},
};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_through_the_api_is_what_the_commands_see() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let server = serving(&machine).await;
    let made = machine.run(&["api-key", "create", "--scope", "admin", "--name", "one"]).await.succeeded();
    let key = made.stdout.split_whitespace().last().expect("the key").to_owned();
    let ask = async |method: &str, path: &str| send_json(&server.host, method, path, &key, None).await;
    let of_json =
        async |words: &[&str]| machine.run(&[words, &["--format", "json"]].concat()).await.succeeded().json();

    let (status, rotated) = ask("POST", "/api/v1/master-keys/rotate").await;
    assert_eq!((status, &rotated["wrapped"]), (200, &json!(1)), "{rotated}");
    let (_, shown) = ask("GET", "/api/v1/master-keys").await;
    assert_eq!(shown["items"], of_json(&["keys", "show"]).await);
    assert_eq!(shown["items"].as_array().expect("keys").len(), 2);
    // The server and the machine both sign in with what is under the new key.
    let (status, checked) = ask("POST", "/api/v1/integrations/site/validate").await;
    assert_eq!((status, &checked["passed"]), (200, &json!(true)), "{checked}");
    machine.run(&["sync"]).await.succeeded();
    let rotated = machine.run(&["keys", "rotate"]).await.succeeded();
    let (status, checked) = ask("POST", "/api/v1/integrations/site/validate").await;
    assert_eq!((status, &checked["passed"]), (200, &json!(true)), "{checked} after {rotated:?}");

    let (status, backup) = ask("POST", "/api/v1/backups").await;
    assert_eq!(status, 201, "{backup}");
    let (_, listed) = ask("GET", "/api/v1/backups").await;
    assert_eq!(listed["items"], of_json(&["backup", "list"]).await);
    let file = machine.home().join("backups").join(backup["name"].as_str().expect("a name"));
    let proved = of_json(&["backup", "verify", &file.display().to_string()]).await;
    assert_eq!((&proved["verdict"], &proved["rows"]), (&json!("whole"), &backup["rows"]));

    let newest = of_json(&["runs", "show"]).await;
    let (_, run) = ask("GET", &format!("/api/v1/runs/{}", newest["id"].as_str().expect("an id"))).await;
    assert_eq!(run["kinds"], newest["kinds"]);
    assert!(run["kinds"]["projects"]["read"].as_u64() > Some(0) && run["quarantined"] == 0, "{run}");

    let (_, config) = ask("GET", "/api/v1/config").await;
    let (items, here) = (config["items"].as_array().expect("items"), of_json(&["config", "explain"]).await);
    let here = here.as_array().expect("settings");
    assert_eq!(items[..here.len()], here[..], "what is no flag of the server's");
    let of = |setting: &str| items.iter().find(|one| one["setting"] == setting).expect("it is there");
    assert_eq!((&of("listen")["value"], &of("public_url")["value"]), (&json!(server.host), &json!("none")));
    let of = |report: &Value| -> Vec<(Value, Value)> {
        let checks = report["checks"].as_array().expect("checks").iter();
        checks.map(|one| (one["check"].clone(), one["state"].clone())).collect()
    };
    let (status, report) = ask("GET", "/api/v1/doctor").await;
    assert_eq!(status, 200);
    let here = machine.run(&["doctor", "--format", "json"]).await.json();
    assert_eq!(of(&report), of(&here), "{report:#} {here:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_is_not_called_like_an_address_of_the_server() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    for name in ["new", "validate", "deleted"] {
        machine.add(&sim, name, &[]).await.refused(6, "cannot be the name of an integration");
        machine
            .run(&["integration", "edit", "site", "--rename", name])
            .await
            .refused(6, "cannot be the name of an integration");
    }
    machine.run(&["integration", "edit", "site", "--rename", "newer"]).await.succeeded();
}
