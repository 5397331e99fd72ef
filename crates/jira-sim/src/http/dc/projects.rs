//! Projects: one array of all, archived ones when asked for; deleted ones are gone.

use serde_json::{Value, json};

use crate::http::projects::{brief_user, complete, find, issue_types_of};
use crate::http::reference::raw;
use crate::http::reply::{Answer, Reply};
use crate::http::request::Request;
use crate::http::site::Context;
use crate::world::project::State;

pub(crate) fn projects(context: &Context, request: &Request) -> Answer {
    let world = context.world();
    let archived = request.param("includeArchived") == Some("true");
    let expand = request.params("expand");
    let expand: Vec<&str> = expand.iter().map(String::as_str).collect();
    let shown = |at: &u16| match world.projects[*at as usize].state {
        State::Live => world.browses(context.account(), *at),
        State::Archived => archived && world.browses(context.account(), *at),
        State::Trashed => false,
    };
    let mut found: Vec<u16> = (0..world.projects.len() as u16).filter(shown).collect();
    found.sort_by_key(|at| &world.projects[*at as usize].key);
    Ok(Reply::json(&found.into_iter().map(|at| of(context, at, &expand)).collect()))
}

pub(crate) fn project(context: &Context, name: &str) -> Answer {
    let at = find(context, name)?;
    let mut value = of(context, at, &["lead", "description", "issueTypes"]);
    complete(context, at, &mut value);
    Ok(Reply::json(&value))
}

fn of(context: &Context, at: u16, expand: &[&str]) -> Value {
    let project = &context.world().projects[at as usize];
    let mut value = raw(&context.fragments().projects[at as usize]);
    value["expand"] = json!("description,lead,url,projectKeys");
    value["archived"] = json!(project.state == State::Archived);
    for part in expand {
        match *part {
            "lead" => value["lead"] = brief_user(context, project.lead),
            "description" => value["description"] = json!(""),
            "issueTypes" => value["issueTypes"] = issue_types_of(context, at),
            "projectKeys" => value["projectKeys"] = json!([project.key]),
            _ => {}
        }
    }
    value
}
