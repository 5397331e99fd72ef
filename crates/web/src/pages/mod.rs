//! The pages: rendered here, readable and usable without a script. One file a page, one line below.

mod assets;
pub(crate) mod errors;
mod format;
mod home;
mod integrations;
mod login;
mod monitoring;
mod run;
mod setup;
mod shell;
mod theme;

use crate::http::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/assets/{digest}/{name}", assets::show)
        .get("/login", login::show)
        .post("/login", login::sign_in)
        .post("/logout", login::sign_out)
        .get("/setup", setup::show)
        .post("/setup", setup::finish)
        .post("/settings/theme", theme::change)
        .get("/", home::show)
        .get("/integrations", integrations::show)
        .get("/integrations/{name}/monitoring", monitoring::show)
        .get("/integrations/{name}/monitoring/issues", monitoring::issues::show)
        .get("/integrations/{name}/monitoring/runs", monitoring::runs::show)
        .get("/runs/{id}", run::show)
        .get("/runs/{id}/log.jsonl", run::download::jsonl)
        .get("/runs/{id}/log.txt", run::download::txt)
}
