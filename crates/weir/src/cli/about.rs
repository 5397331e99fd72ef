//! The words of what is told about the program itself.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum About {
    /// The version, and how the program was built
    Show,
    /// What the program is made of: CycloneDX, in JSON
    Sbom,
    /// A bundle for those who are asked for help, in JSON: no secret, no address, no name of anybody and no text of a site is in it
    Bundle,
}
