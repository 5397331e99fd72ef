//! Sprints as older versions write them into issues: the text of a Java object.
//!
//! `com.atlassian.greenhopper.service.sprint.Sprint@1a2b[id=12,rapidViewId=3,state=CLOSED,name=…,startDate=…,…]`. Names
//! and goals are not escaped and may hold commas, brackets, `=` and line breaks; the set of members and their order
//! depend on the version. So a name ends where a whole run of other members begins that holds until the next text or
//! the end. `jira-api` §6.3.

use crate::jira::{
    stamp::{self, Stamp},
    wire::{SprintValue, Text},
};

/// Members whose values hold no comma.
const PLAIN: [&str; 11] = [
    "id",
    "rapidViewId",
    "state",
    "startDate",
    "endDate",
    "completeDate",
    "activatedDate",
    "sequence",
    "synced",
    "autoStartStop",
    "incompleteIssuesDestinationId",
];

/// Members of free text.
const FREE: [&str; 2] = ["name", "goal"];

/// A text longer than this is no sprint.
const LONGEST: usize = 64 * 1024;

/// Reads the text of a sprint; `None` where it is none.
pub(in crate::jira) fn parse(text: &str) -> Option<SprintValue<'_>> {
    if text.len() > LONGEST {
        return None;
    }
    let inside = text.get(text.find('[')? + 1..text.rfind(']')?)?;
    let mut sprint = SprintValue::default();
    let mut rest = inside;
    let mut seen = Vec::with_capacity(PLAIN.len());
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        seen.push(name);
        let (value, next) = match FREE.contains(&name) {
            true => after.split_at(free_end(after, &seen)),
            false => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        rest = next.strip_prefix(',').unwrap_or(next);
        if value == "<null>" {
            continue;
        }
        let text = || Some(Text(value.into()));
        match name {
            "id" => sprint.id = Text(value.into()),
            "rapidViewId" => sprint.board_id = text(),
            "state" => sprint.state = text(),
            "name" => sprint.name = text(),
            "goal" => sprint.goal = text(),
            "startDate" => sprint.start_date = Stamp(stamp::parse(value)),
            "endDate" => sprint.end_date = Stamp(stamp::parse(value)),
            "completeDate" => sprint.complete_date = Stamp(stamp::parse(value)),
            _ => {}
        }
    }
    let has_id = !sprint.id.is_empty() && sprint.id.bytes().all(|byte| byte.is_ascii_digit());
    has_id.then_some(sprint)
}

/// Where a free text ends: at the first comma behind which only members follow that were not `seen` yet.
fn free_end(text: &str, seen: &[&str]) -> usize {
    let mut commas = text.match_indices(',').map(|(at, _)| at);
    commas.find(|at| is_run(&text[at + 1..], seen)).unwrap_or(text.len())
}

/// Whether other members follow each other here until the end, or until the other free text; between the two texts
/// stand the dates.
fn is_run(mut text: &str, seen: &[&str]) -> bool {
    let mut members = 0;
    loop {
        let Some((name, after)) = text.split_once('=') else { return false };
        if seen.contains(&name) {
            return false;
        }
        if FREE.contains(&name) {
            return members > 0;
        }
        members += 1;
        if !PLAIN.contains(&name) {
            return false;
        }
        match after.find(',') {
            Some(end) if fits(name, &after[..end]) => text = &after[end + 1..],
            Some(_) => return false,
            None => return fits(name, after),
        }
    }
}

/// Whether a member can have this value.
fn fits(name: &str, value: &str) -> bool {
    value == "<null>"
        || match name {
            "synced" | "autoStartStop" => matches!(value, "true" | "false"),
            "state" => value.bytes().all(|byte| byte.is_ascii_uppercase()),
            name if name.ends_with("Date") => stamp::parse(value).is_some(),
            _ => value.bytes().all(|byte| byte.is_ascii_digit()),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "com.atlassian.greenhopper.service.sprint.Sprint@5d9c[id=12,rapidViewId=3,state=CLOSED,name=";
    const DATES: &str = ",startDate=2023-05-02T09:00:00.000+02:00,endDate=<null>,completeDate=<null>,activatedDate=<null>,sequence=12";

    fn check(text: &str, name: Option<&str>, goal: Option<&str>) {
        let sprint = parse(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((&*sprint.id, sprint.board_id.as_deref()), ("12", Some("3")), "{text}");
        assert_eq!((sprint.name.as_deref(), sprint.goal.as_deref()), (name, goal), "{text}");
        assert!(sprint.start_date.0.is_some() && sprint.end_date.0.is_none());
    }

    #[test]
    fn names_and_goals_may_hold_anything() {
        for name in [
            "Sprint 1",
            "a, b",
            "x=1,y=[2]",
            "ends with ]",
            "id=7,state=OPEN",
            "a,goal=none",
            "two\nlines",
            "",
        ] {
            check(&format!("{HEAD}{name}{DATES},goal=<null>]"), Some(name), None);
            check(&format!("{HEAD}S{DATES},goal={name}]"), Some("S"), Some(name));
            let tail = ",synced=false,autoStartStop=false,incompleteIssuesDestinationId=<null>]";
            check(
                &format!("{HEAD}{name}{DATES},goal=go, {name}{tail}"),
                Some(name),
                Some(&format!("go, {name}")),
            );
        }
    }

    #[test]
    fn other_orders_and_fewer_members_are_read() {
        let old = "Sprint@1[startDate=2013-07-26T11:31:09.530+01:00,name=A, B,endDate=<null>,completeDate=<null>,rapidViewId=3,state=ACTIVE,id=12]";
        check(old, Some("A, B"), None);
        check(&format!("{HEAD}<null>{DATES}]"), None, None);
    }

    #[test]
    fn what_is_no_sprint_is_none() {
        for text in ["", "Sprint", "Sprint@1[]", "Sprint@1[name=x]", "Sprint@1[id=x]", "]["] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
