//! The frame of every page: who is signed in, where one can go, how it looks.

use super::assets;
use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::Problem,
};
use askama::Template;
use axum::response::{Html, IntoResponse as _, Response};
use weir_model::{Reach, Theme};

/// A part of the product. What is not built has no line.
struct Section {
    name: &'static str,
    path: &'static str,
    icon: &'static str,
    action: Action,
}

const SECTIONS: &[Section] =
    &[Section { name: "Integrations", path: "/integrations", icon: "plug-connected", action: Action::Read }];

/// A line of the navigation.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) icon: &'static str,
    pub(super) is_here: bool,
}

/// What the frame needs.
#[derive(Debug)]
pub(super) struct Shell {
    /// The first part of the window's title.
    pub(super) title: String,
    pub(super) links: Vec<Link>,
    /// Who is signed in.
    pub(super) account: Option<String>,
    pub(super) form_token: String,
    /// `light` or `dark` where somebody chose one.
    pub(super) theme: Option<&'static str>,
    pub(super) styles: [String; 2],
    pub(super) script: String,
    pub(super) icons: String,
    pub(super) version: &'static str,
}

impl Shell {
    /// The frame for a caller, on the page of a path.
    pub(super) fn new(app: &App, caller: Option<&Caller>, title: &str, path: &str) -> Self {
        let signed_in = caller.and_then(Caller::signed_in);
        let may = |action| {
            let Some(caller) = caller else { return false };
            match policy::reach(&caller.principal, action) {
                Reach::Everything => true,
                Reach::Workspaces(within) => !within.is_empty(),
            }
        };
        let link = |section: &Section| Link {
            name: section.name,
            path: section.path,
            icon: section.icon,
            is_here: path.starts_with(section.path),
        };
        Self {
            title: title.to_owned(),
            links: SECTIONS.iter().filter(|section| may(section.action)).map(link).collect(),
            account: signed_in.map(|signed_in| signed_in.account.name.clone()),
            form_token: signed_in.map(|signed_in| signed_in.form_token.clone()).unwrap_or_default(),
            theme: match signed_in.map(|signed_in| signed_in.account.theme) {
                Some(Theme::Light) => Some("light"),
                Some(Theme::Dark) => Some("dark"),
                Some(Theme::Auto) | None => None,
            },
            styles: [assets::path("tabler.min.css"), assets::path("weir.css")],
            script: assets::path("htmx.min.js"),
            icons: assets::path("icons.svg"),
            version: app.settings.version,
        }
    }
}

/// A page as an answer.
pub(super) fn rendered(page: &impl Template) -> Result<Response, Problem> {
    Ok(Html(page.render().map_err(|error| Problem::bug(&error.to_string()))?).into_response())
}
