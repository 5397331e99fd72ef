//! Notifications: one message for an incident and what there is to say of it, whoever sees it and whatever is interrupted.

use crate::setup::*;
use weir_model::{
    Channel, ChannelId, ChannelKind, ChannelSettings, Incident, Message, Millis, NoticeContent, NoticeEvent,
    NoticeState,
};
use weir_store::{IncidentChange, NewNotice, Store};
use weir_testkit::{SeededEntropy, for_each_engine, for_each_store};

const SEALED: &str = "v1.0123456789abcdef.sealed";

fn channel(name: &str, seed: u64) -> Channel {
    Channel {
        id: ChannelId::generate(NOON, &SeededEntropy::new(seed)),
        name: name.into(),
        settings: ChannelSettings {
            kind: ChannelKind::Mail,
            to: vec!["ops@acme.example".into()],
            shown_url: None,
            events: vec![NoticeEvent::NeedsYou, NoticeEvent::Healed],
            quiet: None,
            workspaces: vec![],
            failing_hours: 6,
        },
        is_off: false,
        revision: 1,
        created_at: NOON,
    }
}

fn content(sentence: &str) -> NoticeContent {
    NoticeContent {
        event: "needs_you".into(),
        integration: "Acme".into(),
        sentence: sentence.into(),
        reason: String::new(),
        next: String::new(),
        path: "/integrations/Acme".into(),
    }
}

fn incident() -> Incident {
    Incident { id: "inc_1".into(), since: NOON, needed: false }
}

fn notice<'a>(channel: &'a Channel, what: &'a str, content: &'a NoticeContent) -> NewNotice<'a> {
    NewNotice { channel: &channel.id, incident: "inc_1", what, content, look_at: Millis(0) }
}

async fn kept(store: &Store) -> (Bench, Channel) {
    let (bench, channel) = (Bench::new(store).await, channel("Operators", 7));
    store.add_channel(&channel, SEALED).await.unwrap();
    (bench, channel)
}

#[tokio::test]
async fn a_channel_is_read_as_it_was_kept_and_changed_only_as_it_was_seen() {
    for_each_store(async |store, label| {
        let (_bench, channel) = kept(&store).await;
        assert_eq!(store.channels().await.unwrap(), std::slice::from_ref(&channel), "{label}");
        let twice = store.add_channel(&self::channel("Operators", 8), SEALED).await.unwrap_err();
        assert_eq!(twice.message().id(), "notification.taken", "{label}");
        let renamed = Channel { name: "Night".into(), ..channel.clone() };
        store.change_channel(&renamed, None).await.unwrap();
        let stale = store.change_channel(&channel, None).await.unwrap_err();
        assert!(matches!(stale.message(), Message::ChangedMeanwhile {}), "{label}: {stale:?}");
        let read = store.channel(&channel.id).await.unwrap().expect("it is there");
        assert_eq!((read.revision, read.name.as_str()), (2, "Night"), "{label}");
        assert_eq!(store.sealed_of_channel(&channel.id).await.unwrap().as_deref(), Some(SEALED), "{label}");
        assert!(store.remove_channel(&channel.id).await.unwrap(), "{label}");
        assert!(!store.remove_channel(&channel.id).await.unwrap(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn of_many_who_see_an_incident_begin_and_end_one_tells_it() {
    for_each_store(async |store, label| {
        let (bench, channel) = kept(&store).await;
        let all = async |change: fn(&Incident) -> IncidentChange<'_>, what: &'static str| {
            let tasks = (0..12).map(|_| {
                let (store, id, channel) = (store.clone(), bench.id, channel.clone());
                tokio::spawn(async move {
                    let (one, content) = (incident(), content(what));
                    let notices = [notice(&channel, what, &content)];
                    store.change_incident(&id, change(&one), &notices).await.unwrap()
                })
            });
            let mut changed = 0;
            for task in tasks.collect::<Vec<_>>() {
                changed += usize::from(task.await.unwrap());
            }
            changed
        };
        assert_eq!(all(|one| IncidentChange::Begins(one), "begun").await, 1, "{label}");
        // Many may see that it lasts; what they say of it is there once.
        assert_eq!(all(|one| IncidentChange::Lasts(one), "lasts").await, 12, "{label}");
        assert_eq!(all(|one| IncidentChange::Ends(one), "over").await, 1, "{label}");
        assert_eq!(all(|one| IncidentChange::Lasts(one), "late").await, 0, "{label}");
        let told = store.notices(&channel.id, None, 10).await.unwrap();
        let said: Vec<&str> = told.iter().map(|one| one.content.sentence.as_str()).collect();
        assert_eq!(said, ["over", "lasts", "begun"], "{label}");
        assert_eq!(store.told("inc_1").await.unwrap().len(), 3, "{label}");
        assert_eq!(store.incident(&bench.id).await.unwrap(), None, "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_taken_once_and_keeps_its_name_until_it_was_sent() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, clock, label) = (&temp.store, &temp.clock, engine.label());
        let (bench, channel) = kept(store).await;
        let (first, second) = (content("first"), content("second"));
        let notices = [notice(&channel, "a", &first), notice(&channel, "b", &second)];
        store.add_notices(Some(&bench.id), &notices).await.unwrap();
        assert_eq!(store.channels_due().await.unwrap(), [channel.id], "{label}");
        let tasks = (0..12).map(|n| {
            let (store, id) = (store.clone(), channel.id);
            tokio::spawn(async move { store.claim_notices(&id, &format!("msg_{n}"), true).await.unwrap() })
        });
        let mut taken = vec![];
        for task in tasks.collect::<Vec<_>>() {
            taken.extend(task.await.unwrap());
        }
        let [batch] = taken.as_slice() else { panic!("{label}: {taken:?}") };
        assert_eq!((batch.notices.len(), batch.attempts), (2, 1), "{label}");
        // It failed, and is tried again at its time under the same name.
        let again = Millis(weir_model::Clock::now(clock.as_ref()).0 + 60_000);
        store.batch_done(&channel.id, &batch.id, (NoticeState::Failed, "away"), again).await.unwrap();
        assert_eq!(store.claim_notices(&channel.id, "msg_x", true).await.unwrap(), None, "{label}");
        clock.set(again);
        let retried = store.claim_notices(&channel.id, "msg_x", true).await.unwrap().expect("it is due");
        assert_eq!((&retried.id, retried.attempts), (&batch.id, 2), "{label}");
        // Whoever had it ended meanwhile: a webhook is sent again, of a mail nobody knows.
        clock.advance(11 * 60_000);
        let left = store.claim_notices(&channel.id, "msg_x", true).await.unwrap().expect("it was left");
        assert_eq!((&left.id, left.attempts), (&batch.id, 3), "{label}");
        clock.advance(11 * 60_000);
        assert_eq!(store.claim_notices(&channel.id, "msg_x", false).await.unwrap(), None, "{label}");
        let told = store.notices(&channel.id, None, 10).await.unwrap();
        assert!(told.iter().all(|one| one.state == NoticeState::Unknown), "{label}: {told:?}");
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_channel_that_is_turned_off_or_an_integration_that_goes_is_never_sent() {
    for_each_store(async |store, label| {
        let (bench, channel) = kept(&store).await;
        let one = content("waits");
        let begun = IncidentChange::Begins(&incident());
        store.change_incident(&bench.id, begun, &[notice(&channel, "a", &one)]).await.unwrap();
        let off = Channel { is_off: true, ..channel.clone() };
        store.change_channel(&off, None).await.unwrap();
        assert!(store.notices(&channel.id, None, 10).await.unwrap().is_empty(), "{label}");
        store.add_notices(Some(&bench.id), &[notice(&channel, "b", &one)]).await.unwrap();
        assert!(store.channels_due().await.unwrap().is_empty(), "{label}");
        store.add_notices(None, &[notice(&channel, "c", &one)]).await.unwrap();
        store.delete_integration(&bench.id, "Dana").await.unwrap();
        assert_eq!(store.notices(&channel.id, None, 10).await.unwrap().len(), 1, "{label}");
        let (deleted, seen_by) = store.deleted_since(Millis(0)).await.unwrap().remove(0);
        assert_eq!((deleted.id, seen_by), (bench.id, vec![]), "{label}");
        store.forget_notices(Millis(i64::MAX)).await.unwrap();
        let left = store.notices(&channel.id, None, 10).await.unwrap();
        assert_eq!(left.len(), 1, "{label}: what waits is not forgotten");
    })
    .await;
}
