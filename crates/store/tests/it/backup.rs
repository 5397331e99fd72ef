use crate::setup::*;
use std::{fs, path::Path, sync::Arc};
use weir_model::View;
use weir_store::{
    Backup, Cell, Depth, Existing, Manifest, Restored, Store, StoreAddress, StoreError, create_backup,
    restore_backup, verify_backup,
};
use weir_testkit::{Engine, TestClock, for_each_engine, for_each_store};

const EVERY_DEPTH: [Depth; 3] = [Depth::Checksum, Depth::Structure, Depth::Restore];

async fn opened(address: &StoreAddress) -> Store {
    Store::open(address, Arc::new(TestClock::default())).await.unwrap()
}

async fn restored(file: &Path, address: &StoreAddress, existing: Existing) -> Result<Restored, StoreError> {
    restore_backup(&Backup::open(file)?, address, NOON, existing).await
}

async fn verified(file: &Path, depth: Depth) -> Result<(), StoreError> {
    let scratch = tempfile::tempdir().unwrap();
    let outcome = verify_backup(&Backup::open(file)?, depth, scratch.path(), NOON).await.map(drop);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "something was left behind");
    outcome
}

/// What every table holds, from whichever database.
fn contents(manifest: &Manifest) -> Vec<(String, u64, String, Option<i64>)> {
    let tables = manifest.tables.iter();
    tables.map(|table| (table.name.clone(), table.rows, table.lines_sha256.clone(), table.last_no)).collect()
}

async fn every_view(store: &Store) -> Vec<Vec<Vec<Cell>>> {
    let mut views = vec![];
    for view in View::ALL {
        views.push(rows(store, view.name).await);
    }
    views
}

/// A store with rows of every shape.
async fn filled(store: &Store, count: usize) -> Bench {
    store.adopt_key("0123456789abcdef", "v1.check", None).await.unwrap();
    let gone = Bench::named(store, "gone", 7).await;
    store.delete_integration(&gone.id, "me").await.unwrap();
    let bench = Bench::new(store).await;
    let mut records: Vec<_> = (0..count).map(|n| record(&n.to_string(), n as i64)).collect();
    records[0].issue.summary = Some("line\nbreak \"quoted\" \\ \u{2028} ü 票 \u{1f600} \u{7f} \t".into());
    records[0].issue.story_points = Some(0.1 + 0.2);
    records[1].issue.story_points = Some(1e300);
    records[1].issue.description_text = Some(String::new());
    records[2].issue.story_points = Some(-0.0);
    records[2].issue.description_text = None;
    records[2].comments = Some(vec![comment("long", &"x".repeat(1_500_000))]);
    bench.commit(records).await;
    bench
}

async fn refused<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> &'static str {
    outcome.expect_err("it is refused").message().id()
}

#[tokio::test]
async fn a_backup_comes_back_to_the_last_bit_on_either_database() {
    let folder = tempfile::tempdir().unwrap();
    for from in Engine::all() {
        let source = from.store().await;
        filled(&source.store, 3000).await;
        let before = every_view(&source.store).await;
        let file = folder.path().join(format!("{}.tar", from.label()));
        let made = create_backup(&source.store, "0.0.0", &file).await.unwrap();
        assert_eq!((made.database.as_str(), made.schema), (from.label(), source.store.schema_version()));
        assert_eq!(made.key_id.as_deref(), Some("0123456789abcdef"));
        assert_eq!(made.table("issue").unwrap().rows, 3000);
        assert!(made.table("lease").is_none(), "a lease belongs to a process that lives");
        for depth in EVERY_DEPTH {
            verified(&file, depth).await.unwrap();
        }
        for to in Engine::all() {
            let label = format!("{} to {}", from.label(), to.label());
            let place = to.place().await;
            let done = restored(&file, &place.address(), Existing::Refuse).await.unwrap();
            assert_eq!((done.schema, done.put_aside), (made.schema, None), "{label}");
            let store = opened(&place.address()).await;
            assert!(every_view(&store).await == before, "{label}: a view differs");
            let again = folder.path().join(format!("{label}.tar"));
            let again = create_backup(&store, "0.0.0", &again).await.unwrap();
            for (again, made) in contents(&again).into_iter().zip(contents(&made)) {
                assert_eq!(again, made, "{label}");
            }
            // It is a store that can be worked with: numbers go on after those that were given out.
            Bench::named(&store, "next", 99).await.commit(vec![record("1", 0)]).await;
            assert_eq!(store.integrations().await.unwrap().len(), 2, "{label}");
            let acme = Bench::named(&store, "third", 100).await;
            acme.commit(vec![record("9", 0)]).await;
            assert_eq!(rows(&store, "issues").await.len(), 3002, "{label}");
            store.close().await.unwrap();
        }
    }
}

#[tokio::test]
async fn both_databases_write_the_same_lines() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = vec![];
    for engine in Engine::all() {
        let source = engine.store().await;
        filled(&source.store, 50).await;
        let file = folder.path().join(engine.label());
        all.push(contents(&create_backup(&source.store, "0.0.0", &file).await.unwrap()));
    }
    for pair in all.windows(2) {
        for (one, other) in pair[0].iter().zip(&pair[1]) {
            assert_eq!(one, other);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_a_writer_is_of_one_moment() {
    for_each_store(async |store, label| {
        let bench = filled(&store, 500).await;
        let folder = tempfile::tempdir().unwrap();
        let writing = async {
            for n in 0..30 {
                let records = (0..20).map(|m| record(&format!("{n}-{m}"), 0)).collect();
                bench.commit(records).await;
            }
        };
        let backing_up = async {
            let mut counts = vec![];
            for n in 0..6 {
                let file = folder.path().join(n.to_string());
                let made = create_backup(&store, "0.0.0", &file).await.unwrap();
                let rows = |table: &str| made.table(table).unwrap().rows;
                assert_eq!(rows("issue"), rows("issue_text"), "{label}");
                assert_eq!(rows("issue") * 2, rows("issue_change"), "{label}");
                assert_eq!(rows("issue"), rows("issue_worklog"), "{label}");
                assert_eq!((rows("issue") - 500) % 20, 0, "{label}: half of a batch is in it");
                verified(&file, Depth::Restore).await.unwrap();
                counts.push(rows("issue"));
            }
            counts
        };
        let ((), counts) = tokio::join!(writing, backing_up);
        assert!(counts.is_sorted(), "{label}: {counts:?}");
        assert_eq!(rows(&store, "issues").await.len(), 1100, "{label}: the writer was held up");
    })
    .await;
}

#[tokio::test]
async fn a_file_that_breaks_off_anywhere_is_no_backup() {
    let source = Engine::Sqlite.store().await;
    filled(&source.store, 10).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    create_backup(&source.store, "0.0.0", &file).await.unwrap();
    let whole = fs::read(&file).unwrap();
    let cut = folder.path().join("cut");
    // The archive ends with a line of 80 bytes, zeros up to the next block, and two blocks of zeros that say nothing.
    let end = whole.len() - 1024 - 512 + 80;
    let lengths = (0..end).step_by(251).chain([end - 1]);
    for length in lengths {
        fs::write(&cut, &whole[..length]).unwrap();
        let id = refused(verified(&cut, Depth::Checksum).await).await;
        assert!(["backup.broken", "backup.foreign"].contains(&id), "{length}: {id}");
        let place = Engine::Sqlite.place().await;
        let id = refused(restored(&cut, &place.address(), Existing::Refuse).await).await;
        assert!(["backup.broken", "backup.foreign"].contains(&id), "{length}: {id}");
        assert_eq!(fs::read_dir(place.folder().unwrap()).unwrap().count(), 0, "{length}");
    }
}

#[tokio::test]
async fn a_change_of_what_it_holds_is_noticed_and_nothing_is_restored() {
    let source = Engine::Sqlite.store().await;
    filled(&source.store, 10).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    create_backup(&source.store, "0.0.0", &file).await.unwrap();
    let whole = fs::read(&file).unwrap();
    let changed = folder.path().join("changed");
    let mut at = 0;
    let mut noticed = 0;
    // Through every part, byte by byte in steps; between parts there are only zeros that say nothing, and a zero before the digits of
    // a header's own checksum says nothing either.
    let is_of_checksum = |at: usize| (148..156).contains(&(at % 512));
    while at < whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&changed, &bytes).unwrap();
        match verified(&changed, Depth::Checksum).await {
            Ok(()) => assert!(
                whole[at] == 0 || whole[at] == b'0' && is_of_checksum(at),
                "byte {at} was changed unnoticed"
            ),
            Err(error) => {
                let id = error.message().id();
                assert!(["backup.broken", "backup.foreign"].contains(&id), "byte {at}: {id}");
                noticed += 1;
            }
        }
        at += 97;
    }
    assert!(noticed > 40, "{noticed}");
    // A row of a part in the place of another is noticed by the restore itself, which does not check first.
    let name = b"tables/issue_text.jsonl.gz";
    let header = whole.windows(name.len()).position(|bytes| bytes == name).expect("it is there");
    let mut bytes = whole.clone();
    bytes[header + 512 + 60] ^= 1;
    fs::write(&changed, &bytes).unwrap();
    for engine in Engine::all() {
        let place = engine.place().await;
        let outcome = restored(&changed, &place.address(), Existing::Refuse).await;
        assert_eq!(refused(outcome).await, "backup.broken", "{}", engine.label());
        let none = Store::open_existing(&place.address(), Arc::new(TestClock::default())).await.unwrap();
        assert!(none.is_none(), "{}", engine.label());
    }
}

#[tokio::test]
async fn other_files_are_no_backups() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    for content in [&b""[..], b"hello", &[0; 4096], &b"x".repeat(10_000)] {
        fs::write(&file, content).unwrap();
        assert_eq!(refused(Backup::open(&file)).await, "backup.foreign");
    }
    let mut archive = tar::Builder::new(fs::File::create(&file).unwrap());
    let mut header = tar::Header::new_ustar();
    header.set_size(5);
    archive.append_data(&mut header, "notes.txt", &b"notes"[..]).unwrap();
    archive.finish().unwrap();
    assert_eq!(refused(Backup::open(&file)).await, "backup.foreign");
    assert_eq!(refused(Backup::open(folder.path())).await, "file.read");
    assert_eq!(refused(Backup::open(&folder.path().join("nothing"))).await, "file.read");
}

#[tokio::test]
async fn a_backup_is_never_written_over_a_file_and_leaves_nothing_when_it_fails() {
    let source = Engine::Sqlite.store().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    fs::write(&file, "mine").unwrap();
    assert_eq!(refused(create_backup(&source.store, "0.0.0", &file).await).await, "file.exists");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    let nowhere = folder.path().join("no/such/folder");
    assert_eq!(refused(create_backup(&source.store, "0.0.0", &nowhere).await).await, "file.write");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_backup_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let source = Engine::Sqlite.store().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    create_backup(&source.store, "0.0.0", &file).await.unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let place = Engine::Sqlite.place().await;
    restored(&file, &place.address(), Existing::Refuse).await.unwrap();
    let path = place.folder().unwrap().join("weir.db");
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_store_that_is_not_empty_is_refused_or_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let source = Engine::Sqlite.store().await;
    filled(&source.store, 3).await;
    create_backup(&source.store, "0.0.0", &file).await.unwrap();
    for_each_engine(async |engine| {
        let label = engine.label();
        let place = engine.place().await;
        let store = opened(&place.address()).await;
        let bench = Bench::named(&store, "mine", 5).await;
        bench.commit(vec![record("7", 0)]).await;
        store.release_lease(&bench.lease).await.unwrap();
        store.close().await.unwrap();

        let outcome = restored(&file, &place.address(), Existing::Refuse).await;
        assert_eq!(refused(outcome).await, "store.not_empty", "{label}");
        let store = opened(&place.address()).await;
        assert_eq!(store.integrations().await.unwrap()[0].name, "mine", "{label}");
        store.close().await.unwrap();

        let done = restored(&file, &place.address(), Existing::PutAside).await.unwrap();
        let aside = done.put_aside.expect("it was put aside");
        let store = opened(&place.address()).await;
        assert_eq!(store.integrations().await.unwrap()[0].name, "acme", "{label}");
        assert_eq!(rows(&store, "issues").await.len(), 3, "{label}");
        store.close().await.unwrap();
        match place.address() {
            StoreAddress::Sqlite(_) => {
                let old = opened(&StoreAddress::Sqlite(aside.into())).await;
                assert_eq!(rows(&old, "issues").await.len(), 1, "{label}");
                old.close().await.unwrap();
                assert_eq!(fs::read_dir(place.folder().unwrap()).unwrap().count(), 2, "{label}");
            }
            StoreAddress::Postgres(url) => {
                use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
                let schema = aside.strip_prefix("the schema ").expect("its schema is named").to_owned();
                let mut connection = PgConnection::connect(&url).await.unwrap();
                let query = format!("SELECT count(*) FROM {schema}.issues");
                let count: i64 =
                    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap();
                assert_eq!(count, 1, "{label}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_store_of_a_newer_version_gives_way_to_a_backup_of_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let source = Engine::Sqlite.store().await;
    filled(&source.store, 3).await;
    create_backup(&source.store, "0.0.0", &file).await.unwrap();
    for_each_engine(async |engine| {
        let label = engine.label();
        let place = engine.place().await;
        let store = opened(&place.address()).await;
        store.add_integration(&integration("mine", 5), "").await.unwrap();
        store.close().await.unwrap();
        crate::opening::sabotage(&place, "INSERT INTO migration (version, applied_at) VALUES (99, 0)").await;
        let outcome = restored(&file, &place.address(), Existing::Refuse).await;
        assert_eq!(refused(outcome).await, "store.not_empty", "{label}");
        restored(&file, &place.address(), Existing::PutAside).await.unwrap();
        let store = opened(&place.address()).await;
        assert_eq!(store.integrations().await.unwrap()[0].name, "acme", "{label}");
        store.close().await.unwrap();
        let theirs = engine.place().await;
        crate::opening::sabotage(&theirs, "CREATE TABLE t (a BIGINT)").await;
        let outcome = restored(&file, &theirs.address(), Existing::PutAside).await;
        assert_eq!(refused(outcome).await, "store.foreign", "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_store_that_somebody_uses_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let source = Engine::Sqlite.store().await;
    create_backup(&source.store, "0.0.0", &file).await.unwrap();
    for_each_engine(async |engine| {
        let label = engine.label();
        let place = engine.place().await;
        let store = opened(&place.address()).await;
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("7", 0)]).await;
        let outcome = restored(&file, &place.address(), Existing::PutAside).await;
        assert_eq!(refused(outcome).await, "store.in_use", "{label}");
        bench.commit(vec![record("8", 0)]).await;
        assert_eq!(rows(&store, "issues").await.len(), 2, "{label}");
        if let Some(folder) = place.folder() {
            let left: Vec<_> = fs::read_dir(folder).unwrap().map(|one| one.unwrap().file_name()).collect();
            assert!(left.iter().all(|name| name.to_string_lossy().starts_with("weir.db")), "{left:?}");
            assert!(left.len() <= 3, "{left:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_told_from_a_broken_one() {
    let source = Engine::Sqlite.store().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let manifest = create_backup(&source.store, "0.0.0", &file).await.unwrap();
    for newer in [Manifest { schema: 1000, ..manifest.clone() }, Manifest { format: 2, ..manifest.clone() }] {
        let text = serde_json::to_vec(&newer).unwrap();
        let sum = sha256(&text);
        let forged = folder.path().join("newer");
        let mut archive = tar::Builder::new(fs::File::create(&forged).unwrap());
        let mut add = |name: &str, content: &[u8]| {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            archive.append_data(&mut header, name, content).unwrap();
        };
        for table in &newer.tables {
            add(&table.part, b"");
        }
        add("manifest.json", &text);
        add("manifest.json.sha256", format!("{sum}  manifest.json\n").as_bytes());
        archive.finish().unwrap();
        assert_eq!(refused(Backup::open(&forged)).await, "backup.newer");
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_restored_store_has_no_lease_of_the_past() {
    for_each_engine(async |engine| {
        let source = engine.store().await;
        let bench = filled(&source.store, 3).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup");
        create_backup(&source.store, "0.0.0", &file).await.unwrap();
        let place = engine.place().await;
        restored(&file, &place.address(), Existing::Refuse).await.unwrap();
        let store = opened(&place.address()).await;
        let ours = store.take_lease(&bench.id, &holder("new"), 1000).await.unwrap();
        assert!(ours.is_some(), "{}", engine.label());
        assert!(!store.renew_lease(&bench.lease).await.unwrap(), "{}", engine.label());
        store.close().await.unwrap();
    })
    .await;
}
