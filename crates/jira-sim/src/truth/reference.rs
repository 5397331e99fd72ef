//! Rows of the site's reference data, boards, sprints and people.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::issue::category;
use super::{TruthView, clean};
use crate::render::View;
use crate::time::{date, zulu};
use crate::world::people::Kind;
use crate::world::project::{SprintList, State};

pub(super) fn rows(look: &View<'_>, view: TruthView) -> Vec<Value> {
    match view {
        TruthView::Projects => projects(look),
        TruthView::Boards => boards(look),
        TruthView::Sprints => sprints(look),
        TruthView::Versions => versions(look),
        TruthView::Components => components(look),
        TruthView::Statuses => statuses(look),
        TruthView::IssueTypes => issue_types(look),
        TruthView::Priorities => {
            let known = look.world.catalog.priorities.iter().enumerate();
            known.map(|(at, it)| json!({ "id": it.id, "name": it.name, "position": at })).collect()
        }
        TruthView::Resolutions => {
            let known = look.world.catalog.resolutions.iter();
            known.map(|it| json!({ "id": it.id, "name": it.name, "description": it.description })).collect()
        }
        TruthView::Fields => fields(look),
        TruthView::People => people(look),
        _ => Vec::new(),
    }
}

/// Live and browsed.
fn open(look: &View<'_>, project: u16) -> bool {
    look.world.is_live(project) && look.world.browses(look.account, project)
}

/// Those that the site shows, live or not; what is deleted on Data Center is gone.
fn shown_projects<'a>(look: &'a View<'_>) -> impl Iterator<Item = u16> + 'a {
    let world = look.world;
    let gone =
        move |at: u16| world.spec.flavor.is_dc() && world.projects[at as usize].state == State::Trashed;
    (0..world.projects.len() as u16).filter(move |at| world.browses(look.account, *at) && !gone(*at))
}

fn projects(look: &View<'_>) -> Vec<Value> {
    let world = look.world;
    let dc = world.spec.flavor.is_dc();
    shown_projects(look)
        .map(|at| {
            let project = &world.projects[at as usize];
            json!({
                "id": project.id.to_string(),
                "key": project.key,
                "name": clean(&project.name),
                "type": project.kind.key(),
                "style": if dc { None } else { Some(if project.team_managed { "next-gen" } else { "classic" }) },
                "category": project.category.map(|at| crate::world::project::CATEGORIES[at as usize].1),
                "lead_id": world.people[project.lead as usize].account_id,
                "state": match project.state {
                    State::Live => "live",
                    State::Archived => "archived",
                    State::Trashed => "deleted",
                },
                "url": format!("{}/browse/{}", look.fragments.site, project.key),
            })
        })
        .collect()
}

fn boards(look: &View<'_>) -> Vec<Value> {
    let shown = look.world.boards.iter().filter(|board| look.world.shows_boards(look.account, board.project));
    shown
        .map(|board| {
            json!({
                "id": board.id.to_string(),
                "name": clean(&board.name),
                "type": board.kind.wire(),
                "project_key": look.world.projects[board.project as usize].key,
            })
        })
        .collect()
}

/// Those that boards list, and those that only issues still name.
fn sprints(look: &View<'_>) -> Vec<Value> {
    let world = look.world;
    let mut seen = BTreeSet::new();
    for board in world.boards.iter().filter(|board| world.shows_boards(look.account, board.project)) {
        if let SprintList::Sprints(sprints) = &board.sprints {
            seen.extend(sprints.iter().copied());
        }
    }
    seen.extend(
        world.issues.iter().filter(|issue| look.sees(issue)).flat_map(|issue| issue.sprints.iter().copied()),
    );
    seen.into_iter()
        .map(|at| {
            let sprint = &world.sprints[at as usize];
            json!({
                "id": sprint.id.to_string(),
                "board_id": sprint.board.to_string(),
                "name": clean(&sprint.name),
                "state": sprint.state.wire(),
                "goal": sprint.goal.as_deref().map(clean),
                "start_at": sprint.start.map(zulu),
                "end_at": sprint.end.map(zulu),
                "completed_at": sprint.complete.map(zulu),
            })
        })
        .collect()
}

fn versions(look: &View<'_>) -> Vec<Value> {
    let shown = look.world.versions.iter().filter(|version| open(look, version.project));
    shown
        .map(|version| {
            json!({
                "id": version.id.to_string(),
                "name": clean(&version.name),
                "project_key": look.world.projects[version.project as usize].key,
                "description": version.description.as_deref().map(clean),
                "released": version.released,
                "archived": version.archived,
                "start_date": version.start.map(date),
                "release_date": version.release.map(date),
            })
        })
        .collect()
}

fn components(look: &View<'_>) -> Vec<Value> {
    let shown = look.world.components.iter().filter(|component| open(look, component.project));
    shown
        .map(|component| {
            json!({
                "id": component.id.to_string(),
                "name": clean(&component.name),
                "project_key": look.world.projects[component.project as usize].key,
                "description": component.description.as_deref().map(clean),
                "lead_id": component.lead.map(|at| &look.world.people[at as usize].account_id),
            })
        })
        .collect()
}

fn scope_id(look: &View<'_>, scope: Option<u16>) -> Option<String> {
    scope.map(|at| look.world.projects[at as usize].id.to_string())
}

fn statuses(look: &View<'_>) -> Vec<Value> {
    let shown = look.world.catalog.statuses.iter().filter(|it| it.scope.is_none_or(|at| open(look, at)));
    shown
        .map(|it| {
            json!({
                "id": it.id,
                "name": it.name,
                "category": category(it.category),
                "scope_project_id": scope_id(look, it.scope),
            })
        })
        .collect()
}

fn issue_types(look: &View<'_>) -> Vec<Value> {
    let shown = look.world.catalog.types.iter().filter(|it| it.scope.is_none_or(|at| open(look, at)));
    shown
        .map(|it| {
            json!({
                "id": it.id,
                "name": it.name,
                "subtask": it.level < 0,
                // Data Center tells sub-tasks apart, not epics.
                "hierarchy_level": if look.world.spec.flavor.is_dc() { it.level.min(0) } else { it.level },
                "scope_project_id": scope_id(look, it.scope),
            })
        })
        .collect()
}

fn fields(look: &View<'_>) -> Vec<Value> {
    let shown = look.world.fields.iter().filter(|field| field.scope.is_none_or(|at| open(look, at)));
    shown
        .map(|field| {
            json!({
                "id": field.id,
                "name": field.name,
                "custom": field.is_custom(),
                "schema_type": field.schema,
                "schema_custom": field.custom,
            })
        })
        .collect()
}

/// Everyone the account can list, and everyone that what it sees refers to.
fn people(look: &View<'_>) -> Vec<Value> {
    let world = look.world;
    let mut seen = BTreeSet::new();
    if look.account.browse_users {
        seen.extend((0..world.people.len() as u32).filter(|at| world.people[*at as usize].listed));
    }
    for issue in world.issues.iter().filter(|issue| look.sees(issue)) {
        seen.extend(issue.assignee.into_iter().chain(issue.reporter).chain([issue.creator]));
        seen.extend(issue.custom.reviewer.into_iter().chain(issue.custom.approvers.iter().copied()));
        seen.extend(issue.histories.iter().filter_map(|history| history.author));
        for comment in
            issue.comments.iter().filter(|comment| world.may_read(look.account, comment.visibility))
        {
            seen.extend(comment.author.into_iter().chain(comment.update_author));
        }
        for worklog in
            issue.worklogs.iter().filter(|worklog| world.may_read(look.account, worklog.visibility))
        {
            seen.extend(worklog.author.into_iter().chain(worklog.update_author));
        }
    }
    seen.extend(shown_projects(look).map(|at| world.projects[at as usize].lead));
    seen.into_iter()
        .map(|at| {
            let person = &world.people[at as usize];
            json!({
                "id": person.account_id,
                "name": person.name.as_deref().map(clean),
                "email": person.email,
                "kind": match person.kind {
                    Kind::Atlassian => "person",
                    Kind::App => "app",
                    Kind::Customer => "customer",
                    Kind::Unknown => "unknown",
                },
                "active": person.active,
            })
        })
        .collect()
}
