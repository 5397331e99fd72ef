//! Nudges: one message for a recipient in a period, whoever sends it and whatever is interrupted.

use crate::setup::*;
use weir_model::{
    Message, MessageState, Millis, Nudge, NudgeChannel, NudgeId, NudgePeriod, NudgeSettings, NudgeTurn,
};
use weir_store::{MessageClaim, Store};
use weir_testkit::{SeededEntropy, for_each_store};

const SEALED: &str = "v1.0123456789abcdef.sealed";
const LATER: Millis = Millis(NOON.0 + 3_600_000);

fn nudge(name: &str, seed: u64) -> Nudge {
    Nudge {
        id: NudgeId::generate(NOON, &SeededEntropy::new(seed)),
        name: name.into(),
        settings: NudgeSettings {
            channel: NudgeChannel::Mail,
            by: "assignee".into(),
            rules: vec!["no_due_date".into()],
            period: NudgePeriod::Day,
            hour: 8,
            zone: Some("Europe/Berlin".into()),
            url: None,
            teams: vec![],
        },
        paused: false,
        revision: 1,
        created_at: NOON,
        covered_until: NOON,
        due_at: Millis(0),
        last: None,
    }
}

async fn kept(store: &Store) -> (Bench, Nudge) {
    let (bench, nudge) = (Bench::new(store).await, nudge("Mornings", 7));
    store.add_nudge(&bench.id, &nudge, SEALED).await.unwrap();
    (bench, nudge)
}

fn claim<'a>(bench: &'a Bench, nudge: &'a Nudge, recipient: &'a str) -> MessageClaim<'a> {
    MessageClaim {
        integration: &bench.id,
        nudge: &nudge.id,
        recipient,
        period: NOON,
        until: LATER,
        issues: 3,
        may_repeat: false,
    }
}

#[tokio::test]
async fn a_nudge_is_read_as_it_was_kept_and_changed_only_as_it_was_seen() {
    for_each_store(async |store, label| {
        let (bench, nudge) = kept(&store).await;
        assert_eq!(store.nudges(&bench.id).await.unwrap(), std::slice::from_ref(&nudge), "{label}");
        let twice = store.add_nudge(&bench.id, &self::nudge("Mornings", 8), SEALED).await.unwrap_err();
        assert!(twice.message().id() == "nudge.taken", "{label}: {twice:?}");
        let renamed = Nudge { name: "Evenings".into(), paused: true, ..nudge.clone() };
        store.change_nudge(&renamed, None).await.unwrap();
        let stale = store.change_nudge(&nudge, None).await.unwrap_err();
        assert!(matches!(stale.message(), Message::ChangedMeanwhile {}), "{label}: {stale:?}");
        let (of, read) = store.nudge(&nudge.id).await.unwrap().expect("it is there");
        assert_eq!((of.id, read.revision, read.name.as_str()), (bench.id, 2, "Evenings"), "{label}");
        assert_eq!(store.sealed_of_nudge(&nudge.id).await.unwrap().as_deref(), Some(SEALED), "{label}");
    })
    .await;
}

#[tokio::test]
async fn of_many_who_want_to_send_a_message_one_does() {
    for_each_store(async |store, label| {
        let (bench, nudge) = kept(&store).await;
        let claims = (0..16).map(|_| {
            let (store, id, of) = (store.clone(), nudge.id, bench.id);
            tokio::spawn(async move {
                let claim = MessageClaim {
                    integration: &of,
                    nudge: &id,
                    recipient: "ann",
                    period: NOON,
                    until: LATER,
                    issues: 3,
                    may_repeat: true,
                };
                store.claim_message(&claim).await.unwrap()
            })
        });
        let mut taken = 0;
        for one in claims.collect::<Vec<_>>() {
            taken += usize::from(one.await.unwrap());
        }
        assert_eq!(taken, 1, "{label}");
        // Another recipient, and another period, are other messages.
        assert!(store.claim_message(&claim(&bench, &nudge, "bea")).await.unwrap(), "{label}");
        let next = MessageClaim { period: LATER, ..claim(&bench, &nudge, "ann") };
        assert!(store.claim_message(&next).await.unwrap(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn what_was_not_taken_is_tried_five_times_and_what_was_sent_or_may_have_been_never_again() {
    for_each_store(async |store, label| {
        let (bench, nudge) = kept(&store).await;
        let failing = claim(&bench, &nudge, "ann");
        for attempt in 1..=5 {
            assert!(store.claim_message(&failing).await.unwrap(), "{label} {attempt}");
            let again = store.message_done(&failing, MessageState::Failed, "away").await.unwrap();
            assert_eq!(again, attempt < 5, "{label} {attempt}");
        }
        assert!(!store.claim_message(&failing).await.unwrap(), "{label}");
        for state in [MessageState::Sent, MessageState::Refused, MessageState::Unknown] {
            let one = claim(&bench, &nudge, state.as_str());
            assert!(store.claim_message(&one).await.unwrap(), "{label}");
            assert!(!store.message_done(&one, state, "").await.unwrap(), "{label}");
            assert!(!store.claim_message(&one).await.unwrap(), "{label} {state:?}");
        }
        // Whoever was sending was killed: nobody knows whether it arrived.
        let left = claim(&bench, &nudge, "left");
        assert!(store.claim_message(&left).await.unwrap() && !store.claim_message(&left).await.unwrap());
        let shown = store.nudge_messages(&nudge.id, None, 10).await.unwrap();
        let states: Vec<&str> = shown.iter().map(|one| one.state.as_str()).collect();
        assert_eq!(states, ["failed", "sending", "refused", "sent", "unknown"], "{label}");
        assert_eq!((shown[0].attempts, shown[0].said.as_str(), shown[0].issues), (5, "away", 3), "{label}");
        let after = store.nudge_messages(&nudge.id, Some((NOON, "refused")), 10).await.unwrap();
        assert_eq!(after.len(), 2, "{label}");
    })
    .await;
}

#[tokio::test]
async fn what_the_other_side_knows_again_is_repeated_once_it_was_left() {
    for_each_store(async |store, label| {
        let (bench, nudge) = kept(&store).await;
        let one = MessageClaim { may_repeat: true, ..claim(&bench, &nudge, "ann") };
        assert!(store.claim_message(&one).await.unwrap(), "{label}");
        assert!(!store.claim_message(&one).await.unwrap(), "somebody is at it, {label}");
        // The rows of a test have the clock of its store, which stands: a row from before was left.
        let before = MessageClaim { period: Millis(NOON.0 - 1), ..one };
        assert!(store.claim_message(&before).await.unwrap(), "{label}");
        store.message_done(&before, MessageState::Unknown, "").await.unwrap();
        assert!(!store.claim_message(&before).await.unwrap(), "not yet, {label}");
    })
    .await;
}

#[tokio::test]
async fn one_of_several_servers_takes_a_nudge_that_is_due() {
    for_each_store(async |store, label| {
        let (bench, nudge) = kept(&store).await;
        store
            .add_nudge(&bench.id, &Nudge { paused: true, ..self::nudge("Paused", 9) }, SEALED)
            .await
            .unwrap();
        let due = store.nudges_due().await.unwrap();
        assert_eq!(due.iter().map(|one| one.id).collect::<Vec<_>>(), [nudge.id], "{label}");
        let far = Millis(i64::MAX / 2);
        assert!(store.put_off_nudge(&due[0], far).await.unwrap(), "{label}");
        assert!(!store.put_off_nudge(&due[0], far).await.unwrap(), "{label}");
        assert!(store.nudges_due().await.unwrap().is_empty(), "{label}");
        let turn = NudgeTurn { sent: 2, ..NudgeTurn::default() };
        store.end_nudge(&nudge, (LATER, far), &turn).await.unwrap();
        let (_, read) = store.nudge(&nudge.id).await.unwrap().expect("it is there");
        assert_eq!((read.covered_until, read.due_at, read.last), (LATER, far, Some(turn)), "{label}");
        // One that was changed meanwhile is as it was changed to.
        store.end_nudge(&nudge, (NOON, NOON), &NudgeTurn::default()).await.unwrap();
        assert_eq!(store.nudge(&nudge.id).await.unwrap().expect("it").1.covered_until, LATER, "{label}");
    })
    .await;
}

#[tokio::test]
async fn who_leaves_is_out_until_it_is_taken_back_and_everything_goes_with_the_integration() {
    for_each_store(async |store, label| {
        let (bench, nudge) = kept(&store).await;
        for by in ["link", "ada"] {
            store.opt_out(&bench.id, &nudge.id, "ann", by).await.unwrap();
        }
        let all = store.nudge_opt_outs(&nudge.id).await.unwrap();
        assert_eq!(all.iter().map(|one| (&*one.recipient, &*one.by)).collect::<Vec<_>>(), [("ann", "link")]);
        assert!(
            store.opt_in(&nudge.id, "ann").await.unwrap() && !store.opt_in(&nudge.id, "ann").await.unwrap()
        );
        store.opt_out(&bench.id, &nudge.id, "ann", "link").await.unwrap();
        store.claim_message(&claim(&bench, &nudge, "ann")).await.unwrap();
        store.nothing_new(&bench.id, &nudge.id, (LATER, LATER)).await.unwrap();
        let of_recipients = store.told_since(&nudge.id, NOON).await.unwrap();
        assert_eq!(of_recipients.len(), 1, "that nothing was new is nobody's, {label}");
        store.delete_integration(&bench.id, "ada").await.unwrap();
        assert_eq!(store.nudge(&nudge.id).await.unwrap(), None, "{label}");
        assert!(store.nudge_opt_outs(&nudge.id).await.unwrap().is_empty(), "{label}");
        assert!(store.nudge_messages(&nudge.id, None, 10).await.unwrap().is_empty(), "{label}");
    })
    .await;
}
