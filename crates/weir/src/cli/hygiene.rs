//! The commands of `weir hygiene`.

use super::Nudges;
use clap::{Args, Subcommand};

/// Which issues, and what counts how much.
#[derive(Debug, Default, Args)]
pub(crate) struct QuestionFlags {
    /// Which time counts: all, open, active_sprint, in_progress, backlog, created:DAYS or updated:DAYS
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

/// As of when, and since when.
#[derive(Debug, Default, Args)]
pub(crate) struct DayFlags {
    /// As it was at the end of this day, such as 2026-03-04 [default: as it is now]
    #[arg(long, value_name = "DAY")]
    pub(crate) at: Option<String>,
    /// Only those that came to the number or left it since the end of this day
    #[arg(long, value_name = "DAY")]
    pub(crate) changed_since: Option<String>,
}

/// By whose settings.
#[derive(Debug, Default, Args)]
pub(crate) struct PlaceFlags {
    /// A workspace whose thresholds, goals and weights hold, or installation [default: the only one that sees it, else the installation's]
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
  weir hygiene issues Acme --rule no_due_date --format csv
  weir hygiene issues Acme --rule no_due_date --changed-since 2026-03-04")]
pub(crate) enum Hygiene {
    /// The score, and what each rule takes from it
    Report {
        /// The integration; may be left out where there is only one
        name: Option<String>,
        /// The same for each value of a field: project, assignee, custom:ID of a team …
        #[arg(long, value_name = "FIELD")]
        by: Option<String>,
        /// Compare the score with so many days before
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
        compare: Option<u32>,
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
        #[command(flatten)]
        days: DayFlags,
        /// At most so many [default: 100 in a table, else all]
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        limit: Option<u32>,
        #[command(flatten)]
        question: QuestionFlags,
    },
    /// Questions that are kept under a name
    #[command(subcommand)]
    Reports(Reports),
    /// Thresholds, goals and weights of a workspace, or of what has none of its own
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// The rules and what each looks for, and rules of your own
    #[command(subcommand)]
    Rules(Rules),
    /// Digests of issues that newly miss a rule, to assignees or teams
    #[command(subcommand)]
    Nudges(Nudges),
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

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  weir hygiene reports add Weekly --workspace Payments --basis open --filter type!=Sub-task --compare 30
  weir hygiene reports open Weekly
  weir hygiene reports issues Weekly --rule no_due_date --format csv")]
pub(crate) enum Reports {
    /// Reports that are kept
    List,
    /// What a report asks
    Show {
        /// Its name or id
        report: String,
    },
    /// What a report says now, over all its integrations together
    Open {
        /// Its name or id
        report: String,
    },
    /// The issues behind a number of a report, of all its integrations
    Issues {
        /// Its name or id
        report: String,
        /// Those that miss this rule [default: all in scope]
        #[arg(long, value_name = "RULE")]
        rule: Option<String>,
        /// At most so many [default: 100 in a table, else all]
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        limit: Option<u32>,
    },
    /// Keep a report
    Add {
        /// Its name, at most 40 characters
        report: String,
        /// The workspace that keeps it [default: the installation]
        #[arg(long, value_name = "NAME")]
        workspace: Option<String>,
        #[command(flatten)]
        what: ReportFlags,
    },
    /// Change a report; what is not named stays
    Edit {
        /// Its name or id
        report: String,
        /// Another name
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        #[command(flatten)]
        what: ReportFlags,
    },
    /// Delete a report
    Remove {
        /// Its name or id
        report: String,
    },
}

/// What a report asks. An empty value takes away what was there.
#[derive(Debug, Default, Args)]
pub(crate) struct ReportFlags {
    /// An integration; may be repeated [default: all that are seen where it is kept]
    #[arg(long = "of", value_name = "NAME")]
    pub(crate) of: Vec<String>,
    /// Which time counts, as for a report
    #[arg(long, value_name = "BASIS")]
    pub(crate) basis: Option<String>,
    /// Only these issues, as for a report; may be repeated
    #[arg(long = "filter", value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    /// Points of a rule: RULE=POINTS; all together 100 [default: as it is kept]
    #[arg(long = "weight", value_name = "WEIGHT")]
    pub(crate) weights: Vec<String>,
    /// Compare the score with so many days before; 0 for not
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=3650))]
    pub(crate) compare: Option<u32>,
}

/// The commands of `weir hygiene settings`. Without --workspace they are about the installation.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  weir hygiene settings set --idle-days 20 --off no_components --scale
  weir hygiene settings set --workspace Payments --give \"Old bugs=20\"
  weir hygiene settings set --workspace Payments --resolution-days 10 --resolution-goal type=Bug,priority=High:2")]
pub(crate) enum SettingsCommand {
    /// The settings that hold
    Show {
        #[command(flatten)]
        place: PlaceFlags,
    },
    /// Change some of them
    Set {
        #[command(flatten)]
        place: PlaceFlags,
        #[command(flatten)]
        what: Box<SettingsFlags>,
    },
    /// Forget them, so that those of the installation, or the usual ones, hold
    Reset {
        #[command(flatten)]
        place: PlaceFlags,
    },
}

/// What is to be another way.
#[derive(Debug, Default, Args)]
pub(crate) struct SettingsFlags {
    /// Days after which an issue is idle
    #[arg(long, value_name = "DAYS")]
    pub(crate) idle_days: Option<f64>,
    /// Words that a description has at least
    #[arg(long, value_name = "WORDS")]
    pub(crate) description_words: Option<u64>,
    #[command(flatten)]
    pub(crate) goals: GoalFlags,
    /// What counts as a response: status_change, comment, assignment; may be repeated
    #[arg(long, value_name = "WHAT")]
    pub(crate) response_by: Vec<String>,
    /// A status in which time does not count for the resolution; may be repeated, and \"\" alone leaves none out
    #[arg(long, value_name = "STATUS")]
    pub(crate) leave_out: Vec<String>,
    /// A built-in rule that is not asked; may be repeated
    #[arg(long, value_name = "RULE")]
    pub(crate) off: Vec<String>,
    /// One that is asked again; may be repeated
    #[arg(long, value_name = "RULE")]
    pub(crate) on: Vec<String>,
    /// Points of a rule: RULE=POINTS; all together 100, and rules that are not named have none
    #[arg(long = "weight", value_name = "WEIGHT")]
    pub(crate) weights: Vec<String>,
    /// Other points for one rule: RULE=POINTS; the others share what is left as they do now
    #[arg(long, value_name = "WEIGHT")]
    pub(crate) give: Vec<String>,
    /// The same weight for every rule that is on
    #[arg(long, conflicts_with_all = ["weights", "scale"])]
    pub(crate) share_equally: bool,
    /// Make the weights 100 together, in the same proportions
    #[arg(long)]
    pub(crate) scale: bool,
}

/// Goals in days.
#[derive(Debug, Default, Args)]
pub(crate) struct GoalFlags {
    /// Days to the first response
    #[arg(long, value_name = "DAYS")]
    pub(crate) response_days: Option<f64>,
    /// Another goal for some issues: project=KEY,type=NAME,priority=NAME:DAYS; may be repeated, and replaces those before
    #[arg(long = "response-goal", value_name = "GOAL")]
    pub(crate) response_goals: Vec<String>,
    /// Days to the resolution
    #[arg(long, value_name = "DAYS")]
    pub(crate) resolution_days: Option<f64>,
    /// The same for the resolution
    #[arg(long = "resolution-goal", value_name = "GOAL")]
    pub(crate) resolution_goals: Vec<String>,
    /// No other goals for some issues, unless they are given besides
    #[arg(long)]
    pub(crate) no_goals: bool,
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
