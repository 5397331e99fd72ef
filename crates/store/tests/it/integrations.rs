use crate::setup::*;
use sqlx::{Connection as _, PgConnection, Row as _, SqliteConnection};
use weir_model::{AuthMethod, Batch, Kind, Millis, Reach};
use weir_store::{Store, StoreAddress};
use weir_testkit::{for_each_engine, for_each_store};

#[tokio::test]
async fn an_integration_is_kept_as_it_was_given() {
    for_each_store(async |store, label| {
        let one = integration("b", 1);
        let two = integration("a", 2);
        assert!(!store.holds_sealed().await.unwrap(), "{label}");
        store.add_integration(&one, "sealed-1").await.unwrap();
        store.add_integration(&two, "").await.unwrap();
        assert_eq!(store.integrations().await.unwrap(), [two.clone(), one.clone()], "{label}");
        assert!(store.holds_sealed().await.unwrap(), "{label}");
        assert_eq!(store.integration_of(&one.id).await.unwrap(), Some(one.clone()), "{label}");
        assert!(!store.paused(&one.id).await.unwrap(), "{label}");
        store.pause(&one.id, "", None).await.unwrap();
        assert!(store.paused(&one.id).await.unwrap() && !store.paused(&two.id).await.unwrap(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_fresh_credential_and_how_it_signs_in_are_kept_together_and_nobodys_change_is_lost() {
    for_each_store(async |store, label| {
        let seen = integration("b", 1);
        store.add_integration(&seen, "sealed-1").await.unwrap();
        let auth = AuthMethod::GatewayToken { email: "me@acme.example".into(), cloud_id: "c".into() };
        let note = note();
        let fresh = (&auth, seen.settings.account_id.as_str(), &note);
        let kept = store.replace_credential(&seen, fresh, "sealed-2").await.unwrap();
        assert_eq!(kept.settings.auth, auth, "{label}");
        assert_eq!(kept.settings.credential.as_ref(), Some(&note), "{label}");
        assert_eq!(store.integration("b").await.unwrap(), Some(kept), "{label}");
        assert_eq!(store.sealed(&seen.id).await.unwrap().as_deref(), Some("sealed-2"), "{label}");
        let refused = store.replace_credential(&seen, fresh, "sealed-3").await.expect_err("it was changed");
        assert_eq!(refused.message().id(), "integration.changed", "{label}");
        assert_eq!(store.sealed(&seen.id).await.unwrap().as_deref(), Some("sealed-2"), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_deletion_waits_can_be_taken_back_and_leaves_a_receipt() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let bench = Bench::named(store, "one", 1).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        let later = Millis(weir_model::Clock::now(temp.clock.as_ref()).0 + 3_600_000);
        store.ask_deletion(&bench.id, "Dana", later).await.unwrap();
        let planned = store.planned_of(&bench.id).await.unwrap().expect("it is there");
        assert_eq!(planned.deletion.map(|deletion| deletion.due_at), Some(later), "{label}");
        assert!(store.paused(&bench.id).await.unwrap(), "{label}: nothing is run any more");
        assert!(store.delete_due(&bench.id, &bench.lease).await.unwrap().is_none(), "{label}: it is early");
        assert!(store.cancel_deletion(&bench.id).await.unwrap(), "{label}");
        assert!(!store.cancel_deletion(&bench.id).await.unwrap(), "{label}");
        assert!(store.delete_due(&bench.id, &bench.lease).await.unwrap().is_none(), "{label}: taken back");
        temp.clock.set(later);
        assert_eq!(bench.column("issues", "id").await.len(), 2, "{label}");
        store.ask_deletion(&bench.id, "Dana", later).await.unwrap();
        let holder = weir_store::LeaseHolder { token: "t".into(), pid: 1, host: "here".into() };
        let lease = store.take_lease(&bench.id, &holder, 60_000).await.unwrap().expect("a lease");
        let (deleted, _) = store.delete_due(&bench.id, &lease).await.unwrap().expect("it is due");
        assert_eq!((deleted.name.as_str(), deleted.asked_by.as_str()), ("one", "Dana"), "{label}");
        assert!(deleted.removed.contains(&("issues".into(), 2)), "{label}: {:?}", deleted.removed);
        assert_eq!(store.integration_of(&bench.id).await.unwrap(), None, "{label}");
        let kept = store.deleted_integrations(&Reach::Everything, None, 10).await.unwrap();
        assert_eq!((kept[0].id, &kept[0].removed), (bench.id, &deleted.removed), "{label}");
        let nobodys = store.deleted_integrations(&Reach::Workspaces(vec![]), None, 10).await.unwrap();
        assert_eq!(nobodys, [], "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_name_is_taken_once() {
    for_each_store(async |store, label| {
        store.add_integration(&integration("acme", 1), "").await.unwrap();
        let other = integration("acme", 2);
        let refused = store.add_integration(&other, "").await.expect_err("the name is taken");
        assert_eq!(refused.message().id(), "name.taken", "{label}");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_unknown() {
    for_each_store(async |store, label| {
        let unknown = integration("acme", 1);
        for refused in [
            store
                .replace_credential(&unknown, (&unknown.settings.auth, "", &note()), "")
                .await
                .expect_err("unknown"),
            store.ask_deletion(&unknown.id, "me", Millis(0)).await.expect_err("unknown"),
            store.pause(&unknown.id, "", None).await.expect_err("unknown"),
            store.delete_integration(&unknown.id, "me").await.expect_err("unknown"),
            store.checkpoints(&unknown.id).await.expect_err("unknown"),
        ] {
            assert_eq!(refused.message().id(), "integration.unknown", "{label}");
        }
        assert_eq!(store.sealed(&unknown.id).await.unwrap(), None, "{label}");
    })
    .await;
}

#[tokio::test]
async fn two_integrations_with_the_same_ids_do_not_touch() {
    for_each_store(async |store, label| {
        let (one, two) = (Bench::named(&store, "one", 1).await, Bench::named(&store, "two", 2).await);
        one.commit(vec![record("1", 0)]).await;
        let mut other = record("1", 5);
        other.issue.summary = Some("Other".to_owned());
        other.comments = Some(vec![]);
        assert_eq!(two.commit(vec![other]).await.tally.of(Kind::Issues).written, 1, "{label}");
        assert_eq!(one.column("issues", "summary").await, [text("Issue 1"), text("Other")], "{label}");
        assert_eq!(one.column("issue_comments", "integration").await, [text("one")], "{label}");
        assert_eq!(store.project_keys(&two.id).await.unwrap(), ["ENG"], "{label}");
        store.delete_integration(&one.id, "me").await.unwrap();
        assert_eq!(two.column("issues", "integration").await, [text("two")], "{label}");
        assert_eq!(store.counts(&two.id).await.unwrap()[&Kind::IssueChanges], 2, "{label}");
    })
    .await;
}

/// Names of tables that hold anything, counted without the code under test.
async fn filled_tables(store: &Store) -> Vec<String> {
    let mut filled = Vec::new();
    macro_rules! look {
        ($connection:expr, $list:expr, $prefix:expr) => {{
            let mut connection = $connection;
            for row in sqlx::query($list).fetch_all(&mut connection).await.unwrap() {
                let name: String = row.get(0);
                let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {}{name}", $prefix));
                let rows: i64 = sqlx::query(count).fetch_one(&mut connection).await.unwrap().get(0);
                if rows > 0 {
                    filled.push(name);
                }
            }
        }};
    }
    match store.address() {
        StoreAddress::Sqlite(path) => look!(
            SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap(),
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
            ""
        ),
        StoreAddress::Postgres(url) => look!(
            PgConnection::connect(url).await.unwrap(),
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'weir' ORDER BY tablename",
            "weir."
        ),
    }
    filled
}

#[tokio::test]
async fn a_deleted_integration_leaves_no_row_behind() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let bench = Bench::new(&temp.store).await;
        let mut everything = crate::export::everything();
        everything.checkpoints.push(checkpoint("p", "{}"));
        bench.commit_batch(everything).await;
        temp.store.mark_walked(&bench.lease, &["ENG".to_owned()], NOON).await.unwrap();
        crate::runs::finish_and_certify(&bench).await;
        let filled = filled_tables(&temp.store).await;
        assert_eq!(filled.len(), 31, "every table is filled: {filled:?}");
        temp.store.delete_integration(&bench.id, "me").await.unwrap();
        let left = filled_tables(&temp.store).await;
        assert_eq!(left, ["deleted_integration", "migration"], "{}", engine.label());
        let refused = weir_model::Sink::commit(&bench.sink, Batch::default()).await.expect_err("it is gone");
        assert_eq!(refused.0.id(), "run.busy", "{}", engine.label());
    })
    .await;
}
