//! A simulated Jira, Cloud or Data Center: the platform API and the Agile API over one deterministic world, with its limits,
//! refusals and oddities, and with a truth that a copy of the site can be compared with. With [`WorldSpec::access`] the site also
//! knows who can do what, whatever issues it has.
//!
//! ```no_run
//! # async fn example() -> Result<(), jira_sim::StartError> {
//! use jira_sim::{Sim, SimOptions, World, WorldSpec};
//!
//! let world = World::generate(WorldSpec::sized(2_000));
//! let sim = Sim::start(world, SimOptions::default()).await?;
//! let world = sim.world();
//! let reader = world.account("reader@sim.example");
//! assert!(reader.is_some_and(|reader| reader.unscoped_token() == "sim-unscoped-reader"));
//! sim.stop().await;
//! # Ok(())
//! # }
//! ```

mod clock;
mod edit;
mod http;
mod jql;
mod json;
mod render;
mod rng;
mod time;
mod truth;
mod world;

pub use edit::{Applied, Edit, EditError, EditKind};
pub use http::{
    Adfs, AdfsTrouble, Fault, FaultKind, Oauth, OauthSites, Rate, Recorded, Sim, SimOptions, StartError,
    StatsSnapshot,
};
pub use truth::{Truth, TruthView};
pub use world::{AccessSpec, Account, DcVersion, Flavor, Ids, Sees, World, WorldSpec};
