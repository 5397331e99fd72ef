//! Backups from the command line: made beside a sync, proved, brought back; killed at any moment.

use crate::support::{Machine, READER, READER_TOKEN, number, site, site_of};
use jira_sim::{SimOptions, WorldSpec};
use std::{fs, io::Read as _, path::Path, time::Instant};

/// Every part of a backup, unpacked.
fn unpacked(path: &Path) -> Vec<u8> {
    let mut all = vec![];
    let mut archive = tar::Archive::new(fs::File::open(path).expect("the backup"));
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("a part");
        let is_packed = entry.path().expect("a name").extension().is_some_and(|extension| extension == "gz");
        let mut part = vec![];
        entry.read_to_end(&mut part).expect("its content");
        match is_packed {
            true => flate2::read::GzDecoder::new(&part[..]).read_to_end(&mut all).map(drop).expect("lines"),
            false => all.extend(part),
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_proved_and_brings_a_lost_store_back() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let before = machine.rows("issues").await;
    let made = machine.run(&["backup", "create", "--format", "json"]).await.succeeded();
    assert!(made.stderr.contains("keep a copy of") && made.stderr.contains("secret.key"), "{made:#?}");
    let made = made.json();
    let file = made["file"].as_str().expect("a path").to_owned();
    assert!(number(&made, "rows") > 1000 && number(&made["tables"], "issue") == 150, "{made}");
    for depth in ["checksum", "structure", "restore"] {
        let proved = machine.run(&["backup", "verify", &file, "--depth", depth, "--format", "json"]).await;
        assert_eq!(proved.succeeded().json()["verdict"], "whole");
    }
    let refused = machine.run(&["backup", "restore", &file]).await.refused(6, "is not empty");
    assert!(refused.stderr.contains("--replace"), "{refused:#?}");

    fs::remove_file(machine.home().join("weir.db")).expect("the store is lost");
    machine.run(&["backup", "restore", &file]).await.succeeded();
    assert_eq!(machine.rows("issues").await, before);
    let again = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(number(&again, "written"), 0, "it goes on from where the backup was: {again}");
    machine.run(&["verify"]).await.succeeded();

    let replaced =
        machine.run(&["backup", "restore", &file, "--replace", "--format", "json"]).await.succeeded();
    let aside = replaced.json()["put_aside"].as_str().expect("it is named").to_owned();
    assert!(replaced.stderr.contains(&aside), "{replaced:#?}");
    let old = machine.run(&["export", "issues", "--store", &format!("sqlite:{aside}")]).await.succeeded();
    assert_eq!(old.stdout.lines().count(), before.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_goes_from_one_database_to_the_other() {
    let Some(pg) = weir_testkit::Pg::shared() else { return };
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let before = machine.rows("issues").await;
    let file = machine.folder().join("one.tar").display().to_string();
    machine.run(&["backup", "create", "-o", &file]).await.succeeded();
    let database = pg.database().await;
    let there = machine.with("WEIR_STORE", database.url());
    there.run(&["backup", "restore", &file]).await.succeeded();
    assert_eq!(there.rows("issues").await, before);
    let synced = there.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(number(&synced, "written"), 0, "{synced}");
    let two = there.folder().join("two.tar").display().to_string();
    there.run(&["backup", "create", "-o", &two]).await.succeeded();
    there.run(&["backup", "verify", &two]).await.succeeded();
    let back = format!("sqlite:{}", there.folder().join("back.db").display());
    there.run(&["backup", "restore", &two, "--store", &back]).await.succeeded();
    let exported = there.run(&["export", "issues", "--store", &back]).await.succeeded();
    assert_eq!(exported.stdout.lines().count(), before.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_no_secret_and_nothing_that_is_excluded() {
    let spec = WorldSpec { issues: 120, projects: 3, canary: true, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions::default()).await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &["--exclude", "description,userDetails"]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let file = machine.folder().join("backup.tar");
    machine.run(&["backup", "create", "-o", &file.display().to_string()]).await.succeeded();
    let (raw, unpacked) = (fs::read(&file).expect("the backup"), unpacked(&file));
    let has = |word: &str| {
        [&raw, &unpacked]
            .iter()
            .any(|bytes| bytes.windows(word.len()).any(|window| window == word.as_bytes()))
    };
    use base64::Engine as _;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{READER}:{READER_TOKEN}"));
    let key = fs::read_to_string(machine.home().join("secret.key")).expect("the key");
    for secret in [READER_TOKEN, &basic, key.trim(), "CANARY-description", "CANARY-email"] {
        assert!(!has(secret), "{secret} is in the backup");
    }
    assert!(has("CANARY-summary"), "what is kept is in it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_says_when_the_key_for_it_is_not_there() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    let file = machine.folder().join("backup.tar").display().to_string();
    machine.run(&["backup", "create", "-o", &file]).await.succeeded();
    machine.run(&["keys", "rotate"]).await.succeeded();
    let old = machine.kept().into_keys().find(|name| name.starts_with("secret.key.")).expect("it is kept");
    let restored = machine.run(&["backup", "restore", &file, "--replace"]).await.succeeded();
    assert!(restored.stderr.contains("warning: credentials in it are sealed with"), "{restored:#?}");
    machine.run(&["sync"]).await.refused(6, "does not open");
    fs::copy(machine.home().join(old), machine.home().join("secret.key")).expect("the old key comes back");
    machine.run(&["sync"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_backup_is_told_apart() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    let before = machine.settled();
    let file = machine.folder().join("backup.tar");
    let shown = file.display().to_string();
    machine.run(&["backup", "create", "-o", &shown]).await.succeeded();
    machine.run(&["backup", "create", "-o", &shown]).await.refused(6, "is there already");
    let whole = fs::read(&file).expect("the backup");
    fs::write(&file, &whole[..whole.len() / 2]).expect("it breaks off");
    let letter = machine.file("letter", "Dear friend");
    for command in ["verify", "restore"] {
        machine.run(&["backup", command, &shown]).await.refused(1, "is not whole");
        machine.run(&["backup", command, &letter]).await.refused(2, "is not a backup of Weir");
        machine.run(&["backup", command, "nothing.tar"]).await.refused(2, "cannot be read");
    }
    machine.run(&["backup", "create", "-o", "/proc/backup.tar"]).await.refused(5, "cannot be written");
    assert!(machine.settled() == before, "the store was changed");
    let empty = Machine::new();
    empty.run(&["backup", "create"]).await.refused(3, "There is no store");
    assert!(!empty.home().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_a_sync_is_whole_and_the_sync_is_not_held_up() {
    let spec = WorldSpec { issues: 1500, projects: 4, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions::default()).await;
    let machine = Machine::connected(&sim).await;
    let mut syncing = machine.command(&["sync", "--full", "--no-census"]).spawn().expect("it starts");
    let mut issues = vec![];
    for n in 0.. {
        let file = machine.folder().join(format!("{n}.tar")).display().to_string();
        let made =
            machine.run(&["backup", "create", "-o", &file, "--format", "json"]).await.succeeded().json();
        let tables = &made["tables"];
        assert_eq!(number(tables, "issue"), number(tables, "issue_text"), "{made}");
        issues.push(number(tables, "issue"));
        machine.run(&["backup", "verify", &file]).await.succeeded();
        if syncing.try_wait().expect("its state").is_some() || n > 100 {
            break;
        }
    }
    assert!(syncing.wait().await.expect("it ends").success());
    assert!(issues.is_sorted() && issues.len() > 1, "{issues:?}");
    assert_eq!(machine.rows("issues").await.len() as u64, jira_truth(&sim));
}

fn jira_truth(sim: &jira_sim::Sim) -> u64 {
    crate::support::truth(sim, jira_sim::TruthView::Issues, READER)
}

/// Runs a command again and again, and kills it a little later each time, from at once to when it would have ended.
async fn killed_later_and_later(
    machine: &Machine,
    command: impl Fn(u32) -> Vec<String>,
    mut look: impl AsyncFnMut(u32),
) {
    const TIMES: u32 = 24;
    let arguments = |n| command(n);
    let started = Instant::now();
    let whole: Vec<String> = arguments(TIMES);
    machine.run(&whole.iter().map(String::as_str).collect::<Vec<_>>()).await.succeeded();
    let takes = started.elapsed();
    look(TIMES).await;
    for n in 0..TIMES {
        let arguments = arguments(n);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut child = machine.command(&arguments).spawn().expect("it starts");
        tokio::time::sleep(takes * n / TIMES).await;
        child.kill().await.expect("it is killed, or has ended");
        look(n).await;
    }
}

fn words(command: &[&str]) -> Vec<String> {
    command.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_killed_has_no_name() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let file = |n: u32| machine.folder().join(format!("{n}.tar"));
    let create = |n| words(&["backup", "create", "-o", &file(n).display().to_string()]);
    killed_later_and_later(&machine, create, async |n| {
        if file(n).exists() {
            machine.run(&["backup", "verify", &file(n).display().to_string()]).await.succeeded();
        }
    })
    .await;
    machine.run(&["backup", "create", "-o", "last.tar"]).await.succeeded();
    assert_nothing_was_left(machine.folder());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_leaves_the_old_store_or_the_new_one() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let before = machine.rows("issues").await.len() as u64;
    machine.run(&["backup", "create", "-o", "whole.tar"]).await.succeeded();
    let target = |n: u32| machine.folder().join(format!("{n}.db"));
    let store = |n: u32| format!("sqlite:{}", target(n).display());
    let restore = |n| words(&["backup", "restore", "whole.tar", "--store", &store(n)]);
    killed_later_and_later(&machine, restore, async |n| {
        if target(n).exists() {
            let rows = machine.run(&["export", "issues", "--store", &store(n)]).await.succeeded();
            assert_eq!(rows.stdout.lines().count() as u64, before, "a half restored store passed for one");
        }
    })
    .await;
    machine.run(&["backup", "restore", "whole.tar", "--store", &store(1000)]).await.succeeded();
    assert_nothing_was_left(machine.folder());

    machine.run(&["integration", "edit", "--rename", "changed"]).await.succeeded();
    let replace = |_| words(&["backup", "restore", "whole.tar", "--replace"]);
    killed_later_and_later(&machine, replace, async |_| {
        let list = machine.run(&["integration", "list", "--format", "json"]).await.succeeded().json();
        assert_eq!(number(&list[0], "issues"), before, "{list}");
        if list[0]["name"] == "site" {
            machine.run(&["integration", "edit", "--rename", "changed"]).await.succeeded();
        }
    })
    .await;
    machine.run(&["backup", "restore", "whole.tar", "--replace"]).await.succeeded();
    assert_nothing_was_left(&machine.home());
    assert_eq!(name_of_the_only_one(&machine).await, "site");
}

/// The next one of its kind has cleared what those that were killed had left.
fn assert_nothing_was_left(folder: &Path) {
    let left = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_into_postgres_that_is_killed_leaves_the_old_store_or_the_new_one() {
    let Some(pg) = weir_testkit::Pg::shared() else { return };
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let issues = machine.rows("issues").await.len() as u64;
    machine.run(&["backup", "create", "-o", "whole.tar"]).await.succeeded();
    let database = pg.database().await;
    let there = machine.with("WEIR_STORE", database.url());
    let replace = |_| words(&["backup", "restore", "whole.tar", "--replace"]);
    killed_later_and_later(&there, replace, async |_| {
        let list = there.run(&["integration", "list", "--format", "json"]).await.succeeded().json();
        assert_eq!(number(&list[0], "issues"), issues, "a half restored store passed for one");
        if list[0]["name"] == "site" {
            there.run(&["integration", "edit", "--rename", "changed"]).await.succeeded();
        }
    })
    .await;
    there.run(&["sync"]).await.succeeded();
}

/// A command that ends at once at a crash point.
async fn crashes(machine: &Machine, command: &[&str], point: &str) {
    let crashed = machine.command(command).env("WEIR_CRASH_AT", point).output().await;
    assert_eq!(crashed.expect("it starts").status.code(), None, "{point}: it did not crash");
}

async fn name_of_the_only_one(machine: &Machine) -> String {
    let list = machine.run(&["integration", "list", "--format", "json"]).await.succeeded().json();
    list[0]["name"].as_str().expect("one is there").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_just_before_the_end_leaves_no_backup_and_the_old_store() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let file = machine.folder().join("backup.tar");
    let shown = file.display().to_string();
    crashes(&machine, &["backup", "create", "-o", &shown], "backup.whole").await;
    assert!(!file.exists());
    machine.run(&["backup", "create", "-o", &shown]).await.succeeded();
    machine.run(&["integration", "edit", "--rename", "changed"]).await.succeeded();
    for point in ["restore.filled", "restore.linked"] {
        crashes(&machine, &["backup", "restore", &shown, "--replace"], point).await;
        assert_eq!(name_of_the_only_one(&machine).await, "changed", "{point}");
        machine.run(&["sync"]).await.succeeded();
    }
    machine.run(&["backup", "restore", &shown, "--replace"]).await.succeeded();
    assert_eq!(name_of_the_only_one(&machine).await, "site");
    let left: Vec<String> = machine.kept().into_keys().filter(|name| name.starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");

    let Some(pg) = weir_testkit::Pg::shared() else { return };
    let database = pg.database().await;
    let there = machine.with("WEIR_STORE", database.url());
    there.run(&["backup", "restore", &shown]).await.succeeded();
    there.run(&["integration", "edit", "--rename", "changed"]).await.succeeded();
    crashes(&there, &["backup", "restore", &shown, "--replace"], "restore.before_commit").await;
    assert_eq!(name_of_the_only_one(&there).await, "changed");
    there.run(&["backup", "restore", &shown, "--replace"]).await.succeeded();
    assert_eq!(name_of_the_only_one(&there).await, "site");
}
