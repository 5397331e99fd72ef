//! The commands of `weir notifications`.

use super::{MailFlags, people::ServerAddress};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
What people can be told of: needs_you, healed, failing, deletion_scheduled, deletion_soon, deletion_done, credential_expires,
satellite_offline, satellite_back.
Who was told of a deletion is told too when it is taken back.
Examples:
  weir notifications add Operators --kind mail --to ops@acme.example
  weir notifications add Chat --kind slack --url-file hook-url --event needs_you --event healed
  weir notifications set Operators --quiet 22:00-07:00 --zone Europe/Berlin
  weir notifications test Operators")]
pub(crate) enum Notifications {
    /// Channels through which people are told, and what was last sent through each
    List,
    /// One channel, and what was told through it
    Show {
        #[command(flatten)]
        channel: ChannelNamed,
        /// At most so many messages
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Add a channel; the secret of a signed webhook is printed once
    Add(Box<ChannelAdd>),
    /// Change a channel; what is not given stays as it is, and lists are replaced
    Set(Box<ChannelSet>),
    /// Take a channel away, with what is known of its messages
    Remove(ChannelNamed),
    /// Send a test now, also in quiet hours
    Test(Box<ChannelTest>),
}

#[derive(Debug, Args)]
pub(crate) struct ChannelNamed {
    /// Its name, or its id
    #[arg(value_name = "CHANNEL")]
    pub(crate) channel: String,
}

/// What a channel is.
#[derive(Debug, Default, Args)]
pub(crate) struct ChannelFlags {
    /// How it gets to people: mail, slack for a chat that takes what Slack takes, or webhook for a signed one
    #[arg(long, value_parser = ["mail", "slack", "webhook"])]
    pub(crate) kind: Option<String>,
    /// An address of mail; may be repeated
    #[arg(long = "to", value_name = "ADDRESS")]
    pub(crate) to: Vec<String>,
    /// File with the address that webhooks go to, which is a secret of a chat
    #[arg(long, value_name = "F")]
    pub(crate) url_file: Option<PathBuf>,
    /// File with what webhooks are signed with: whsec_ and 24 to 64 bytes in base64 [default: a fresh one]
    #[arg(long, value_name = "F")]
    pub(crate) secret_file: Option<PathBuf>,
    /// What it tells of; may be repeated [default: everything]
    #[arg(long = "event", value_name = "EVENT", value_parser = [
        "needs_you", "healed", "failing", "deletion_scheduled", "deletion_soon", "deletion_done", "credential_expires",
        "satellite_offline", "satellite_back",
    ])]
    pub(crate) events: Vec<String>,
    /// Hours in which nothing is sent, such as 22:00-07:00; what happens meanwhile is sent after them, as one message
    #[arg(long, value_name = "FROM-TO")]
    pub(crate) quiet: Option<String>,
    /// The time zone of these hours, such as Europe/Berlin [default: UTC]
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// Only of integrations that this workspace sees; may be repeated [default: all]
    #[arg(long = "workspace", value_name = "NAME")]
    pub(crate) workspaces: Vec<String>,
    /// For how many hours an integration has to fail that may heal by itself [default: 6]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=168))]
    pub(crate) failing_hours: Option<u16>,
    /// Send nothing through it until it is turned on
    #[arg(long)]
    pub(crate) off: bool,
    /// A network (10.20.0.0/16) or host that webhooks may lead to, though it is not public [also: WEIR_ALLOW_ADDRESS]
    #[arg(long, value_name = "CIDR|HOST", value_delimiter = ',')]
    pub(crate) allow_address: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ChannelAdd {
    /// What it is called
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) what: ChannelFlags,
}

#[derive(Debug, Args)]
pub(crate) struct ChannelSet {
    #[command(flatten)]
    pub(crate) channel: ChannelNamed,
    /// Another name
    #[arg(long, value_name = "NEW")]
    pub(crate) rename: Option<String>,
    #[command(flatten)]
    pub(crate) what: ChannelFlags,
    /// No quiet hours
    #[arg(long, conflicts_with_all = ["quiet", "zone"])]
    pub(crate) no_quiet: bool,
    /// Of every integration
    #[arg(long, conflicts_with = "workspaces")]
    pub(crate) all_workspaces: bool,
    /// Send through it again; what happened meanwhile is not told
    #[arg(long, conflicts_with = "off")]
    pub(crate) on: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ChannelTest {
    #[command(flatten)]
    pub(crate) channel: ChannelNamed,
    #[command(flatten)]
    pub(crate) server: ServerAddress,
    /// A network (10.20.0.0/16) or host that webhooks may lead to, though it is not public [also: WEIR_ALLOW_ADDRESS]
    #[arg(long, value_name = "CIDR|HOST", value_delimiter = ',')]
    pub(crate) allow_address: Vec<String>,
    #[command(flatten)]
    pub(crate) mail: MailFlags,
}
