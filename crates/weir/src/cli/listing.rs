//! Flags of lists: which entries, in which order.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct IntegrationList {
    /// Only those of this status
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<StatusWord>,
    /// Only those with this in their name or their address
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only those with this tag
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Option<String>,
    /// By name or by their last run; with `-` before it the other way round
    #[arg(long, value_name = "ORDER", default_value = "name", allow_hyphen_values = true)]
    pub(crate) sort: SortWord,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum StatusWord {
    Healthy,
    Unhealthy,
    Pending,
    NoData,
}

impl StatusWord {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Pending => "pending",
            Self::NoData => "no_data",
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SortWord {
    #[value(name = "name")]
    Name,
    #[value(name = "-name")]
    NameDown,
    #[value(name = "last_run_at")]
    LastRun,
    #[value(name = "-last_run_at")]
    LastRunDown,
}

#[derive(Debug, Args)]
pub(crate) struct RunList {
    /// At most this many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Only those that ended so; running for those that have not ended
    #[arg(long, value_parser = ["running", "success", "partial", "failed", "cancelled"])]
    pub(crate) result: Option<String>,
    /// Only those that this began
    #[arg(long, value_parser = ["schedule", "manual", "census", "verify"])]
    pub(crate) trigger: Option<String>,
}
