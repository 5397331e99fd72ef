//! What is told by the calendar: deletions, and credentials that end.

use weir_model::{DAY_MS, DeletedIntegration, Deletion, Integration, Millis, NoticeEvent};

/// Days before the end of a credential at which somebody is told.
const DAYS: [i64; 4] = [1, 7, 14, 30];

/// What is told where a deletion was taken back: no event of its own, but for whoever was told of the deletion.
pub(super) const TAKEN_BACK: &str = "deletion_cancelled";

/// What the names of all deletions of an integration begin with.
pub(super) fn deletions(integration: &Integration) -> String {
    format!("deletion:{}", integration.id)
}

/// Something that is due to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Dated {
    pub(super) event: NoticeEvent,
    pub(super) incident: String,
    pub(super) what: String,
}

/// What there is to tell of a deletion that waits. One that waits for a day at most is told of once.
pub(super) fn of_deletion(integration: &Integration, deletion: &Deletion, now: Millis) -> Vec<Dated> {
    let dated = |event, what: &str| Dated {
        event,
        incident: format!("{}:{}", deletions(integration), deletion.asked_at.0),
        what: what.to_owned(),
    };
    let mut due = vec![dated(NoticeEvent::DeletionScheduled, "scheduled")];
    let waits_long = deletion.due_at.since(deletion.asked_at) > DAY_MS;
    if waits_long && deletion.due_at.since(now) <= DAY_MS {
        due.push(dated(NoticeEvent::DeletionSoon, "soon"));
    }
    due
}

/// That an integration was deleted.
pub(super) fn of_deleted(deleted: &DeletedIntegration) -> Dated {
    Dated {
        event: NoticeEvent::DeletionDone,
        incident: format!("deleted:{}", deleted.id),
        what: "done".to_owned(),
    }
}

/// That a credential ends within 30 days, 14, 7 or one.
pub(super) fn of_credential(integration: &Integration, now: Millis) -> Option<Dated> {
    let day = integration.settings.credential.as_ref()?.expires_on?;
    let left = day.0.div_euclid(DAY_MS) - now.0.div_euclid(DAY_MS);
    let within = DAYS.into_iter().find(|days| left <= *days)?;
    Some(Dated {
        event: NoticeEvent::CredentialExpires,
        incident: format!("credential:{}:{}", integration.id, day.0),
        what: format!("{within} days"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use weir_model::CredentialNote;

    #[test]
    fn a_deletion_is_told_when_it_is_asked_for_and_once_more_a_day_before() {
        let integration = samples::integration("Acme", 0, Millis(0));
        let words = |days: i64, now: i64| {
            let (asked_at, due_at) = (Millis(0), Millis(days * DAY_MS));
            let deletion = Deletion { asked_at, asked_by: "Dana".into(), due_at };
            let due = of_deletion(&integration, &deletion, Millis(now * DAY_MS));
            due.into_iter().map(|one| one.what).collect::<Vec<_>>()
        };
        assert_eq!(words(7, 5), ["scheduled"]);
        assert_eq!(words(7, 6), ["scheduled", "soon"]);
        assert_eq!(words(1, 0), ["scheduled"]);
    }

    #[test]
    fn the_end_of_a_credential_is_told_at_thirty_days_fourteen_seven_and_one() {
        let mut integration = samples::integration("Acme", 0, Millis(0));
        let mut what = |left: i64| {
            let expires_on = Some(Millis(left * DAY_MS));
            let note =
                CredentialNote { ends: None, added_at: Millis(0), added_by: "Dana".into(), expires_on };
            integration.settings.credential = Some(note);
            of_credential(&integration, Millis(DAY_MS / 2)).map(|one| one.what)
        };
        assert_eq!(what(31), None);
        for (left, told) in [
            (30, "30 days"),
            (15, "30 days"),
            (14, "14 days"),
            (7, "7 days"),
            (2, "7 days"),
            (1, "1 days"),
            (-3, "1 days"),
        ] {
            assert_eq!(what(left).as_deref(), Some(told), "{left}");
        }
    }
}
