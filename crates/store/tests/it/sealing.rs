use crate::setup::*;
use std::collections::BTreeMap;
use weir_model::{Batch, Integration, Quarantined, Sink as _};
use weir_store::{KeyState, Retries, Sealer, Store, StoreError};
use weir_testkit::for_each_store;

const OLD: &str = "0123456789abcdef";
const NEW: &str = "fedcba9876543210";

fn sealed(key: &str, what: &str) -> String {
    format!("v1.{key}.wrapped.{what}")
}

async fn integrations(store: &Store, key: &str, count: u64) -> Vec<Integration> {
    let mut all = vec![];
    for n in 0..count {
        let one = integration(&format!("site {n}"), n);
        store.add_integration(&one, &sealed(key, &n.to_string())).await.unwrap();
        all.push(one);
    }
    all
}

async fn states(store: &Store) -> Vec<(String, KeyState)> {
    store.sealing_keys().await.unwrap().into_iter().map(|key| (key.id, key.state)).collect()
}

async fn refused<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> &'static str {
    outcome.expect_err("it is refused").message().id()
}

fn under_new(value: &str) -> Option<String> {
    Some(value.replace(OLD, NEW))
}

#[tokio::test]
async fn one_key_seals_and_whoever_saw_another_is_refused() {
    for_each_store(async |store, label| {
        assert_eq!(store.active_key().await.unwrap(), None, "{label}");
        store.adopt_key(OLD, "check", None).await.unwrap();
        assert_eq!(refused(store.adopt_key(NEW, "check", None).await).await, "key.changed", "{label}");
        integrations(&store, OLD, 1).await;
        store.adopt_key(NEW, "check two", Some(OLD)).await.unwrap();
        let active = store.active_key().await.unwrap().expect("one is active");
        assert_eq!((active.id.as_str(), active.check.as_str()), (NEW, "check two"), "{label}");
        assert!(states(&store).await.contains(&(OLD.into(), KeyState::Retiring)), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_key_is_retired_only_when_nothing_is_under_it_and_takes_nothing_afterwards() {
    for_each_store(async |store, label| {
        store.adopt_key(OLD, "", None).await.unwrap();
        let one = integrations(&store, OLD, 1).await.remove(0);
        store.adopt_key(NEW, "", Some(OLD)).await.unwrap();
        let (auth, note) = (one.settings.auth.clone(), note());
        let fresh = (&auth, one.settings.account_id.as_str(), &note);
        // Who has begun to seal with the old key may still do so.
        let now = store.replace_credential(&one, fresh, &sealed(OLD, "again")).await.unwrap();
        assert!(!store.retire_key(OLD).await.unwrap(), "{label}");
        let now = store.replace_credential(&now, fresh, &sealed(NEW, "again")).await.unwrap();
        assert!(store.retire_key(OLD).await.unwrap(), "{label}");
        let late = store.replace_credential(&now, fresh, &sealed(OLD, "late")).await;
        assert_eq!(refused(late).await, "key.changed", "{label}");
        let late = store.add_integration(&integration("late", 99), &sealed(OLD, "late")).await;
        assert_eq!(refused(late).await, "key.changed", "{label}");
        assert_eq!(store.integrations().await.unwrap().len(), 1, "{label}");
        assert_eq!(store.sealed(&one.id).await.unwrap(), Some(sealed(NEW, "again")), "{label}");
    })
    .await;
}

#[tokio::test]
async fn every_value_is_wrapped_once_a_few_at_a_time() {
    for_each_store(async |store, label| {
        store.adopt_key(OLD, "", None).await.unwrap();
        integrations(&store, OLD, 450).await;
        store.adopt_key(NEW, "", Some(OLD)).await.unwrap();
        let (mut heard, mut asked) = (vec![], std::sync::Mutex::new(0));
        let rewrap = |value: &str| {
            *asked.lock().unwrap() += 1;
            under_new(value)
        };
        let go_on = |count| {
            heard.push(count);
            Ok::<_, StoreError>(())
        };
        let done = store.rewrap_sealed(NEW, rewrap, go_on).await.unwrap();
        assert_eq!((done.wrapped, done.left.len(), *asked.get_mut().unwrap()), (450, 0, 450), "{label}");
        assert_eq!(heard, [200, 400, 450], "{label}: it goes on a few at a time");
        assert_eq!(store.sealed_by_key().await.unwrap(), BTreeMap::from([(NEW.into(), 450)]), "{label}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changes_while_it_is_wrapped_is_theirs() {
    for_each_store(async |store, label| {
        store.adopt_key(OLD, "", None).await.unwrap();
        let one = integrations(&store, OLD, 2).await.remove(0);
        store.adopt_key(NEW, "", Some(OLD)).await.unwrap();
        let theirs = sealed(NEW, "theirs");
        let rewrap = |value: &str| {
            let replaced = async {
                let now = store.integration_of(&one.id).await.unwrap().unwrap();
                store.replace_credential(&now, (&now.settings.auth, "1", &note()), &theirs).await
            };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(replaced)).unwrap();
            under_new(value)
        };
        let done = store.rewrap_sealed(NEW, rewrap, |_| Ok::<_, StoreError>(())).await.unwrap();
        assert_eq!(done.wrapped, 1, "{label}");
        assert_eq!(store.sealed(&one.id).await.unwrap(), Some(theirs.clone()), "{label}");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_wrapped_stays_as_it_is_and_is_named() {
    for_each_store(async |store, label| {
        store.adopt_key(OLD, "", None).await.unwrap();
        let all = integrations(&store, OLD, 3).await;
        store.adopt_key(NEW, "", Some(OLD)).await.unwrap();
        let broken = sealed(OLD, "1");
        let rewrap = |value: &str| if value == broken { None } else { under_new(value) };
        let done = store.rewrap_sealed(NEW, rewrap, |_| Ok::<_, StoreError>(())).await.unwrap();
        assert_eq!(done.wrapped, 2, "{label}");
        assert_eq!(done.left, BTreeMap::from([((OLD.into(), "site 1".into()), 1)]), "{label}");
        assert_eq!(store.sealed(&all[1].id).await.unwrap(), Some(broken.clone()), "{label}");
        assert!(!store.retire_key(OLD).await.unwrap(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn bodies_in_quarantine_are_sealed_with_the_key_in_force_and_wrapped_too() {
    for_each_store(async |store, label| {
        store.adopt_key(OLD, "", None).await.unwrap();
        let bench = Bench::new(&store).await;
        let sealer = Sealer::new(|key, issue, _| Ok(sealed(key.expect("a key is in force"), issue)));
        let sink =
            store.sink(&bench.id, &bench.run, bench.lease.clone(), sealer, Retries::Due).await.unwrap();
        let keep = async |ids: std::ops::Range<u32>| {
            let unread = |id: u32| Quarantined {
                issue: id.to_string().as_str().into(),
                code: "issue.unreadable".into(),
                detail: String::new(),
                // Of every third the site sent nothing.
                raw: (!id.is_multiple_of(3)).then(|| "{}".to_owned()),
            };
            let quarantined = ids.map(unread).collect();
            sink.commit(Batch { quarantined, ..Batch::default() }).await.unwrap();
        };
        keep(0..600).await;
        let counts = async || store.sealed_by_key().await.unwrap();
        assert_eq!(counts().await, BTreeMap::from([(OLD.into(), 401)]), "{label}");
        store.adopt_key(NEW, "", Some(OLD)).await.unwrap();
        // A run that began before the rotation seals with the new key from here on.
        keep(600..603).await;
        assert_eq!(counts().await, BTreeMap::from([(OLD.into(), 401), (NEW.into(), 2)]), "{label}");
        let rewrap = |value: &str| if value.ends_with(".7") { None } else { under_new(value) };
        let done = store.rewrap_sealed(NEW, rewrap, |_| Ok::<_, StoreError>(())).await.unwrap();
        assert_eq!(done.wrapped, 400, "{label}");
        assert_eq!(done.left, BTreeMap::from([((OLD.into(), "acme".into()), 1)]), "{label}");
        assert!(!store.retire_key(OLD).await.unwrap(), "{label}: a body is under it");
        store.rewrap_sealed(NEW, under_new, |_| Ok::<_, StoreError>(())).await.unwrap();
        assert!(store.retire_key(OLD).await.unwrap(), "{label}");
        assert_eq!(counts().await, BTreeMap::from([(NEW.into(), 403)]), "{label}");
        let body = store.quarantined_body(&bench.id, "7").await.unwrap();
        assert_eq!(body, Some(sealed(NEW, "7")), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_rotation_that_is_stopped_keeps_what_it_has_done() {
    for_each_store(async |store, label| {
        store.adopt_key(OLD, "", None).await.unwrap();
        integrations(&store, OLD, 450).await;
        store.adopt_key(NEW, "", Some(OLD)).await.unwrap();
        let stop = |_| Err(StoreError::from(weir_model::Message::Interrupted {}));
        assert_eq!(refused(store.rewrap_sealed(NEW, under_new, stop).await).await, "interrupted", "{label}");
        let counts = store.sealed_by_key().await.unwrap();
        assert_eq!(counts, BTreeMap::from([(NEW.into(), 200), (OLD.into(), 250)]), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_key_waits_for_whoever_is_sealing_with_it_before_it_is_retired() {
    use sqlx::{Connection as _, PgConnection};
    let Some(pg) = weir_testkit::Pg::shared() else { return };
    let temp = weir_testkit::Engine::Postgres(pg).store().await;
    let weir_store::StoreAddress::Postgres(url) = temp.place.address() else { panic!("it is on PostgreSQL") };
    let store = &temp.store;
    store.adopt_key(OLD, "", None).await.unwrap();
    integrations(store, OLD, 1).await;
    store.adopt_key(NEW, "", Some(OLD)).await.unwrap();
    store.rewrap_sealed(NEW, under_new, |_| Ok::<_, StoreError>(())).await.unwrap();
    let mut sealing = PgConnection::connect(&url).await.unwrap();
    let late = "BEGIN; SELECT 1 FROM weir.sealing_key FOR KEY SHARE; \
                UPDATE weir.integration SET sealed = 'v1.0123456789abcdef.wrapped.late'";
    sqlx::raw_sql(late).execute(&mut sealing).await.unwrap();
    let mut retiring = std::pin::pin!(store.retire_key(OLD));
    let early = tokio::time::timeout(std::time::Duration::from_millis(300), &mut retiring).await;
    assert!(early.is_err(), "the commit comes first");
    sqlx::raw_sql("COMMIT").execute(&mut sealing).await.unwrap();
    assert!(!retiring.await.unwrap(), "and its value is seen");
}
