use weir_model::{
    Clock as _, Millis, ScimDirectory, ScimId, ScimKind, ScimMember, ScimResource, Workspace, WorkspaceId,
};
use weir_store::{ScimSought, ScimWritten, Store};
use weir_testkit::{SeededEntropy, for_each_engine};

const SERVER: ScimDirectory = ScimDirectory(None);

fn resource(kind: ScimKind, directory: ScimDirectory, name: &str, seed: u64) -> ScimResource {
    ScimResource {
        id: ScimId::generate(Millis(1_000), &SeededEntropy::new(seed)),
        directory,
        kind,
        name: name.to_owned(),
        external_id: Some(format!("ext-{name}")),
        active: Some(true),
        document: format!("{{\"name\":\"{name}\"}}"),
        created_at: Millis(1_000),
        modified_at: Millis(1_000),
        revision: 1,
    }
}

fn member(id: impl ToString) -> ScimMember {
    ScimMember { id: id.to_string(), said: None, kind: None }
}

async fn names(store: &Store, directory: ScimDirectory, kind: ScimKind, sought: ScimSought) -> Vec<String> {
    let found = store.scim_resources(directory, kind, &sought).await.unwrap();
    found.into_iter().map(|(_, one)| one.name).collect()
}

async fn members(store: &Store, group: &ScimResource) -> Vec<(String, Option<ScimKind>)> {
    let found = store.scim_resources(group.directory, group.kind, &ScimSought::Id(group.id)).await.unwrap();
    let all = store.scim_members(&[found[0].0]).await.unwrap();
    all.into_iter().map(|(_, one)| (one.id, one.kind)).collect()
}

#[tokio::test]
async fn a_user_is_found_by_name_by_the_id_of_its_provider_and_page_by_page() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        for (seed, name) in ["ann", "bob", "cyn"].into_iter().enumerate() {
            let user = resource(ScimKind::User, SERVER, name, seed as u64);
            assert_eq!(store.add_scim(&user, &[]).await.unwrap(), ScimWritten::Done, "{label}");
        }
        let found = async |sought| names(store, SERVER, ScimKind::User, sought).await;
        assert_eq!(found(ScimSought::Name("bob".into())).await, ["bob"], "{label}");
        assert_eq!(found(ScimSought::ExternalId("ext-cyn".into())).await, ["cyn"], "{label}");
        assert_eq!(found(ScimSought::Page { offset: 1, limit: 1 }).await, ["bob"], "{label}");
        assert_eq!(found(ScimSought::Behind(0, 2)).await, ["ann", "bob"], "{label}");
        assert_eq!(found(ScimSought::Numbers(vec![3, 1])).await, ["ann", "cyn"], "{label}");
        assert!(found(ScimSought::Numbers(vec![])).await.is_empty(), "{label}");
        assert_eq!(store.scim_count(SERVER, ScimKind::User).await.unwrap(), 3, "{label}");
        assert_eq!(store.scim_count(SERVER, ScimKind::Group).await.unwrap(), 0, "{label}");
        let ann =
            store.scim_resources(SERVER, ScimKind::User, &ScimSought::Name("ann".into())).await.unwrap();
        assert_eq!(ann[0].1, resource(ScimKind::User, SERVER, "ann", 0), "{label}");
    })
    .await;
}

#[tokio::test]
async fn no_two_users_of_a_directory_have_one_name_and_directories_do_not_know_of_each_other() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let own = ScimDirectory(Some(WorkspaceId::generate(Millis(1), &SeededEntropy::new(9))));
        let ann = resource(ScimKind::User, SERVER, "ann", 1);
        let add = async |kind, directory, seed| {
            store.add_scim(&resource(kind, directory, "ann", seed), &[]).await.unwrap()
        };
        assert_eq!(add(ScimKind::User, SERVER, 1).await, ScimWritten::Done, "{label}");
        assert_eq!(add(ScimKind::User, SERVER, 2).await, ScimWritten::Taken, "{label}");
        assert_eq!(add(ScimKind::User, own, 3).await, ScimWritten::Done, "{label}");
        assert_eq!(add(ScimKind::Group, SERVER, 4).await, ScimWritten::Done, "{label}");
        assert_eq!(
            add(ScimKind::Group, SERVER, 5).await,
            ScimWritten::Done,
            "groups may share one, on {label}"
        );
        let by_id = ScimSought::Id(ann.id);
        assert_eq!(names(store, SERVER, ScimKind::User, by_id.clone()).await, ["ann"], "{label}");
        assert!(names(store, own, ScimKind::User, by_id.clone()).await.is_empty(), "{label}");
        assert!(names(store, SERVER, ScimKind::Group, by_id).await.is_empty(), "{label}");

        let mut bob = resource(ScimKind::User, SERVER, "bob", 6);
        store.add_scim(&bob, &[]).await.unwrap();
        bob.name = "ann".into();
        bob.revision = 2;
        assert_eq!(store.replace_scim(&bob, 1, None).await.unwrap(), ScimWritten::Taken, "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_change_is_made_of_what_was_seen_and_of_nothing_else() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let mut ann = resource(ScimKind::User, SERVER, "ann", 1);
        store.add_scim(&ann, &[]).await.unwrap();
        ann.active = None;
        ann.revision = 2;
        assert_eq!(store.replace_scim(&ann, 1, None).await.unwrap(), ScimWritten::Done, "{label}");
        assert_eq!(store.replace_scim(&ann, 1, None).await.unwrap(), ScimWritten::Changed, "{label}");
        let remove = async |seen| store.remove_scim(SERVER, ScimKind::User, &ann.id, seen).await.unwrap();
        assert_eq!(remove(1).await, ScimWritten::Changed, "{label}");
        let found = store.scim_resources(SERVER, ScimKind::User, &ScimSought::Id(ann.id)).await.unwrap();
        assert_eq!(found[0].1, ann, "{label}");
        assert_eq!((remove(2).await, remove(2).await), (ScimWritten::Done, ScimWritten::Changed), "{label}");
    })
    .await;
}

#[tokio::test]
async fn members_keep_their_order_and_whoever_is_removed_is_in_no_group() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let (ann, bob) =
            (resource(ScimKind::User, SERVER, "ann", 1), resource(ScimKind::User, SERVER, "bob", 2));
        store.add_scim(&ann, &[]).await.unwrap();
        store.add_scim(&bob, &[]).await.unwrap();
        let mut group = resource(ScimKind::Group, SERVER, "devs", 3);
        let listed = [member(bob.id), member("nobody"), member(ann.id)];
        store.add_scim(&group, &listed).await.unwrap();
        let user = Some(ScimKind::User);
        let (a, b) = (ann.id.to_string(), bob.id.to_string());
        let all = [(b.clone(), user), ("nobody".into(), None), (a.clone(), user)];
        assert_eq!(members(store, &group).await, all, "{label}");
        let in_groups = store.scim_memberships(SERVER, &[ann.id, bob.id]).await.unwrap();
        assert_eq!((in_groups.len(), in_groups[0].group), (2, group.id), "{label}");
        assert_eq!(
            names(store, SERVER, ScimKind::Group, ScimSought::Member(a.clone())).await,
            ["devs"],
            "{label}"
        );

        group.revision = 2;
        let said = ScimMember { said: Some("{}".into()), ..member(ann.id) };
        let changed = [said.clone(), member("new"), member(bob.id)];
        assert_eq!(
            store.replace_scim(&group, 1, Some(&changed)).await.unwrap(),
            ScimWritten::Done,
            "{label}"
        );
        let all = [(b, user), (a.clone(), user), ("new".into(), None)];
        assert_eq!(members(store, &group).await, all, "who stays keeps the place, on {label}");

        temp.clock.advance(5_000);
        store.remove_scim(SERVER, ScimKind::User, &bob.id, 1).await.unwrap();
        let found = store.scim_resources(SERVER, ScimKind::Group, &ScimSought::Id(group.id)).await.unwrap();
        assert_eq!(found[0].1.revision, 3, "the group is another one, on {label}");
        assert_eq!(found[0].1.modified_at, temp.clock.now(), "{label}");
        assert_eq!(members(store, &group).await, [(a, user), ("new".into(), None)], "{label}");
        let many: Vec<ScimMember> = (0..1_000).map(|n| member(format!("m{n}"))).collect();
        group.revision = 4;
        store.replace_scim(&group, 3, Some(&many)).await.unwrap();
        assert_eq!(members(store, &group).await.len(), 1_000, "{label}");
        group.revision = 5;
        store.replace_scim(&group, 4, Some(&[])).await.unwrap();
        assert!(members(store, &group).await.is_empty(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_workspace_that_is_deleted_takes_its_people_along() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let id = WorkspaceId::generate(Millis(1), &SeededEntropy::new(9));
        let workspace = Workspace { id, name: "own".into(), created_at: Millis(1) };
        store.add_workspace(&workspace).await.unwrap();
        let own = ScimDirectory(Some(id));
        store.add_scim(&resource(ScimKind::Group, own, "devs", 1), &[member("x")]).await.unwrap();
        store.add_scim(&resource(ScimKind::User, SERVER, "ann", 2), &[]).await.unwrap();
        store.delete_workspace(&id).await.unwrap();
        assert_eq!(store.scim_count(own, ScimKind::Group).await.unwrap(), 0, "{label}");
        assert_eq!(store.scim_count(SERVER, ScimKind::User).await.unwrap(), 1, "{label}");
    })
    .await;
}
