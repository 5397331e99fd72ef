use crate::setup::*;
use sqlx::{Connection as _, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{fs, sync::Arc};
use weir_model::Clock;
use weir_store::{Store, StoreAddress};
use weir_testkit::{Place, TestClock, for_each_engine};

fn clock() -> Arc<dyn Clock> {
    Arc::new(TestClock::default())
}

pub(crate) async fn sabotage(place: &Place, statement: &'static str) {
    match place.address() {
        StoreAddress::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
        StoreAddress::Postgres(url) => {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            sqlx::raw_sql("CREATE SCHEMA IF NOT EXISTS weir").execute(&mut connection).await.unwrap();
            sqlx::raw_sql("SET search_path = weir").execute(&mut connection).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_store_is_found_again_as_it_was_left() {
    for_each_engine(async |engine| {
        let place = engine.place().await;
        let store = Store::open(&place.address(), clock()).await.unwrap();
        assert_eq!(store.schema_version(), 26);
        Bench::new(&store).await.commit(vec![record("1", 0)]).await;
        let before = rows(&store, "issues").await;
        store.close().await.unwrap();
        let again = Store::open_existing(&place.address(), clock()).await.unwrap().expect("it is there");
        assert_eq!(rows(&again, "issues").await, before, "{}", engine.label());
        assert_eq!(again.integrations().await.unwrap().len(), 1);
        again.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn looking_for_a_store_makes_none() {
    for_each_engine(async |engine| {
        let place = engine.place().await;
        for _ in 0..2 {
            let none = Store::open_existing(&place.address(), clock()).await.unwrap();
            assert!(none.is_none(), "{}", engine.label());
        }
        if let Some(folder) = place.folder() {
            assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
        }
    })
    .await;
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    for_each_engine(async |engine| {
        let place = engine.place().await;
        Store::open(&place.address(), clock()).await.unwrap().close().await.unwrap();
        sabotage(&place, "INSERT INTO migration (version, applied_at) VALUES (99, 0)").await;
        let bytes = |place: &Place| place.folder().map(|folder| fs::read(folder.join("weir.db")).unwrap());
        let before = bytes(&place);
        for refused in [
            Store::open(&place.address(), clock()).await.expect_err("it is newer"),
            Store::open_existing(&place.address(), clock()).await.expect_err("it is newer"),
        ] {
            assert_eq!(refused.message().id(), "store.newer", "{}", engine.label());
        }
        assert!(bytes(&place) == before, "the file was touched");
    })
    .await;
}

#[tokio::test]
async fn tables_of_somebody_else_are_refused_and_left_alone() {
    for statement in ["CREATE TABLE t (a BIGINT)", "CREATE TABLE migration (version BIGINT)"] {
        for_each_engine(async |engine| {
            let place = engine.place().await;
            sabotage(&place, statement).await;
            if statement.contains("migration") && place.folder().is_none() {
                return; // On PostgreSQL the schema's name tells whose the tables are.
            }
            let before = place.folder().map(|folder| fs::read(folder.join("weir.db")).unwrap());
            let refused = Store::open(&place.address(), clock()).await.expect_err("it is not ours");
            assert_eq!(refused.message().id(), "store.foreign", "{}", engine.label());
            if let Some(folder) = place.folder() {
                assert_eq!(Some(fs::read(folder.join("weir.db")).unwrap()), before);
                assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text =
        "These are my notes, and they are longer than a hundred bytes, so that a header could be in them. "
            .repeat(9);
    fs::write(&path, &text).unwrap();
    let refused = Store::open(&StoreAddress::Sqlite(path.clone()), clock()).await.expect_err("it is text");
    assert_eq!(refused.message().id(), "store.foreign");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn places_that_cannot_be_written_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [
        folder.path().to_owned(),
        file.join("weir.db"),
        folder.path().join("two/levels/weir.db"),
        "/proc/weir-data/weir.db".into(),
    ] {
        let refused =
            Store::open(&StoreAddress::Sqlite(path.clone()), clock()).await.expect_err("it cannot be");
        assert_eq!(refused.message().id(), "store.unwritable", "{path:?}: {:?}", refused.message());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was made");
}

#[tokio::test]
async fn the_last_folder_is_made_and_the_file_belongs_to_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/weir.db");
    let store = Store::open(&StoreAddress::Sqlite(path.clone()), clock()).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    store.close().await.unwrap();
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "everything is in the one file");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told_at_once_and_without_the_password() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let address = StoreAddress::parse(&format!("postgres://u:s3cret@127.0.0.1:{port}/d")).unwrap();
    let refused = Store::open(&address, clock()).await.expect_err("nobody is there");
    assert_eq!(refused.message().id(), "store.unreachable");
    assert!(!format!("{refused:?} {refused} {}", refused.message().why()).contains("s3cret"));
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_unreachable() {
    if let Some(pg) = weir_testkit::Pg::shared() {
        let database = pg.database().await;
        let address = StoreAddress::parse(&database.url().replace("/weir_", "/no_weir_")).unwrap();
        let refused = Store::open(&address, clock()).await.expect_err("there is none");
        assert_eq!(refused.message().id(), "store.unreachable");
    }
}

#[tokio::test]
async fn two_who_open_a_new_store_at_once_agree() {
    for_each_engine(async |engine| {
        let place = engine.place().await;
        let address = place.address();
        let opened = futures::future::join_all((0..4).map(|_| Store::open(&address, clock()))).await;
        for store in opened {
            let store = store.unwrap_or_else(|error| panic!("{}: {error:?}", engine.label()));
            assert!(store.integrations().await.unwrap().is_empty());
        }
    })
    .await;
}
