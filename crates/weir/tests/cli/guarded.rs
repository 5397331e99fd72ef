//! Addresses that somebody gives to the server: they lead to no private network, unless the operator has opened it, whoever runs
//! the integration afterwards. And what was asked for there is seen here.

use crate::{
    serve::{Serving, send_json, serving_with},
    support::{Machine, READER, READER_TOKEN, site},
};
use jira_sim::Sim;
use serde_json::{Value, json};

async fn key(machine: &Machine) -> String {
    let made = machine.run(&["api-key", "create", "--scope", "admin", "--name", "one"]).await.succeeded();
    made.stdout.split_whitespace().last().expect("the key").to_owned()
}

async fn connect(server: &Serving, sim: &Sim, key: &str) -> (u16, Value) {
    let wanted = json!({
        "url": sim.url(), "name": "site", "credential": { "email": READER, "token": READER_TOKEN },
    });
    send_json(&server.host, "POST", "/api/v1/integrations", key, Some(&wanted)).await
}

#[tokio::test]
async fn a_private_address_that_came_through_the_api_is_reached_only_where_the_operator_has_opened_it() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    let closed = serving_with(&machine, &[]).await;
    let admin = key(&machine).await;
    let (status, refused) = connect(&closed, &sim, &admin).await;
    assert_eq!((status, &refused["code"]), (409, &json!("url.blocked")), "{refused}");
    drop(closed);
    let open = serving_with(&machine, &["--allow-address", "127.0.0.0/8"]).await;
    let (status, made) = connect(&open, &sim, &admin).await;
    assert_eq!(status, 201, "{made}");
    let (_, config) = send_json(&open.host, "GET", "/api/v1/config", &admin, None).await;
    let mut settings = config["items"].as_array().expect("items").iter();
    let opened = settings.find(|one| one["setting"] == "allow_address").expect("it is there");
    assert_eq!(
        opened,
        &json!({ "setting": "allow_address", "value": "127.0.0.0/8", "from": "--allow-address" })
    );
    drop(open);
    machine.run(&["sync"]).await.refused(5, "points to a private network");
    let machine = machine.with("WEIR_ALLOW_ADDRESS", "127.0.0.0/8");
    machine.run(&["sync"]).await.succeeded();
    let machine = machine.with("WEIR_ALLOW_ADDRESS", "10.0.0.0/33");
    machine.run(&["status"]).await.refused(2, "WEIR_ALLOW_ADDRESS");
    let bad = machine.with("WEIR_ALLOW_ADDRESS", "").run(&["serve", "--allow-address", "a b"]).await;
    bad.refused(2, "--allow-address");
}

#[tokio::test]
async fn a_deletion_that_was_asked_for_through_the_api_stops_runs_and_is_taken_back_here() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let server = serving_with(&machine, &[]).await;
    let admin = key(&machine).await;
    let (status, _) = send_json(&server.host, "DELETE", "/api/v1/integrations/site", &admin, None).await;
    assert_eq!(status, 202);
    machine.run(&["sync", "site"]).await.refused(6, "is about to be deleted");
    machine.run(&["integration", "restore", "site"]).await.succeeded();
    machine.run(&["sync", "site"]).await.succeeded();
    machine.run(&["integration", "restore", "site"]).await.refused(6, "is not about to be deleted");
    let (status, _) = send_json(&server.host, "DELETE", "/api/v1/integrations/site?in=0", &admin, None).await;
    assert_eq!(status, 202);
    for _ in 0..100 {
        let path = "/api/v1/deleted-integrations";
        let (_, receipts) = send_json(&server.host, "GET", path, &admin, None).await;
        if receipts["items"][0]["name"] == "site" {
            assert!(receipts["items"][0]["removed"]["issues"].as_u64() > Some(0), "{receipts}");
            machine.run(&["sync", "site"]).await.refused(3, "no integration");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("it was not deleted");
}
