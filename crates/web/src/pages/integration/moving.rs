//! What another scope does to the issues that are here: how many leave, and how many are added. Neither follows from how many the two
//! scopes take: it takes those that both do.

use crate::{
    app::App,
    http::Problem,
    pages::{
        connect::door_of,
        format::{count, inert, number},
    },
};
use weir_ingest::{
    Edited,
    connect::{count_issues, in_both},
};
use weir_model::{Integration, Scope};

/// Says it, where the new scope takes so many issues at the site.
pub(super) async fn told(app: &App, edited: &Edited, taken: u64) -> Result<String, Problem> {
    let here = app.store.health_facts(&edited.before.id).await?.issues;
    Ok(match staying(app, edited, (here, taken)).await? {
        Ok(staying) => sentence(here - staying, taken.saturating_sub(staying), here),
        Err(why) => format!("How many issues leave and how many are added is not known. {why}"),
    })
}

/// How many of those that are here the new scope takes; or why that is not known.
async fn staying(
    app: &App,
    edited: &Edited,
    (here, taken): (u64, u64),
) -> Result<Result<u64, String>, Problem> {
    let (before, after) = (&edited.before, &edited.after);
    let (old, new) = (&before.settings.scope, &after.settings.scope);
    let is_deeper = after.read_since().is_none_or(|new| before.read_since().is_some_and(|old| new <= old));
    let is_shallower = before.read_since().is_none_or(|old| after.read_since().is_some_and(|new| new >= old));
    let staying = match new {
        new if is_deeper && (new == old || *new == Scope::Everything) => here,
        new if is_shallower && (new == old || *old == Scope::Everything) => taken,
        // Whose they are is known here.
        Scope::Projects(keys) if is_deeper => {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            app.store.issues_of_projects(&before.id, &keys).await?.into_values().sum()
        }
        _ => match at_the_site(app, before, after).await {
            Ok(Some(staying)) => staying,
            Ok(None) => return Ok(Err("The site does not tell.".to_owned())),
            Err(problem) => return Ok(Err(inert(&problem.message.to_string()))),
        },
    };
    Ok(Ok(staying.min(here)))
}

/// How many issues both scopes take, as the site counts.
async fn at_the_site(app: &App, before: &Integration, after: &Integration) -> Result<Option<u64>, Problem> {
    let scope = in_both(&before.settings.scope, &after.settings.scope);
    if matches!(&scope, Scope::Projects(keys) if keys.is_empty()) {
        return Ok(Some(0));
    }
    let since = before.read_since().max(after.read_since());
    let door = door_of(app, after).await?;
    Ok(count_issues(&door, (&scope, since), &app.environment).await?.issues)
}

fn sentence(leaving: u64, added: u64, here: u64) -> String {
    let issues = |issues: u64, verb: [&str; 2]| {
        format!("{} {}", count(issues, "issue", "issues"), verb[usize::from(issues != 1)])
    };
    let added = (added > 0).then(|| format!("About {} added.", issues(added, ["is", "are"])));
    let left = (leaving > 0).then(|| {
        format!(
            "About {} of {}: they stay stored, out of scope, and no report counts them.",
            number(leaving),
            issues(here, ["that is here leaves", "that are here leave"])
        )
    });
    match (left, added) {
        (None, None) => "No issue leaves, and none is added.".to_owned(),
        (left, added) => left.into_iter().chain(added).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn what_leaves_and_what_is_added_are_told_each() {
        assert_eq!(sentence(0, 0, 9), "No issue leaves, and none is added.");
        assert_eq!(sentence(0, 1, 9), "About 1 issue is added.");
        let left = "About 9 of 410 issues that are here leave: they stay stored, out of scope, and no report counts them.";
        assert_eq!(sentence(9, 0, 410), left);
        assert_eq!(sentence(9, 190, 410), format!("{left} About 190 issues are added."));
    }
}
