//! The frame of every page: who is signed in, where one can go, how it looks.

use super::{
    assets,
    format::{inert, zone_at, zone_name},
};
use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::{Caller, SignedIn},
        sessions,
    },
    http::Problem,
};
use askama::Template;
use axum::response::{Html, IntoResponse as _, Response};
use weir_model::{Theme, Workspace};

/// A part of the product. What is not built has no line.
struct Section {
    name: &'static str,
    path: &'static str,
    icon: &'static str,
    action: Action,
}

const SECTIONS: &[Section] = &[
    Section { name: "Integrations", path: "/integrations", icon: "plug-connected", action: Action::Read },
    Section { name: "Reports", path: "/hygiene/reports", icon: "layout-dashboard", action: Action::Read },
    Section { name: "Satellites", path: "/satellites", icon: "satellite", action: Action::Read },
    Section { name: "Settings", path: "/settings", icon: "settings", action: Action::Own },
];

/// A line of the navigation.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) icon: &'static str,
    pub(super) is_here: bool,
}

/// The workspaces that somebody can look at, where there is a choice.
#[derive(Debug)]
pub(super) struct Scope {
    /// What they look at now.
    pub(super) chosen: String,
    /// Each with its id, its name, and whether it is that one; all of them have no id.
    pub(super) choices: Vec<(String, String, bool)>,
    /// Where to go after the choice.
    pub(super) next: String,
}

/// What the frame needs.
#[derive(Debug)]
pub(super) struct Shell {
    /// The first part of the window's title.
    pub(super) title: String,
    pub(super) links: Vec<Link>,
    pub(super) scope: Option<Scope>,
    /// Who is signed in.
    pub(super) account: Option<String>,
    pub(super) form_token: String,
    /// `light` or `dark` where somebody chose one.
    pub(super) theme: Option<&'static str>,
    pub(super) styles: [String; 2],
    pub(super) scripts: [String; 7],
    /// How long the session lasts if nothing more is asked, in milliseconds.
    pub(super) session_ms: i64,
    pub(super) icons: String,
    pub(super) favicon: String,
    pub(super) version: &'static str,
    /// The zone of the times on the page, by name and as it is called now.
    pub(super) zone: String,
    pub(super) zone_now: String,
}

impl Shell {
    /// The frame for a caller, on the page of a path.
    pub(super) fn new(app: &App, caller: Option<&Caller>, title: &str, path: &str) -> Self {
        let signed_in = caller.and_then(Caller::signed_in);
        let may = |action| match caller {
            Some(_) if action == Action::Own => signed_in.is_some(),
            Some(caller) => policy::may_somewhere(&caller.principal, action),
            None => false,
        };
        let link = |section: &Section| Link {
            name: section.name,
            path: section.path,
            icon: section.icon,
            is_here: path.starts_with(section.path),
        };
        Self {
            title: inert(title),
            links: SECTIONS.iter().filter(|section| may(section.action)).map(link).collect(),
            scope: signed_in.and_then(|signed_in| Scope::of(signed_in, path)),
            account: signed_in.map(|signed_in| signed_in.account.name.clone()),
            form_token: signed_in.map(|signed_in| signed_in.form_token.clone()).unwrap_or_default(),
            theme: match signed_in.map(|signed_in| signed_in.account.theme) {
                Some(Theme::Light) => Some("light"),
                Some(Theme::Dark) => Some("dark"),
                Some(Theme::Auto) | None => None,
            },
            styles: [assets::path("tabler.min.css"), assets::path("weir.css")],
            scripts: ["htmx.min.js", "weir.js", "jql.js", "complete.js", "keys.js", "steady.js", "copy.js"]
                .map(assets::path),
            session_ms: signed_in.map_or(0, |signed_in| sessions::left(signed_in, app.now())),
            icons: assets::path("icons.svg"),
            favicon: assets::path("favicon.svg"),
            version: app.settings.version,
            zone: zone_name(app.now()),
            zone_now: zone_at(app.now()),
        }
    }
}

impl Scope {
    fn of(signed_in: &SignedIn, path: &str) -> Option<Self> {
        let all = &signed_in.workspaces;
        // Who looks after the server also sees what is in no workspace.
        if all.is_empty() || (all.len() == 1 && !signed_in.account.is_admin) {
            return None;
        }
        let chosen = signed_in.session.workspace.and_then(|id| all.iter().find(|one| one.id == id));
        let mut choices = vec![(String::new(), "All workspaces".to_owned(), chosen.is_none())];
        let is_chosen = |one: &Workspace| chosen.is_some_and(|chosen| chosen.id == one.id);
        choices.extend(all.iter().map(|one| (one.id.to_string(), one.name.clone(), is_chosen(one))));
        let chosen = chosen.map_or_else(|| "All workspaces".to_owned(), |one| one.name.clone());
        Some(Self { chosen, choices, next: path.to_owned() })
    }
}

/// A page as an answer.
pub(super) fn rendered(page: &impl Template) -> Result<Response, Problem> {
    Ok(Html(page.render().map_err(|error| Problem::bug(&error.to_string()))?).into_response())
}
