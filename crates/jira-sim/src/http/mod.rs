//! The simulated site over HTTP: one listener for the site's own address and for the gateway's (`/ex/jira/{cloudId}`).

mod access;
mod agile;
mod body;
mod bulk;
mod complete;
mod control;
mod dc;
mod fault;
mod hand;
mod history;
mod identity;
mod issues;
mod later;
mod line;
mod oauth;
mod own;
mod page;
mod points;
mod projects;
mod rate;
mod reference;
mod reply;
mod request;
mod router;
mod search;
mod server;
mod site;
mod stats;
mod users;

pub use dc::{Adfs, AdfsTrouble};
pub use fault::{Fault, FaultKind};
pub use oauth::{Oauth, OauthSites};
pub use rate::Rate;
pub use server::{Sim, StartError};
pub use site::SimOptions;
pub use stats::{Recorded, StatsSnapshot};
