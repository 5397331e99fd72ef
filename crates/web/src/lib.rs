//! The server: the API, the pages, and who may use what of them.
//!
//! Start reading at `auth/routes.rs`, the one table of everything that is served and of who may use it, and at
//! `auth/policy.rs`, the one function that decides. `server.rs` puts the layers around the routes. An operation of the API
//! is one file in `api/`, a page one file in `pages/`: each with one line in the `mod.rs` beside it and one in the table.

mod about;
mod api;
mod app;
mod audit;
mod auth;
mod fares;
mod happening;
mod http;
mod life;
mod monitored;
mod operations;
mod pages;
mod people;
mod satellites;
mod scim;
mod server;
mod tallied;
mod vocabularies;

pub use about::{
    Build, SBOM,
    bundle::{
        CheckShown, IntegrationShown, LineShown, RunShown, SettingShown, StoreShown, SupportBundle, Told,
        support_bundle,
    },
    ran::Ran,
};
pub use api::document;
pub use app::{App, Parts, ServerSettings, USUAL_RATE};
pub use auth::{
    access::{Access, Grant, access_of},
    keys::{MadeKey, NewKey, make_key},
    oidc::{GroupRole, Provider, ProviderSettings},
    routes_table::authorization_table,
    setup::setup_link,
};
pub use people::{Invitation, NewPerson, checked_name, checked_workspace_name, invite, invite_again, linked};
pub use server::{serve, serve_metrics};

#[cfg(test)]
mod tests;
