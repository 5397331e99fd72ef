//! A look over the installation: each thing that can be wrong is found, with its cause and its remedy.

use crate::support::{Machine, Ran, number, site, site_of};
use jira_sim::{SimOptions, WorldSpec};
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

async fn looked(machine: &Machine) -> (Ran, Value) {
    let ran = machine.run(&["doctor", "--format", "json"]).await;
    let report = ran.json();
    assert_eq!(ran.code, Some(i32::from(number(&report, "failed") > 0)), "{ran:#?}");
    assert_eq!(report["passed"], number(&report, "failed") == 0);
    for check in report["checks"].as_array().expect("checks") {
        let is_wrong = ["warn", "fail"].contains(&check["state"].as_str().expect("a state"));
        assert_eq!(
            check["fix"].is_string() && check["cause"].is_string() && check["code"].is_string(),
            is_wrong,
            "{check}"
        );
        assert!(check["sentence"].as_str().expect("a sentence").len() > 5, "{check}");
    }
    (ran, report)
}

/// What was not found to be in order: state, check and code.
fn wrong(report: &Value) -> Vec<(String, String, String)> {
    let text = |check: &Value, name: &str| check[name].as_str().unwrap_or_default().to_owned();
    let checks = report["checks"].as_array().expect("checks").iter();
    checks
        .filter(|check| ["warn", "fail"].contains(&check["state"].as_str().expect("a state")))
        .map(|check| (text(check, "state"), text(check, "check"), text(check, "code")))
        .collect()
}

async fn finds(machine: &Machine, expected: &[(&str, &str, &str)]) {
    let (ran, report) = looked(machine).await;
    let found = wrong(&report);
    let found: Vec<(&str, &str, &str)> =
        found.iter().map(|(state, check, code)| (state.as_str(), check.as_str(), code.as_str())).collect();
    assert_eq!(found, expected, "{ran:#?}");
}

/// A machine with an integration from whose site nothing was withheld.
async fn well(sim: &jira_sim::Sim) -> Machine {
    let machine = Machine::synced(sim).await;
    machine.sql("UPDATE run_count SET skipped = 0").await;
    machine
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_in_order_is_told_so_and_nothing_is_changed() {
    let sim = site().await;
    let machine = well(&sim).await;
    machine.run(&["backup", "create"]).await.succeeded();
    fs::rename(machine.home().join("backups"), machine.folder().join("elsewhere")).expect("it moves");
    let before = machine.settled();
    let (_, report) = looked(&machine).await;
    assert_eq!(wrong(&report), [], "{report:#}");
    for check in [
        "home",
        "files",
        "disk",
        "proxy",
        "store",
        "integrity",
        "key",
        "runs",
        "integration",
        "site",
        "clock",
    ] {
        let found = report["checks"].as_array().expect("checks").iter().find(|one| one["check"] == check);
        assert_eq!(found.expect(check)["state"], "ok", "{report:#}");
    }
    let said = machine.run(&["doctor"]).await.succeeded();
    assert!(said.stdout.contains("All is well.") && said.stdout.contains("ok       home"), "{said:#?}");
    let after = machine.settled();
    assert!(after == before, "{:?}", after.keys());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_yet_nothing_is_wrong_and_nothing_is_made() {
    let machine = Machine::new();
    finds(&machine, &[]).await;
    assert!(!machine.home().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_read_what_is_found() {
    let sim = site().await;
    let machine = well(&sim).await;
    set_mode(&machine.home(), 0o755);
    finds(&machine, &[("warn", "home", "home.open")]).await;
    set_mode(&machine.home(), 0o777);
    finds(&machine, &[("fail", "home", "home.open")]).await;
    set_mode(&machine.home(), 0o700);
    set_mode(&machine.home().join("secret.key"), 0o640);
    finds(&machine, &[("fail", "files", "file.open"), ("fail", "key", "key.bad")]).await;
    set_mode(&machine.home().join("secret.key"), 0o600);
    set_mode(&machine.home().join("weir.db"), 0o644);
    let (_, report) = looked(&machine).await;
    let found = wrong(&report);
    assert!(!found.is_empty(), "{report:#}");
    // SQLite gives the files beside the store the same permissions.
    assert!(found.iter().all(|one| (&*one.0, &*one.2) == ("warn", "file.open")), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_missing_wrong_or_half_rotated_is_found() {
    let sim = site().await;
    let machine = well(&sim).await;
    let path = machine.home().join("secret.key");
    let right = fs::read_to_string(&path).expect("the key");
    fs::remove_file(&path).expect("it goes");
    finds(&machine, &[("fail", "key", "key.missing")]).await;
    let stranger = Machine::connected(&sim).await;
    fs::copy(stranger.home().join("secret.key"), &path).expect("it comes");
    finds(&machine, &[("fail", "key", "key.wrong")]).await;
    let both = format!("{right}{}", fs::read_to_string(&path).expect("the other key"));
    fs::write(&path, both).expect("both");
    finds(&machine, &[("warn", "key", "key.unfinished")]).await;
    fs::write(&path, right).expect("the right one");
    fs::write(machine.home().join(".secret.key.Xy"), "").expect("a leftover");
    fs::write(machine.home().join(".weir-backup-Xy"), "").expect("a leftover");
    set_mode(&machine.home().join(".secret.key.Xy"), 0o600);
    set_mode(&machine.home().join(".weir-backup-Xy"), 0o600);
    finds(&machine, &[("warn", "files", "file.left"), ("warn", "files", "file.left")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_newer_foreign_or_damaged_is_found() {
    let sim = site().await;
    let machine = well(&sim).await;
    machine.sql("ALTER TABLE issue_sprint RENAME COLUMN sprint_id TO sprint").await;
    finds(&machine, &[("fail", "integrity", "store.damaged")]).await;
    machine.sql("INSERT INTO migration VALUES (1000, 0)").await;
    finds(&machine, &[("fail", "store", "store.newer")]).await;

    let machine = well(&sim).await;
    let path = machine.home().join("weir.db");
    let mut bytes = fs::read(&path).expect("the store");
    // Pages in the middle, as a failing disk leaves them.
    let middle = bytes.len() / 2 / 8192 * 8192;
    bytes[middle..middle + 4 * 8192].fill(0xa5);
    fs::write(&path, &bytes).expect("it is damaged");
    let (ran, report) = looked(&machine).await;
    // Whether it is met on opening or on looking through depends on whose pages they are.
    let is_told =
        wrong(&report).iter().any(|(state, _, code)| (&**state, &**code) == ("fail", "store.damaged"));
    assert!(is_told, "{ran:#?}");
    fs::write(&path, "a letter").expect("it is another file");
    set_mode(&path, 0o600);
    finds(&machine, &[("fail", "store", "store.foreign")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_reached_is_found() {
    let machine = Machine::new().with("WEIR_STORE", "postgres://weir:s3cret@127.0.0.1:9/weir");
    let (ran, report) = looked(&machine).await;
    assert_eq!(wrong(&report)[0].2, "store.unreachable", "{ran:#?}");
    assert!(!ran.stdout.contains("s3cret"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_on_postgres_is_looked_over_too() {
    let Some(pg) = weir_testkit::Pg::shared() else { return };
    let sim = site().await;
    let database = pg.database().await;
    let machine = Machine::near(&sim).with("WEIR_STORE", database.url());
    machine.add(&sim, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    use sqlx::{Connection as _, PgConnection};
    let mut connection = PgConnection::connect(database.url()).await.expect("the server");
    let well = "UPDATE weir.run_count SET skipped = 0";
    sqlx::raw_sql(well).execute(&mut connection).await.expect("nothing was withheld");
    finds(&machine, &[]).await;
    let drop = "ALTER TABLE weir.sprint DROP COLUMN goal CASCADE";
    sqlx::raw_sql(drop).execute(&mut connection).await.expect("the column goes");
    finds(&machine, &[("fail", "integrity", "store.damaged")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_down_or_lives_in_another_time_is_found() {
    let sim = site().await;
    let machine = well(&sim).await;
    let now = sim.now();
    sim.set_clock(now + 10_000);
    finds(&machine, &[("warn", "clock", "clock.off")]).await;
    sim.set_clock(now - 3_600_000);
    finds(&machine, &[("fail", "clock", "clock.off")]).await;
    machine.run(&["integration", "pause"]).await.succeeded();
    finds(&machine, &[]).await;
    machine.run(&["integration", "resume"]).await.succeeded();
    sim.stop().await;
    finds(&machine, &[("fail", "site", "net.connect")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_has_gone_back_is_found() {
    let sim = site().await;
    let machine = well(&sim).await;
    machine.sql("UPDATE run SET started_at = started_at + 7200000").await;
    let (_, report) = looked(&machine).await;
    assert!(wrong(&report).contains(&("fail".into(), "clock".into(), "clock.back".into())), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn integrations_that_are_not_well_are_found() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    finds(&machine, &[("warn", "integration", "integration.unwell")]).await;
    machine.run(&["sync"]).await.succeeded();
    machine.sql("UPDATE run SET result = 'failed', error_code = 'auth.revoked'").await;
    let (_, report) = looked(&machine).await;
    let found = &wrong(&report)[0];
    assert_eq!((found.0.as_str(), found.1.as_str()), ("fail", "integration"), "{report:#}");
    let check = report["checks"].as_array().expect("checks").iter().find(|one| one["check"] == "integration");
    assert!(
        check.expect("it")["fix"].as_str().is_some_and(|fix| fix.contains("weir integration reauth")),
        "{report:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_cut_off_is_found() {
    let spec = WorldSpec { issues: 400, projects: 3, ..WorldSpec::default() };
    let options = SimOptions { latency: std::time::Duration::from_millis(40), ..SimOptions::default() };
    let sim = site_of(spec, options).await;
    let machine = Machine::connected(&sim).await;
    let mut child = machine.command(&["sync"]).spawn().expect("it starts");
    while machine.count("SELECT count(*) FROM lease WHERE expires_at > 0").await == 0 {
        tokio::task::yield_now().await;
    }
    child.kill().await.expect("it is killed");
    let (_, report) = looked(&machine).await;
    assert!(wrong(&report).contains(&("warn".into(), "runs".into(), "run.left".into())), "{report:#}");
    machine.run(&["sync"]).await.succeeded();
    machine.sql("UPDATE run_count SET skipped = 0").await;
    finds(&machine, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_none_is_found_and_a_password_is_not_shown() {
    let machine = Machine::new().with("HTTPS_PROXY", "ftp://me:s3cret@proxy:21");
    finds(&machine, &[("fail", "proxy", "proxy.bad")]).await;
    let machine = Machine::new().with("HTTPS_PROXY", "http://me:s3cret@proxy:3128");
    let (ran, report) = looked(&machine).await;
    assert_eq!(wrong(&report), []);
    assert!(ran.stdout.contains("proxy:3128") && !ran.stdout.contains("s3cret"), "{ran:#?}");
}
