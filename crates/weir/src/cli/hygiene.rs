//! The commands of `weir hygiene`.

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
    /// Points of a rule: RULE=POINTS; all together 100, and rules that are not named have none [default: as it is kept]
    #[arg(long = "weight", value_name = "WEIGHT")]
    pub(crate) weights: Vec<String>,
    #[command(flatten)]
    pub(crate) place: PlaceFlags,
}

/// By whose settings.
#[derive(Debug, Default, Args)]
pub(crate) struct PlaceFlags {
    /// A workspace whose thresholds, goals and weights hold [default: the only one that sees it, else the installation's]
    #[arg(long, value_name = "NAME")]
    pub(crate) workspace: Option<String>,
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
    /// The rules and what each looks for, and rules of your own
    #[command(subcommand)]
    Rules(Rules),
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
A rule states what nobody wants. In words: FIELD COMPARISON VALUE, several joined by and, and
optionally: only for FIELD COMPARISON VALUE. Comparisons are: is missing, equals, is not, is one of,
contains, is shorter than, is greater than, is less than, is older than, is within the last,
changed more than, has not changed for. Which integration: --integration NAME.
Examples:
  weir hygiene rules add \"Old bugs\" --when \"age_days is greater than 90\" --only \"type is Bug\"
  weir hygiene rules preview --when \"status has not changed for 14 days and assignee is missing\"
  weir hygiene rules show > rules.json; weir hygiene rules add --file rules.json --integration Other")]
pub(crate) enum Rules {
    /// Every rule: those that everybody has, then those of the integration
    List {
        /// The integration; may be left out where there is only one
        name: Option<String>,
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// The integration's own rules, or one of them, as add --file takes them
    Show {
        /// The name or id of a rule
        rule: Option<String>,
    },
    /// Add a rule; it has no weight yet
    Add {
        /// Its name, at most 40 characters
        #[arg(required_unless_present = "file", conflicts_with = "file")]
        rule: Option<String>,
        #[command(flatten)]
        what: RuleFlags,
    },
    /// Change a rule
    Edit {
        /// The name or id of a rule
        rule: String,
        /// Another name
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        #[command(flatten)]
        what: RuleFlags,
    },
    /// Delete a rule; its weight falls to the others
    Remove {
        /// The name or id of a rule
        rule: String,
    },
    /// Which issues would miss a rule, now and in the last weeks; nothing is kept
    Preview {
        /// The name or id of a rule that is there
        #[arg(conflicts_with_all = ["file", "when"], required_unless_present_any = ["file", "when"])]
        rule: Option<String>,
        #[command(flatten)]
        what: RuleFlags,
        #[command(flatten)]
        question: ScopeFlags,
    },
}

/// What a rule looks for.
#[derive(Debug, Default, Args)]
pub(crate) struct RuleFlags {
    /// A condition in words, or several joined by and; may be repeated: all have to hold
    #[arg(long, value_name = "WORDS", conflicts_with = "file")]
    pub(crate) when: Vec<String>,
    /// Only issues that this lets through can miss it: a filter in words, or several joined by and; may be repeated
    #[arg(long, value_name = "WORDS", requires = "when")]
    pub(crate) only: Vec<String>,
    /// A file of YAML or JSON: name, and text or conditions and only; or a list of such
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<String>,
}

/// Which issues.
#[derive(Debug, Default, Args)]
pub(crate) struct ScopeFlags {
    /// Which time counts, as for a report
    #[arg(long, value_name = "BASIS")]
    pub(crate) basis: Option<String>,
    /// Only these issues, as for a report
    #[arg(long = "filter", value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
}
