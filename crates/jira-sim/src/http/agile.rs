//! The Agile API: boards and sprints. Instants end in `Z` here.

use serde_json::{Value, json};

use super::page::Stretch;
use super::reply::{Answer, Reply, refuse};
use super::request::Request;
use super::site::Context;
use crate::time::zulu;
use crate::world::catalog::Category;
use crate::world::fields::id;
use crate::world::project::{Board, BoardKind, Sprint, SprintList};

const CAP: usize = 50;

fn boards(context: &Context) -> impl Iterator<Item = &Board> {
    let world = context.world();
    world.boards.iter().filter(|board| world.shows_boards(context.account(), board.project))
}

fn board_json(context: &Context, board: &Board) -> Value {
    let site = &context.site.address;
    let project = &context.world().projects[board.project as usize];
    let value = json!({
        "id": board.id,
        "self": format!("{site}/rest/agile/1.0/board/{}", board.id),
        "name": board.name,
        "type": board.kind.wire(),
        "location": {
            "projectId": project.id,
            "displayName": format!("{} ({})", project.name, project.key),
            "projectName": project.name,
            "projectKey": project.key,
            "projectTypeKey": project.kind.key(),
            "avatarURI": format!("{site}/rest/api/3/universal_avatar/view/type/project/avatar/10418?size=small"),
            "name": format!("{} ({})", project.name, project.key),
        },
        "isPrivate": false,
    });
    if context.world().spec.flavor.is_dc() { super::dc::board(value) } else { value }
}

fn find<'a>(context: &'a Context, id: &str) -> Result<&'a Board, Box<Reply>> {
    boards(context)
        .find(|board| board.id.to_string() == id)
        .ok_or_else(|| Box::new(Reply::error(404, "The requested board cannot be viewed because it either does not exist or you do not have permission to view it.")))
}

pub(crate) fn list(context: &Context, request: &Request) -> Answer {
    let kinds = request.params("type");
    let project = match request.param("projectKeyOrId") {
        None => None,
        Some(name) => match context
            .world()
            .project(name)
            .filter(|at| super::reference::browsed_scope(context, Some(*at)))
        {
            Some(at) => Some(at),
            None => return refuse(format!("No project could be found with key or id '{name}'.")),
        },
    };
    let name = request.param("name").unwrap_or_default().to_lowercase();
    let found: Vec<&Board> = boards(context)
        .filter(|board| kinds.is_empty() || kinds.iter().any(|kind| kind == board.kind.wire()))
        .filter(|board| project.is_none_or(|at| at == board.project))
        .filter(|board| board.name.to_lowercase().contains(&name))
        .collect();
    Ok(Reply::json(&Stretch::of(request, CAP, CAP)?.page(&found, |board| board_json(context, board))))
}

pub(crate) fn get(context: &Context, id: &str) -> Answer {
    Ok(Reply::json(&board_json(context, find(context, id)?)))
}

/// Columns follow the project's workflow; the first one of a board may hold nothing.
pub(crate) fn configuration(context: &Context, id: &str) -> Answer {
    let board = find(context, id)?;
    let world = context.world();
    let site = &context.site.address;
    let project = &world.projects[board.project as usize];
    let column = |name: &str, category: Category| {
        let statuses = project.workflow.iter().map(|at| &world.catalog.statuses[*at as usize]);
        let own: Vec<Value> = statuses
            .filter(|status| status.category == category)
            .map(|status| json!({ "id": status.id, "self": format!("{site}/rest/api/2/status/{}", status.id) }))
            .collect();
        json!({ "name": name, "statuses": own })
    };
    let mut value = board_json(context, board);
    if let Some(members) = value.as_object_mut() {
        members.remove("isPrivate");
    }
    value["self"] = json!(format!("{site}/rest/agile/1.0/board/{}/configuration", board.id));
    if !world.spec.flavor.is_dc() {
        value["location"] = json!({
            "type": "project",
            "key": project.key,
            "id": project.id.to_string(),
            "self": format!("{site}/rest/api/2/project/{}", project.id),
            "name": project.name,
        });
    } else if board.kind == BoardKind::Kanban {
        value["subQuery"] = json!({ "query": "fixVersion in unreleasedVersions() OR fixVersion is EMPTY" });
    }
    value["filter"] = json!({ "id": (10_000 + board.id).to_string(), "self": format!("{site}/rest/api/2/filter/{}", 10_000 + board.id) });
    value["columnConfig"] = json!({
        "columns": [
            column("Backlog", Category::Undefined),
            column("To Do", Category::New),
            column("In Progress", Category::Indeterminate),
            column("Done", Category::Done),
        ],
        "constraintType": "none",
    });
    if board.kind != BoardKind::Kanban {
        let (number, name) = if project.team_managed {
            (id::POINT_ESTIMATE, "Story point estimate")
        } else {
            (id::POINTS, "Story Points")
        };
        value["estimation"] = json!({ "type": "field", "field": { "fieldId": format!("customfield_{number}"), "displayName": name } });
    }
    value["ranking"] = json!({ "rankCustomFieldId": id::RANK });
    Ok(Reply::json(&value))
}

fn sprint_json(context: &Context, sprint: &Sprint) -> Value {
    let mut value = json!({
        "id": sprint.id,
        "self": format!("{}/rest/agile/1.0/sprint/{}", context.site.address, sprint.id),
        "state": sprint.state.wire(),
        "name": sprint.name,
        "createdDate": zulu(sprint.created),
        "originBoardId": sprint.board,
    });
    if let Some(goal) = &sprint.goal {
        value["goal"] = json!(goal);
    }
    for (name, at) in
        [("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.complete)]
    {
        if let Some(at) = at {
            value[name] = json!(zulu(at));
        }
    }
    if let (true, Some(members)) = (context.world().spec.flavor.is_dc(), value.as_object_mut()) {
        super::dc::sprint_members(members);
    }
    value
}

pub(crate) fn sprints(context: &Context, request: &Request, id: &str) -> Answer {
    let board = find(context, id)?;
    let sprints = match &board.sprints {
        SprintList::Sprints(sprints) => sprints,
        SprintList::Unsupported => return refuse("The board does not support sprints"),
        SprintList::Lost => return Ok(Reply::error(404, "The requested board's filter cannot be viewed.")),
    };
    let states = request.params("state");
    if let Some(unknown) =
        states.iter().find(|state| !["future", "active", "closed"].contains(&state.as_str()))
    {
        return refuse(format!("The sprint state '{unknown}' is not one of future, active, closed."));
    }
    let found: Vec<&Sprint> = sprints
        .iter()
        .map(|at| &context.world().sprints[*at as usize])
        .filter(|sprint| states.is_empty() || states.iter().any(|state| state == sprint.state.wire()))
        .collect();
    Ok(Reply::json(&Stretch::of(request, CAP, CAP)?.page(&found, |sprint| sprint_json(context, sprint))))
}

pub(crate) fn sprint(context: &Context, id: &str) -> Answer {
    let seen = |sprint: &&Sprint| boards(context).any(|board| board.id == sprint.board);
    let found = context.world().sprints.iter().find(|sprint| sprint.id.to_string() == id).filter(seen);
    Ok(found.map_or_else(
        || Reply::error(404, "Sprint does not exist"),
        |sprint| Reply::json(&sprint_json(context, sprint)),
    ))
}

/// Epics of company-managed projects; team-managed ones are missing from this part of the API.
pub(crate) fn epics(context: &Context, request: &Request, id: &str) -> Answer {
    let board = find(context, id)?;
    let world = context.world();
    let view = context.view();
    let is_epic = |kind: u16| world.catalog.types[kind as usize].level == 1;
    let found: Vec<u32> = (0..world.issues.len() as u32)
        .filter(|at| {
            let issue = &world.issues[*at as usize];
            issue.project == board.project
                && is_epic(issue.kind)
                && view.sees(issue)
                && !world.projects[issue.project as usize].team_managed
        })
        .collect();
    Ok(Reply::json(&Stretch::of(request, CAP, CAP)?.page(&found, |at| {
        let issue = &world.issues[*at as usize];
        json!({
            "id": issue.id,
            "key": world.key(*at),
            "self": format!("{}/rest/agile/1.0/epic/{}", context.site.address, issue.id),
            "name": issue.custom.epic_name.as_deref().unwrap_or_default(),
            "summary": issue.summary,
            "color": { "key": "color_4" },
            "done": world.category(issue) == Category::Done,
        })
    })))
}

pub(crate) fn projects(context: &Context, request: &Request, id: &str) -> Answer {
    let board = find(context, id)?;
    let fragment = &context.fragments().projects[board.project as usize];
    let project: Value = serde_json::from_slice(fragment).unwrap_or(Value::Null);
    Ok(Reply::json(&Stretch::of(request, CAP, CAP)?.page(&[project], Value::clone)))
}

pub(crate) fn versions(context: &Context, request: &Request, id: &str) -> Answer {
    let board = find(context, id)?;
    let world = context.world();
    let site = &context.site.address;
    let project = &world.projects[board.project as usize];
    let found: Vec<_> = project.versions.iter().map(|at| &world.versions[*at as usize]).collect();
    Ok(Reply::json(&Stretch::of(request, CAP, CAP)?.page(&found, |version| {
        let mut value = json!({
            "self": format!("{site}/rest/agile/1.0/version/{}", version.id),
            "id": version.id,
            "projectId": project.id,
            "name": version.name,
            "description": version.description.as_deref().unwrap_or_default(),
            "archived": version.archived,
            "released": version.released,
        });
        for (name, day) in [("startDate", version.start), ("releaseDate", version.release)] {
            if let Some(day) = day {
                value[name] = json!(zulu(day * crate::time::DAY));
            }
        }
        value
    })))
}
