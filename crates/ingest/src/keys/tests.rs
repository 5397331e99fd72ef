use super::*;
use crate::credential::{keep_sealed, open_secret};
use std::{collections::BTreeSet, sync::Arc};
use weir_model::{
    AuthMethod, CredentialNote, Deployment, Exclusions, Integration, IntegrationId, IntegrationSettings,
    Millis, Scope, Transport,
};
use weir_store::{KeyState, Store};
use weir_testkit::{SeededEntropy, for_each_store};
use weir_vault::{ExposeSecret as _, KeyRing, MasterKey, OsEntropy};

/// A home folder with a key file, and a store with sealed credentials.
struct Bench {
    store: Store,
    file: KeyFile,
    _home: tempfile::TempDir,
}

impl Bench {
    async fn new(store: &Store, integrations: u64) -> Self {
        let home = tempfile::tempdir().unwrap();
        let bench = Self { store: store.clone(), file: KeyFile::in_folder(home.path()), _home: home };
        for n in 0..integrations {
            bench.add(n).await;
        }
        bench
    }

    async fn unlocked(&self) -> Result<Vault, Message> {
        unlock(&self.store, &self.file, WhenMissing::MakeForEmptyStore, Arc::new(OsEntropy)).await
    }

    async fn add(&self, n: u64) -> Integration {
        let vault = self.unlocked().await.unwrap();
        self.add_with(&vault, n).await.unwrap()
    }

    async fn add_with(&self, vault: &Vault, n: u64) -> Result<Integration, Message> {
        let integration = integration(n);
        let keep = async |sealed: &str| self.store.add_integration(&integration, sealed).await;
        keep_sealed(&self.store, vault, &integration.id, &secret(n), keep).await?;
        Ok(integration)
    }

    async fn rotate(&self, go_on: impl FnMut(Step) -> Result<(), Message>) -> Result<Rotation, Message> {
        rotate(&self.store, &self.file, Arc::new(OsEntropy), go_on).await
    }

    /// Every credential opens with this vault.
    async fn opens_with(&self, vault: &Vault) {
        let all = self.store.integrations().await.unwrap();
        assert!(!all.is_empty());
        for one in all {
            let opened = open_secret(&self.store, vault, &one).await.unwrap();
            assert_eq!(opened.expose_secret(), one.settings.description);
        }
    }

    /// Nothing but one key is left, and everything is under it.
    async fn is_settled(&self, label: &str) -> String {
        let ring = self.file.load().unwrap();
        let ids: Vec<&str> = ring.keys().map(MasterKey::id).collect();
        let active = self.store.active_key().await.unwrap().expect("a key is active").id;
        assert_eq!(ids, [active.as_str()], "{label}");
        let counts = self.store.sealed_by_key().await.unwrap();
        assert_eq!(counts.keys().collect::<Vec<_>>(), [&active], "{label}");
        for key in self.store.sealing_keys().await.unwrap() {
            assert!(key.id == active || key.state == KeyState::Retired, "{label}: {key:?}");
        }
        active
    }
}

fn secret(n: u64) -> Secret {
    Secret::from(format!("token {n}"))
}

/// What is known of each credential.
fn note() -> CredentialNote {
    CredentialNote { ends: None, added_at: Millis(0), added_by: "Dana".into(), expires_on: None }
}

fn integration(n: u64) -> Integration {
    Integration {
        id: IntegrationId::generate(Millis(n as i64), &SeededEntropy::new(n)),
        name: format!("site {n}"),
        kind: "jira".into(),
        settings: IntegrationSettings {
            deployment: Deployment::Cloud,
            site_url: "https://acme.example".into(),
            auth: AuthMethod::SiteToken { email: "me@acme.example".into() },
            account_id: "1".into(),
            credential: Some(note()),
            scope: Scope::Everything,
            exclusions: Exclusions::default(),
            transport: Transport::default(),
            timezone: None,
            interval_minutes: 15,
            cron: None,
            census_minutes: None,
            reread_minutes: 720,
            history_months: None,
            cases: None,
            speed: Default::default(),
            description: format!("token {n}"),
            tags: vec![],
            owner: None,
            secondary_owner: None,
            rhythms: vec![],
        },
        created_at: Millis(0),
    }
}

fn quietly(_: Step) -> Result<(), Message> {
    Ok(())
}

#[tokio::test]
async fn a_rotation_puts_everything_under_a_new_key_and_keeps_the_old_one_aside() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store, 3).await;
        let before = bench.is_settled(label).await;
        let running = bench.unlocked().await.unwrap();
        let mut steps = vec![];
        let done = bench
            .rotate(|step| {
                steps.push(step);
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(steps, [Step::Written, Step::InUse, Step::Wrapped(3), Step::Retired], "{label}");
        let after = bench.is_settled(label).await;
        assert_ne!(before, after, "{label}");
        assert_eq!((done.key, done.wrapped, done.is_resumed), (after, 3, false), "{label}");
        assert_eq!(done.retired[0].0, before, "{label}");
        assert_eq!(
            KeyFile::load(&bench.file).unwrap().newest().id(),
            bench.unlocked().await.unwrap().key_id()
        );
        assert!(std::fs::read_to_string(&done.retired[0].1).unwrap().len() == 45, "{label}");
        bench.opens_with(&running).await;
        bench.add_with(&running, 9).await.unwrap();
        bench.is_settled(label).await;
    })
    .await;
}

#[tokio::test]
async fn a_rotation_that_is_cut_off_between_any_two_steps_is_gone_on_with() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store, 3).await;
        for cut in 0..4 {
            let label = format!("{label}, cut at step {cut}");
            let running = bench.unlocked().await.unwrap();
            let before = bench.is_settled(&label).await;
            let mut left = cut;
            let stopped = bench
                .rotate(|_| {
                    left -= 1;
                    if left < 0 { Err(Message::Interrupted {}) } else { Ok(()) }
                })
                .await;
            assert_eq!(stopped.unwrap_err(), Message::Interrupted {}, "{label}");

            // Everybody goes on as if nothing were: who runs, who comes, and who seals.
            bench.opens_with(&running).await;
            bench.opens_with(&bench.unlocked().await.unwrap()).await;
            bench.add_with(&running, 100 + cut as u64).await.unwrap();
            bench.add(200 + cut as u64).await;

            let done = bench.rotate(quietly).await.unwrap();
            assert!(done.is_resumed, "{label}");
            let after = bench.is_settled(&label).await;
            assert_eq!(
                done.retired.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(),
                [before.as_str()],
                "{label}"
            );
            assert_ne!(after, before, "{label}");
            bench.opens_with(&running).await;
            bench.opens_with(&bench.unlocked().await.unwrap()).await;
        }
        assert_eq!(store.sealing_keys().await.unwrap().len(), 5, "{label}: no rotation made two keys");
    })
    .await;
}

#[tokio::test]
async fn two_cannot_rotate_at_once() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store, 1).await;
        let first = bench.file.lock().unwrap().expect("nobody rotates");
        let refused = bench.rotate(quietly).await.unwrap_err();
        assert_eq!(refused.id(), "key.rotating", "{label}");
        drop(first);
        bench.rotate(quietly).await.unwrap();

        // Nor can two machines with a key file each.
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::copy(bench.file.path(), elsewhere.path().join("secret.key")).unwrap();
        let other = KeyFile::in_folder(elsewhere.path());
        bench.rotate(|_| Err(Message::Interrupted {})).await.unwrap_err();
        rotate(&store, &other, Arc::new(OsEntropy), quietly).await.unwrap();
        assert_eq!(bench.rotate(quietly).await.unwrap_err().id(), "key.wrong", "{label}");
        std::fs::copy(other.path(), bench.file.path()).unwrap();
        bench.opens_with(&bench.unlocked().await.unwrap()).await;
        bench.is_settled(label).await;
    })
    .await;
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_refused_and_nothing_is_changed() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store, 1).await;
        let before = (store.sealing_keys().await.unwrap(), store.sealed_by_key().await.unwrap());
        let right = std::fs::read(bench.file.path()).unwrap();
        std::fs::remove_file(bench.file.path()).unwrap();
        let refusals = async |id: &str| {
            assert_eq!(bench.unlocked().await.unwrap_err().id(), id, "{label}");
            assert_eq!(refuse_wrong_key(&store, &bench.file).await.unwrap_err().id(), id, "{label}");
            assert_eq!(bench.rotate(quietly).await.unwrap_err().id(), id, "{label}");
        };
        refusals("key.missing").await;
        assert!(!bench.file.path().exists(), "{label}: a new key would hide the loss");
        bench.file.create(&OsEntropy).unwrap();
        let wrong = std::fs::read(bench.file.path()).unwrap();
        refusals("key.wrong").await;
        assert_eq!(std::fs::read(bench.file.path()).unwrap(), wrong, "{label}");
        assert_eq!((store.sealing_keys().await.unwrap(), store.sealed_by_key().await.unwrap()), before);
        std::fs::write(bench.file.path(), right).unwrap();
        bench.opens_with(&bench.unlocked().await.unwrap()).await;
    })
    .await;
}

#[tokio::test]
async fn a_check_value_of_another_key_is_noticed() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store, 1).await;
        let key = store.active_key().await.unwrap().unwrap();
        let stranger = Vault::new(MasterKey::generate(&OsEntropy).unwrap(), Arc::new(OsEntropy));
        let forged = check_value(&stranger).unwrap().replace(&stranger.key_id(), &key.id);
        store.adopt_key(&key.id, &forged, Some(&key.id)).await.unwrap();
        assert_eq!(bench.unlocked().await.unwrap_err().id(), "key.wrong", "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_store_without_check_values_takes_the_key_that_its_values_name() {
    for_each_store(async |store, label| {
        let home = tempfile::tempdir().unwrap();
        let bench = Bench { store: store.clone(), file: KeyFile::in_folder(home.path()), _home: home };
        let ring = bench.file.create(&OsEntropy).unwrap();
        let early = Vault::new(ring.newest().clone(), Arc::new(OsEntropy));
        bench.add_with(&early, 1).await.unwrap();
        assert_eq!(store.active_key().await.unwrap(), None, "{label}");
        let right = std::fs::read(bench.file.path()).unwrap();
        std::fs::remove_file(bench.file.path()).unwrap();
        assert_eq!(bench.unlocked().await.unwrap_err().id(), "key.missing", "{label}");
        bench.file.create(&OsEntropy).unwrap();
        assert_eq!(bench.unlocked().await.unwrap_err().id(), "key.wrong", "{label}");
        assert_eq!(refuse_wrong_key(&store, &bench.file).await.unwrap_err().id(), "key.wrong", "{label}");
        std::fs::write(bench.file.path(), right).unwrap();
        bench.opens_with(&bench.unlocked().await.unwrap()).await;
        assert_eq!(bench.is_settled(label).await, early.key_id(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_lost_key_gives_way_to_a_new_one_and_its_values_are_named() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store, 2).await;
        let lost = bench.is_settled(label).await;
        let aside = std::fs::read(bench.file.path()).unwrap();
        std::fs::remove_file(bench.file.path()).unwrap();
        let anew = unlock(&store, &bench.file, WhenMissing::MakeAnew, Arc::new(OsEntropy)).await.unwrap();
        let again = integration(0);
        let keep = async |sealed: &str| {
            store
                .replace_credential(
                    &again,
                    (&again.settings.auth, &again.settings.account_id, &note()),
                    sealed,
                )
                .await
                .map(drop)
        };
        keep_sealed(&store, &anew, &again.id, &secret(0), keep).await.unwrap();
        let done = bench.rotate(quietly).await.unwrap();
        assert_eq!(done.foreign, [(lost.clone(), "site 1".to_owned(), 1)], "{label}");
        let shown = show(&store, &bench.file).await.unwrap();
        let of = |id: &str| shown.iter().find(|key| key.id == id).cloned().unwrap();
        assert_eq!((of(&lost).sealed, of(&lost).is_in_file), (1, false), "{label}");
        assert_eq!((of(&done.key).sealed, of(&done.key).is_in_file), (1, true), "{label}");

        // The lost key turns up: put before the one in use, it opens what is under it, and a rotation takes that over.
        let both = [aside, std::fs::read(bench.file.path()).unwrap()].concat();
        std::fs::write(bench.file.path(), both).unwrap();
        bench.opens_with(&bench.unlocked().await.unwrap()).await;
        let done = bench.rotate(quietly).await.unwrap();
        assert_eq!((done.wrapped, done.foreign.len()), (1, 0), "{label}");
        bench.is_settled(label).await;
        bench.opens_with(&bench.unlocked().await.unwrap()).await;
    })
    .await;
}

#[tokio::test]
async fn a_broken_value_keeps_its_key_from_being_given_up() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store, 2).await;
        let old = bench.is_settled(label).await;
        let broken = store.sealed(&integration(1).id).await.unwrap().unwrap();
        let (head, _) = broken.rsplit_once('.').unwrap();
        store
            .replace_credential(
                &integration(1),
                (&integration(1).settings.auth, "1", &note()),
                &format!("{head}.AAAA"),
            )
            .await
            .unwrap();
        for _ in 0..2 {
            let refused = bench.rotate(quietly).await.unwrap_err();
            assert_eq!(refused.id(), "key.holds", "{label}");
            assert!(refused.what().contains("site 1") && refused.what().contains(&old), "{label}: {refused}");
        }
        let ring: KeyRing = bench.file.load().unwrap();
        assert!(ring.get(&old).is_some() && ring.keys().count() == 2, "{label}");
        let vault = bench.unlocked().await.unwrap();
        let keep = async |sealed: &str| {
            store
                .replace_credential(&integration(1), (&integration(1).settings.auth, "1", &note()), sealed)
                .await
                .map(drop)
        };
        keep_sealed(&store, &vault, &integration(1).id, &secret(1), keep).await.unwrap();
        bench.rotate(quietly).await.unwrap();
        bench.is_settled(label).await;
        bench.opens_with(&vault).await;
    })
    .await;
}

#[tokio::test]
async fn many_who_seal_beside_a_rotation_end_under_the_new_key() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store, 20).await;
        let running = bench.unlocked().await.unwrap();
        let sealing = futures::future::join_all((0..20).map(|n| bench.add_with(&running, 100 + n)));
        let (rotated, added) = futures::join!(bench.rotate(quietly), sealing);
        rotated.unwrap();
        for one in added {
            one.unwrap();
        }
        bench.is_settled(label).await;
        bench.opens_with(&running).await;
        let names: BTreeSet<_> =
            store.integrations().await.unwrap().into_iter().map(|one| one.name).collect();
        assert_eq!(names.len(), 40, "{label}");
    })
    .await;
}
