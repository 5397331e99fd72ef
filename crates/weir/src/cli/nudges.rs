//! The commands of `weir hygiene nudges`.

use super::{MailFlags, people::ServerAddress};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  weir hygiene nudges add Mornings --channel mail
  weir hygiene nudges add Teams --channel mail --by components --team API=api@acme.example --period week
  weir hygiene nudges add Chat --channel webhook --url https://hooks.example/weir --rule no_assignee
  weir hygiene nudges preview Mornings
  weir hygiene nudges opt-out Mornings 5b10ac8d82e05b22cc7d4ef5")]
pub(crate) enum Nudges {
    /// Nudges of an integration, and how each stands
    List,
    /// Add a nudge; the secret of a webhook is printed once
    Add(Box<NudgeAdd>),
    /// Change a nudge; what is not given stays as it is, and lists are replaced
    Edit(Box<NudgeEdit>),
    /// Take a nudge away, with what is known of its messages
    Remove(NudgeNamed),
    /// What it would send now, and to whom; nothing is sent
    Preview(Box<NudgeSend>),
    /// Send it now; whoever has had a message in this period gets no other one
    Send(Box<NudgeSend>),
    /// What was sent when, and what failed
    Messages {
        #[command(flatten)]
        nudge: NudgeNamed,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Send somebody no more of a nudge
    OptOut {
        #[command(flatten)]
        nudge: NudgeNamed,
        /// The id of a person, or the name of a team [default: lists those who want none]
        recipient: Option<String>,
        /// Take it back
        #[arg(long, requires = "recipient")]
        undo: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NudgeNamed {
    /// Its name, or its id
    #[arg(value_name = "NUDGE")]
    pub(crate) nudge: String,
}

/// What a nudge is.
#[derive(Debug, Default, Args)]
pub(crate) struct NudgeFlags {
    /// How it gets to people
    #[arg(long, value_parser = ["mail", "webhook"])]
    pub(crate) channel: Option<String>,
    /// Whom it is for: assignee, or a field whose values are teams, such as components or project [default: assignee]
    #[arg(long, value_name = "FIELD")]
    pub(crate) by: Option<String>,
    /// A team and where its mail goes: TEAM=ADDRESS,ADDRESS; of a webhook TEAM alone; may be repeated
    #[arg(long = "team", value_name = "TEAM")]
    pub(crate) teams: Vec<String>,
    /// Only this rule; may be repeated [default: all]
    #[arg(long = "rule", value_name = "RULE")]
    pub(crate) rules: Vec<String>,
    /// How often there is one message at most: each day, or each week on Monday [default: day]
    #[arg(long, value_parser = ["day", "week"])]
    pub(crate) period: Option<String>,
    /// The hour at which the period ends, in its zone [default: 8]
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=23))]
    pub(crate) hour: Option<u8>,
    /// Its time zone, such as Europe/Berlin [default: that of the integration]
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// Where a webhook goes
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// File with what its webhooks are signed with: whsec_ and 24 to 64 bytes in base64 [default: a fresh one]
    #[arg(long, value_name = "F")]
    pub(crate) secret_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct NudgeAdd {
    /// What it is called
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) what: NudgeFlags,
    /// Do not send it yet
    #[arg(long)]
    pub(crate) paused: bool,
    #[command(flatten)]
    pub(crate) mail: MailFlags,
}

#[derive(Debug, Args)]
pub(crate) struct NudgeEdit {
    #[command(flatten)]
    pub(crate) nudge: NudgeNamed,
    /// Another name
    #[arg(long, value_name = "NEW")]
    pub(crate) rename: Option<String>,
    #[command(flatten)]
    pub(crate) what: NudgeFlags,
    /// Every rule
    #[arg(long, conflicts_with = "rules")]
    pub(crate) all_rules: bool,
    /// Send it no more until it is resumed
    #[arg(long)]
    pub(crate) pause: bool,
    /// Send it again; what happened meanwhile is not told
    #[arg(long, conflicts_with = "pause")]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) mail: MailFlags,
}

#[derive(Debug, Args)]
pub(crate) struct NudgeSend {
    #[command(flatten)]
    pub(crate) nudge: NudgeNamed,
    #[command(flatten)]
    pub(crate) server: ServerAddress,
    /// A network (10.20.0.0/16) or host that webhooks may lead to, though it is not public [also: WEIR_ALLOW_ADDRESS]
    #[arg(long, value_name = "CIDR|HOST", value_delimiter = ',')]
    pub(crate) allow_address: Vec<String>,
    #[command(flatten)]
    pub(crate) mail: MailFlags,
}
