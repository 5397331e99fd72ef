use super::*;
use crate::{
    Store, StoreAddress,
    catalogue::{self, ColumnKind, ColumnOf},
    db::{Db, sql},
    schema,
    store::make_file,
    value::{Cell, Row},
};
use std::sync::Arc;
use weir_model::{Clock, Millis};

struct Still;

impl Clock for Still {
    fn now(&self) -> Millis {
        Millis(1_772_600_000_000)
    }
}

fn address(folder: &Path) -> StoreAddress {
    StoreAddress::Sqlite(folder.join("weir.db"))
}

/// A store as a program made it that knew no later schema.
async fn store_of_schema(folder: &Path, version: i64) -> Store {
    let path = folder.join("weir.db");
    make_file(&path).unwrap();
    let db = Db::sqlite(&path, "sqlite:old").await.unwrap();
    let mut tx = db.begin().await.unwrap();
    schema::build(&mut tx, version, 7).await.unwrap();
    let rows = "INSERT INTO integration (id, name, kind, settings, sealed, paused, created_at) \
                VALUES ('5b10', 'acme', 'jira', '{}', 'v1.0123456789abcdef.sealed', FALSE, 1)";
    tx.execute(sql(rows), &[]).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await.unwrap();
    Store::open_unchanged(&address(folder), Arc::new(Still)).await.unwrap().expect("it is there")
}

#[tokio::test]
async fn a_backup_of_every_older_schema_is_restored_and_brought_up() {
    for version in 1..=schema::KNOWN {
        let folder = tempfile::tempdir().unwrap();
        let old = store_of_schema(folder.path(), version).await;
        let file = folder.path().join("backup");
        let made = create_backup(&old, "0.0.0", &file).await.unwrap();
        assert_eq!(made.schema, version);
        // Before keys were known to the store, its values tell.
        let knows_keys = made.table("sealing_key").is_some();
        assert_eq!(made.key_id.as_deref(), (!knows_keys).then_some("0123456789abcdef"));
        old.close().await.unwrap();
        let unchanged =
            Store::open_unchanged(&address(folder.path()), Arc::new(Still)).await.unwrap().unwrap();
        let mut tx = unchanged.db.begin_reading().await.unwrap();
        let found = tx.fetch(sql(schema::VERSION), &[]).await.unwrap()[0].int(0).unwrap();
        assert_eq!(found, version, "a backup brings nothing up");
        drop(tx);
        unchanged.close().await.unwrap();

        let backup = Backup::open(&file).unwrap();
        for depth in [Depth::Checksum, Depth::Structure, Depth::Restore] {
            verify_backup(&backup, depth, folder.path(), Still.now()).await.unwrap();
        }
        let fresh = tempfile::tempdir().unwrap();
        let done =
            restore_backup(&backup, &address(fresh.path()), Still.now(), Existing::Refuse).await.unwrap();
        assert_eq!(done.schema, schema::KNOWN);
        let store = Store::open(&address(fresh.path()), Arc::new(Still)).await.unwrap();
        let applied = store.db.fetch("SELECT version, applied_at FROM migration ORDER BY version", &[]).await;
        let applied: Vec<i64> = applied.unwrap().iter().map(|row| row.int(1).unwrap()).collect();
        let expected: Vec<i64> =
            (1..=schema::KNOWN).map(|one| if one <= version { 7 } else { Still.now().0 }).collect();
        assert_eq!(applied, expected, "when each migration was applied is kept");
        assert!(store.holds_sealed().await.unwrap());
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_store_with_other_columns_is_damaged_and_gives_no_backup() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of_schema(folder.path(), schema::KNOWN).await;
    let file = folder.path().join("backup");
    for change in ["ALTER TABLE person ADD COLUMN shoe_size BIGINT", "DROP TABLE person"] {
        store.db.outside(&[change]).await.unwrap();
        let refused = create_backup(&store, "0.0.0", &file).await.unwrap_err();
        assert_eq!(refused.message().id(), "store.damaged");
        assert!(refused.message().why().contains("person") && !file.exists(), "{refused:?}");
    }
    store.close().await.unwrap();
}

#[tokio::test]
async fn tables_of_others_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of_schema(folder.path(), schema::KNOWN).await;
    let theirs = ["CREATE TABLE mine (photo BLOB)", "CREATE TABLE notes (id BIGINT PRIMARY KEY, note TEXT)"];
    store.db.outside(&theirs).await.unwrap();
    let file = folder.path().join("backup");
    let made = create_backup(&store, "0.0.0", &file).await.unwrap();
    assert!(made.table("notes").is_none() && made.table("mine").is_none() && made.table("person").is_some());
    verify_backup(&Backup::open(&file).unwrap(), Depth::Restore, folder.path(), Still.now()).await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn rows_that_fit_no_table_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of_schema(folder.path(), 1).await;
    let file = folder.path().join("backup");
    let mut manifest = create_backup(&store, "0.0.0", &file).await.unwrap();
    store.close().await.unwrap();
    // It says that it is of another schema than its rows are.
    manifest.schema = 2;
    let text = serde_json::to_vec(&manifest).unwrap();
    let forged = folder.path().join("forged");
    let parts = std::fs::read(&file).unwrap();
    let at = parts.windows(13).position(|bytes| bytes == b"manifest.json").unwrap();
    std::fs::write(&forged, &parts[..at]).unwrap();
    let mut rest = writer::Writer::new(std::fs::OpenOptions::new().append(true).open(&forged).unwrap(), 0);
    rest.add(archive::MANIFEST, &text).unwrap();
    rest.add(archive::MANIFEST_SUM, archive::sum_line(&text).as_bytes()).unwrap();
    rest.finish().unwrap();
    let backup = Backup::open(&forged).unwrap();
    verify_backup(&backup, Depth::Checksum, folder.path(), Still.now()).await.unwrap();
    for depth in [Depth::Structure, Depth::Restore] {
        let refused = verify_backup(&backup, depth, folder.path(), Still.now()).await.unwrap_err();
        assert!(refused.message().why().contains("issue_state"), "{refused:?}");
    }
    let fresh = tempfile::tempdir().unwrap();
    let place = address(fresh.path());
    let refused = restore_backup(&backup, &place, Still.now(), Existing::Refuse).await.unwrap_err();
    assert_eq!(refused.message().id(), "backup.broken");
    assert_eq!(std::fs::read_dir(fresh.path()).unwrap().count(), 0);
}

#[test]
fn a_row_is_read_as_it_was_written() {
    let column = |name: &str, kind| ColumnOf { name: name.to_owned(), kind };
    let columns = [
        column("i", ColumnKind::Int),
        column("r", ColumnKind::Real),
        column("t", ColumnKind::Text),
        column("f", ColumnKind::Flag),
    ];
    let rows = [
        vec![
            Cell::Int(i64::MIN),
            Cell::Real(0.1 + 0.2),
            Cell::Text("a\"b\\c\n\u{0}\u{2028}".into()),
            Cell::Bool(true),
        ],
        vec![
            Cell::Int(i64::MAX),
            Cell::Real(f64::MIN_POSITIVE),
            Cell::Text(String::new()),
            Cell::Bool(false),
        ],
        vec![Cell::Int(0), Cell::Real(f64::INFINITY), Cell::Text("null".into()), Cell::Null],
        vec![Cell::Null, Cell::Real(1e308), Cell::Null, Cell::Null],
        vec![Cell::Null, Cell::Real(f64::NEG_INFINITY), Cell::Text("\"".into()), Cell::Bool(true)],
    ];
    for cells in rows {
        let mut line = vec![];
        row::write(&mut line, &columns, &Row(cells.clone())).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(row::read(line.trim_end(), &columns).unwrap(), cells);
    }
    for bad in
        ["", "[]", "[1,2.0,\"x\"]", "[1,2.0,\"x\",true,1]", "[\"1\",2.0,\"x\",true]", "[1,2.0,3,true]", "{}"]
    {
        assert!(row::read(bad, &columns).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn every_table_has_a_key_and_columns_of_known_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&address(folder.path()), Arc::new(Still)).await.unwrap();
    let tables = catalogue::tables(&mut store.db.begin_reading().await.unwrap()).await.unwrap();
    let names = store.db.fetch(store.db.dialect().list_tables(), &[]).await.unwrap();
    let kept = names.iter().filter(|row| !LEFT_OUT.contains(&row.text(0).unwrap())).count();
    let tables: Vec<_> =
        tables.into_iter().filter(|table| !LEFT_OUT.contains(&table.name.as_str())).collect();
    assert!(tables.len() > 25 && tables.len() == kept, "a table has no key, or a column of another kind");
    let keys = |name: &str| tables.iter().find(|table| table.name == name).unwrap().key.clone();
    assert_eq!(keys("issue_change"), ["integration_no", "issue_no", "history_id", "item_index"]);
    assert_eq!(keys("run_event"), ["no"]);
    store.close().await.unwrap();
}
