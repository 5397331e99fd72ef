//! The commands of `weir hygiene`.

use super::Nudges;
use clap::{Args, Subcommand};

/// Which issues, and what counts how much.
#[derive(Debug, Default, Args)]
pub(crate) struct QuestionFlags {
    /// Which time counts: all, active_sprint, in_progress, backlog, created:DAYS or updated:DAYS
    #[arg(long, value_name = "BASIS")]
    pub(crate) basis: Option<String>,
    /// Only these issues: FIELD=VALUE,VALUE or FIELD!=VALUE, FIELD= for those without; all of them have to hold
    #[arg(long = "filter", value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    /// Points of a rule: RULE=POINTS; all together 100, and rules that are not named have none
    #[arg(long = "weight", value_name = "WEIGHT")]
    pub(crate) weights: Vec<String>,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Without --basis and --filter: all live issues that are not done.
Examples:
  weir hygiene report Acme
  weir hygiene report Acme --basis active_sprint --filter type!=Sub-task --format json
  weir hygiene trend Acme --every week --count 12
  weir hygiene issues Acme --rule no_due_date --format csv")]
pub(crate) enum Hygiene {
    /// The score, and what each rule takes from it
    Report {
        /// The integration; may be left out where there is only one
        name: Option<String>,
        #[command(flatten)]
        question: QuestionFlags,
    },
    /// The score as it was at the end of each day, week or month
    Trend {
        /// The integration; may be left out where there is only one
        name: Option<String>,
        /// How far apart
        #[arg(long, default_value = "day", value_parser = ["day", "week", "month"])]
        every: String,
        /// How many
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=400))]
        count: u32,
        #[command(flatten)]
        question: QuestionFlags,
    },
    /// The issues behind a number, each with why it is there
    Issues {
        /// The integration; may be left out where there is only one
        name: Option<String>,
        /// Those that miss this rule [default: all in scope]
        #[arg(long, value_name = "RULE")]
        rule: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        #[command(flatten)]
        question: QuestionFlags,
    },
    /// The rules and what each looks for
    Rules,
    /// Digests of issues that newly miss a rule, to assignees or teams
    #[command(subcommand)]
    Nudges(Nudges),
}
