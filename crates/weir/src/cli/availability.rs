//! The flags of `weir integration availability`.

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
The same numbers as on the Monitoring page and in the API. In tables the gaps; with --format json everything.
Example: weir integration availability Acme --range 30d --format json")]
pub(crate) struct Availability {
    /// The integration; may be left out where there is only one
    pub(crate) name: Option<String>,
    /// How far back: 7d or 30d
    #[arg(long, default_value = "7d", value_parser = ["7d", "30d"])]
    pub(crate) range: String,
}
