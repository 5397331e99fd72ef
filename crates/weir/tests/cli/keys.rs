//! The master key: refused when it is missing or wrong, shown by its id, rotated whatever comes in between.

use crate::support::{Machine, READER_TOKEN, number, order, site};
use serde_json::Value;
use std::{fs, time::Instant};

fn key(machine: &Machine) -> String {
    fs::read_to_string(machine.home().join("secret.key")).expect("the key file")
}

async fn shown(machine: &Machine) -> Vec<Value> {
    let shown = machine.run(&["keys", "show", "--format", "json"]).await.succeeded();
    for line in key(machine).lines() {
        assert!(!shown.stdout.contains(line) && !shown.stderr.contains(line), "a key was printed");
    }
    shown.json().as_array().expect("a list").clone()
}

/// One key, in the file, with everything under it.
async fn settled(machine: &Machine) -> String {
    assert_eq!(key(machine).lines().count(), 1);
    let shown = shown(machine).await;
    let active: Vec<&Value> = shown.iter().filter(|key| key["state"] == "active").collect();
    assert_eq!(active.len(), 1, "{shown:?}");
    for key in &shown {
        assert_eq!(key["in_file"], key["state"] == "active", "{shown:?}");
        assert_eq!(number(key, "sealed") > 0, key["state"] == "active", "{shown:?}");
    }
    active[0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_signs_in_refuses_a_missing_and_a_wrong_key() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    machine.run(&["sync"]).await.succeeded();
    let right = key(&machine);
    let path = machine.home().join("secret.key");
    let token = machine.file("token", READER_TOKEN);
    let asked = sim.stats().requests;
    let stranger = Machine::connected(&sim).await;
    let passed = sim.stats().requests;
    for (name, what) in [("missing", "is missing"), ("wrong", "does not open")] {
        match name {
            "missing" => fs::remove_file(&path).expect("it goes"),
            _ => fs::copy(stranger.home().join("secret.key"), &path).map(drop).expect("it comes"),
        }
        let before = machine.kept();
        for command in [
            &["sync"][..],
            &["sync", "--full"],
            &["verify"],
            &["check", "site"],
            &["integration", "check"],
            &["integration", "edit", "--everything", "--exclude", "comment"],
            &["keys", "rotate"],
            &["demo", "--keep", "--issues", "50"],
        ] {
            machine.run(command).await.refused(6, what);
        }
        machine.add(&sim, "another", &[]).await.refused(6, what);
        if name == "wrong" {
            machine.run(&["integration", "reauth", "--token-file", &token]).await.refused(6, what);
        }
        for (file, content) in machine.kept() {
            assert!(file.starts_with("weir.db") || before.get(&file) == Some(&content), "{file} changed");
        }
        assert_eq!(machine.run(&["keys", "show"]).await.succeeded().code, Some(0));
        assert_eq!(machine.run(&["status"]).await.succeeded().code, Some(0));
    }
    assert_eq!(sim.stats().requests, passed, "a token left the house although nothing could be kept");
    assert!(passed > asked);
    fs::write(&path, right).expect("the key comes back");
    machine.run(&["sync"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_opens_everything_and_the_old_one_nothing() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    machine.add(&sim, "second", &[]).await.succeeded();
    let (old, old_line) = (settled(&machine).await, key(&machine));
    let done = machine.run(&["keys", "rotate", "--format", "json"]).await.succeeded().json();
    let new = settled(&machine).await;
    assert_ne!(old, new);
    assert_eq!((number(&done, "wrapped"), done["key"].as_str()), (2, Some(new.as_str())), "{done}");
    machine.run(&["sync"]).await.succeeded();
    let aside = machine.home().join(format!("secret.key.{old}"));
    assert_eq!(fs::read_to_string(aside).expect("the old key is kept"), old_line);
    fs::write(machine.home().join("secret.key"), old_line).expect("the old key");
    machine.run(&["sync"]).await.refused(6, "does not open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_rotated_beside_a_sync() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    machine.add(&sim, "second", &[]).await.succeeded();
    let mut before = settled(&machine).await;
    for _ in 0..3 {
        let (synced, rotated) = tokio::join!(async { machine.run(&["sync", "--full"]).await }, async {
            machine.run(&["keys", "rotate"]).await
        });
        synced.succeeded();
        let rotated = rotated.succeeded();
        assert!(rotated.stdout.contains("is in use"), "{rotated:#?}");
        let after = settled(&machine).await;
        assert_ne!(before, after);
        before = after;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_is_killed_at_any_moment_leaves_a_store_that_opens() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    machine.add(&sim, "second", &[]).await.succeeded();
    let started = Instant::now();
    machine.run(&["keys", "rotate"]).await.succeeded();
    let takes = started.elapsed();
    for n in 0..24 {
        let mut child = machine.command(&["keys", "rotate"]).spawn().expect("it starts");
        tokio::time::sleep(takes * n / 24).await;
        child.kill().await.expect("it is killed, or has ended");
        if n % 4 == 0 {
            machine.run(&["integration", "check", "site"]).await.succeeded();
            machine.run(&["integration", "check", "second"]).await.succeeded();
        }
    }
    machine.run(&["keys", "rotate"]).await.succeeded();
    settled(&machine).await;
    machine.run(&["sync"]).await.succeeded();
    let left: Vec<String> = machine.kept().into_keys().filter(|name| name.starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_crashes_at_any_step_is_gone_on_with() {
    let sim = site().await;
    for point in ["keys.written", "keys.in_use", "keys.wrapped", "keys.retired", "keys.aside"] {
        let machine = Machine::connected(&sim).await;
        machine.add(&sim, "second", &[]).await.succeeded();
        let before = settled(&machine).await;
        let crashed = machine.command(&["keys", "rotate"]).env("WEIR_CRASH_AT", point).output().await;
        assert_eq!(crashed.expect("it starts").status.code(), None, "{point}: it did not crash");
        assert_eq!(key(&machine).lines().count(), 2, "{point}");
        for name in ["site", "second"] {
            machine.run(&["integration", "check", name]).await.succeeded();
        }
        let token = machine.file("token", READER_TOKEN);
        machine.run(&["integration", "reauth", "second", "--token-file", &token]).await.succeeded();
        machine.add(&sim, "third", &[]).await.succeeded();
        let report = machine.run(&["doctor", "--format", "json"]).await.json();
        let found = report["checks"].as_array().expect("checks").iter().find(|one| one["check"] == "key");
        assert_eq!(found.expect("the key")["code"], "key.unfinished", "{point}: {report:#}");

        let done = machine.run(&["keys", "rotate", "--format", "json"]).await.succeeded().json();
        assert_eq!(done["resumed"], true, "{point}: {done}");
        assert_eq!(done["retired"], serde_json::json!([before]), "{point}: {done}");
        assert_ne!(settled(&machine).await, before, "{point}");
        for name in ["site", "second", "third"] {
            machine.run(&["integration", "check", name]).await.succeeded();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_in_quarantine_open_after_a_rotation() {
    let sim = site().await;
    let row = Machine::synced(&sim).await.rows("issues").await.swap_remove(3);
    let id = row["id"].as_str().expect("an id");
    order(&sim, "/_sim/fault", &serde_json::json!({ "kind": "malformed", "issue": id })).await;
    let machine = Machine::synced(&sim).await;
    let before = machine.run(&["issues", "raw", id, "--format", "json"]).await.succeeded().stdout;
    let done = machine.run(&["keys", "rotate", "--format", "json"]).await.succeeded().json();
    assert_eq!(number(&done, "wrapped"), 2, "the credential and the body: {done}");
    settled(&machine).await;
    assert_eq!(machine.run(&["issues", "raw", id, "--format", "json"]).await.succeeded().stdout, before);
    // The backup has the body as the store has it: sealed.
    let file = machine.folder().join("backup.tar").display().to_string();
    machine.run(&["backup", "create", "-o", &file]).await.succeeded();
    machine.run(&["backup", "restore", &file, "--replace"]).await.succeeded();
    assert_eq!(machine.run(&["issues", "raw", id, "--format", "json"]).await.succeeded().stdout, before);
}
