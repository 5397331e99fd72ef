//! The master key: refused when it is missing or wrong, shown by its id, rotated whatever comes in between.

use crate::support::{Machine, READER_TOKEN, number, site};
use serde_json::Value;
use std::{collections::BTreeSet, fs, time::Duration};

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
    let mut keys = BTreeSet::new();
    for ms in (0..36).map(|n| n * 2) {
        let mut child = machine.command(&["keys", "rotate"]).spawn().expect("it starts");
        tokio::time::sleep(Duration::from_millis(ms)).await;
        child.kill().await.expect("it is killed, or has ended");
        keys.insert(key(&machine));
        if ms % 8 == 0 {
            machine.run(&["integration", "check", "site"]).await.succeeded();
            machine.run(&["integration", "check", "second"]).await.succeeded();
        }
    }
    machine.run(&["keys", "rotate"]).await.succeeded();
    settled(&machine).await;
    assert!(keys.len() > 2, "no rotation came far enough to be cut off");
    machine.run(&["sync"]).await.succeeded();
    let left: Vec<String> = machine.kept().into_keys().filter(|name| name.starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}
