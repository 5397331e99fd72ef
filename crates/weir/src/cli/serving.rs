//! The commands that run until somebody stops them.

use super::{CallerFlags, MailFlags, ProviderFlags};
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
While nobody can sign in yet, it prints a link with which the first account is made; the link works once, for an hour.
To serve a network, put a proxy with TLS in front and name its address with --public-url.
Example: weir serve --listen 127.0.0.1:8420 --public-url https://weir.example")]
pub(crate) struct Serve {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8420")]
    pub(crate) listen: std::net::SocketAddr,
    /// The address that people type, where a proxy stands in front or a name is used
    #[arg(long, value_name = "URL", env = "WEIR_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    /// The account that satellites have to name as their tenant [also: tenant in weir.toml]
    #[arg(long, value_name = "NAME", env = "WEIR_TENANT")]
    pub(crate) tenant: Option<String>,
    #[command(flatten)]
    pub(crate) provider: ProviderFlags,
    #[command(flatten)]
    pub(crate) callers: CallerFlags,
    #[command(flatten)]
    pub(crate) mail: MailFlags,
    /// Where to serve the figures for Prometheus without a key as well, such as 127.0.0.1:9420
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) metrics_listen: Option<std::net::SocketAddr>,
    /// A network (10.20.0.0/16) or host that addresses entered in the browser or through the API may lead to, though it is
    /// not public; repeatable [also: WEIR_ALLOW_ADDRESS, allow_address in weir.toml]
    #[arg(long, value_name = "CIDR|HOST[:PORT]", value_delimiter = ',')]
    pub(crate) allow_address: Vec<String>,
    /// The address that this server comes from as sites see it, for those who put it on a list of allowed addresses; repeatable
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', env = "WEIR_OUTGOING_ADDRESS")]
    pub(crate) outgoing_address: Vec<std::net::IpAddr>,
    /// How many integrations are run side by side
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) workers: u16,
}

#[derive(Debug, Args)]
#[command(after_help = "\
It runs what is due, and what was asked for in the browser or through the API, beside weir serve and other workers. They
share one PostgreSQL store; each machine needs the key file. With --public-url it also sends nudges and notifications, whose links lead there.
Example: WEIR_STORE=postgres://weir@db/weir weir worker --workers 8")]
pub(crate) struct Worker {
    /// The address of the server as people type it, for the links in nudges and notifications
    #[arg(long, value_name = "URL", env = "WEIR_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    #[command(flatten)]
    pub(crate) mail: MailFlags,
    /// A network (10.20.0.0/16) or host that addresses entered in the browser or through the API may lead to, though it is
    /// not public; repeatable [also: WEIR_ALLOW_ADDRESS, allow_address in weir.toml]
    #[arg(long, value_name = "CIDR|HOST[:PORT]", value_delimiter = ',')]
    pub(crate) allow_address: Vec<String>,
    /// How many integrations are run side by side
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) workers: u16,
}
