//! The command line: names and flags as the contract has them. No logic.

mod about;
mod authentication;
mod availability;
#[cfg(test)]
mod documented;
mod fields;
mod hygiene;
mod keeping;
mod listing;
mod mail;
mod notifications;
mod nudges;
mod people;
mod satellite;
mod serving;
mod signing_in;

pub(crate) use about::About;
pub(crate) use authentication::{AddConnectApp, AdfsFlags, AuthFlags};
pub(crate) use availability::Availability;
pub(crate) use fields::{CaseFlags, Cases, FieldMap, FieldNamed, FieldSample, Fields};
pub(crate) use hygiene::{
    DayFlags, GoalFlags, Hygiene, PlaceFlags, QuestionFlags, ReportFlags, Reports, RuleFlags, Rules,
    SettingsCommand, SettingsFlags,
};
pub(crate) use keeping::{Backup, BackupCreate, BackupDepth, BackupRestore, BackupVerify, MasterKeys};
pub(crate) use listing::{IntegrationList, RunList, SortWord};
pub(crate) use mail::MailFlags;
pub(crate) use notifications::{
    ChannelAdd, ChannelFlags, ChannelNamed, ChannelSet, ChannelTest, Notifications,
};
pub(crate) use nudges::{NudgeAdd, NudgeEdit, NudgeFlags, NudgeNamed, NudgeSend, Nudges};
pub(crate) use people::{
    ApiKeyCreate, ApiKeys, Audit, Mapping, ServerAddress, User, UserAdd, UserEdit, UserIdentity, Users,
    Workspaces,
};
pub(crate) use satellite::{Satellite, SatelliteInit, SatelliteKey, SatelliteRun, SatelliteSeal};
pub(crate) use serving::{Serve, Worker};
pub(crate) use signing_in::{CallerFlags, ProviderFlags};

use crate::output::Format;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Weir measures the flow of engineering work: it reads Jira completely into one store and keeps it true.
#[derive(Debug, Parser)]
#[command(name = "weir", version, max_term_width = 100, disable_help_subcommand = false, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  weir demo                              look around with a simulated Jira
  weir check acme --email me@acme.com --token-file token
  weir integration add jira acme --name Acme --email me@acme.com --token-file token
  weir integration add jira https://jira.acme.com/jira --name Inside --pat-file pat
  weir sync                              bring it up to date
  weir verify                            compare every id with the site
  weir export issues --format csv -o issues.csv

Exit codes: 0 done, 1 a negative answer, 2 usage, 3 not found, 4 authentication, 5 permission,
  6 conflict, 7 unavailable, 8 timed out, 70 our bug, 130 interrupted.";

/// Flags that stand before or after any command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Where the store is: sqlite:PATH or postgres://USER@HOST/DATABASE [env: WEIR_STORE]
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Global options")]
    pub(crate) store: Option<String>,
    /// Folder of the store, its key and weir.toml [env: WEIR_HOME] [default: ./weir-data]
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Global options")]
    pub(crate) home: Option<PathBuf>,
    /// How data is printed [default: table; export: jsonl]
    #[arg(long, global = true, value_enum, help_heading = "Global options")]
    pub(crate) format: Option<Format>,
    /// The integration, where there is more than one
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub(crate) integration: Option<String>,
    /// Never ask; a missing answer is an error
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_input: bool,
    /// Tell more; twice tells every request
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
    /// No colours
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_color: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring a simulated Jira into a store, to look around
    Demo(Demo),
    /// Try everything that reading a site needs, and keep nothing
    Check(Check),
    /// Add and look after integrations
    #[command(subcommand)]
    Integration(Integration),
    /// Bring integrations up to date: everything the first time, then what changed
    Sync(Sync),
    /// Compare every issue id with the site and repair what differs; exits with 1 on a difference
    Verify(Verify),
    /// What is connected, how it does, and what to do next
    Status(Named),
    /// Past runs: their counts and logs
    #[command(subcommand)]
    Runs(Runs),
    /// Put issues away, and bring them back
    #[command(subcommand)]
    Issues(Issues),
    /// Fields of a site
    #[command(subcommand)]
    Fields(Fields),
    /// How healthy the backlog is, how it was, and which issues make it so
    #[command(subcommand)]
    Hygiene(Hygiene),
    /// Write a view of the store as JSON lines or CSV
    Export(Export),
    /// Serve the API and the pages, and run integrations by their schedules
    Serve(Serve),
    /// Run integrations by their schedules beside a server, without serving anything
    Worker(Worker),
    /// Satellites, which read sites from inside of their networks: their file, running one, and those that report to this server
    #[command(subcommand)]
    Satellite(Satellite),
    /// Keys for programs that use the API
    #[command(subcommand)]
    ApiKey(ApiKeys),
    /// People who can sign in
    #[command(subcommand)]
    User(Users),
    /// Workspaces: their members, and which integrations these see
    #[command(subcommand)]
    Workspace(Workspaces),
    /// Channels through which people are told when an integration needs them
    #[command(subcommand)]
    Notifications(Notifications),
    /// Who did what, newest first
    Audit(Audit),
    /// The master key that credentials are sealed with
    #[command(subcommand)]
    Keys(MasterKeys),
    /// The whole store in one file: made beside a sync, proved, brought back into either database
    #[command(subcommand)]
    Backup(Backup),
    /// Look over home, key, store, disk, clock, proxy, mail and integrations; exits with 1 when something fails
    Doctor(MailFlags),
    /// Settings in force
    #[command(subcommand)]
    Config(Config),
    /// What this program is and is made of, and a bundle for those who are asked for help
    #[command(subcommand)]
    About(About),
    /// Completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The integration; may be left out where there is only one
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The demo keeps nothing unless --keep or --store is given, or WEIR_STORE is set; what it keeps is paused, since its site
goes away with it.
Example: weir demo --issues 10000 --keep && weir export issues | head -n 3")]
pub(crate) struct Demo {
    /// Issues to simulate
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    pub(crate) issues: u32,
    /// Projects to simulate [default: by the number of issues]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) projects: Option<u32>,
    /// The same seed gives the same site
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// What to simulate: cloud or dc
    #[arg(long, default_value = "cloud", value_parser = ["cloud", "dc"])]
    pub(crate) flavor: String,
    /// Keep the store in the home folder, as the integration "demo"
    #[arg(long)]
    pub(crate) keep: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  weir check https://acme.atlassian.net --email me@acme.com --token-file token
  weir check Acme                        with the stored credential")]
pub(crate) struct Check {
    /// The site's address, its bare name, or the name of an integration
    #[arg(value_name = "URL|NAME")]
    pub(crate) target: Option<String>,
    #[command(flatten)]
    pub(crate) scope: ScopeFlags,
    #[command(flatten)]
    pub(crate) auth: AuthFlags,
    #[command(flatten)]
    pub(crate) transport: TransportFlags,
}

/// How to get there.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Transport")]
pub(crate) struct TransportFlags {
    /// Trust the certificate authorities of this PEM file too
    #[arg(long, value_name = "PEM")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Do not check certificates; warns at every run
    #[arg(long)]
    pub(crate) insecure_tls: bool,
    /// Go through this proxy; one with a password goes into HTTPS_PROXY or weir.toml
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
}

/// Which issues.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Scope")]
pub(crate) struct ScopeFlags {
    /// Only this project; may be repeated
    #[arg(long, value_name = "KEY")]
    pub(crate) project: Vec<String>,
    /// Only what this JQL matches; its ORDER BY is ignored
    #[arg(long, value_name = "TEXT")]
    pub(crate) jql: Option<String>,
    /// Never ask for these: summary, description, comment, userDetails or any field id; a list, may be repeated
    #[arg(long, value_name = "LIST")]
    pub(crate) exclude: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Integration {
    /// Check a site and keep it as an integration
    #[command(subcommand)]
    Add(Add),
    /// Integrations and their status
    List(IntegrationList),
    /// One integration in full
    Show(Named),
    /// Change what is read, and how an integration is called, scheduled and described
    Edit(Box<EditIntegration>),
    /// Run the checks again with the stored credential
    Check(Named),
    /// Replace the credential; it must belong to the same account
    Reauth(Box<Reauth>),
    /// Leave an integration out of the schedule, and of `weir sync` without a name
    Pause(Pause),
    /// Undo pause
    Resume(Named),
    /// Delete an integration and everything that was read from it
    Delete(Delete),
    /// Take back a deletion that somebody has asked for in the browser or through the API
    Restore(Named),
    /// When its data came in, and when it did not
    Availability(Availability),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Add {
    /// A site of Jira Cloud or Jira Data Center
    Jira(Box<AddJira>),
    /// The record of a site that was read as a Connect app, which Atlassian has retired
    ConnectApp(Box<AddConnectApp>),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  weir integration add jira acme --name Acme --email me@acme.com --token-file token
  weir integration add jira https://jira.acme.com/jira --name Inside --pat-file pat
  weir integration add jira https://jira.acme.com --name Behind --adfs-url https://adfs.acme.com \
      --adfs-client-id 6731de76-14a6-49ae-97bc-6eba6914391e --adfs-resource https://jira.acme.com \
      --adfs-username 'ACME\\svc-weir' --adfs-password-file password
  weir integration add jira https://acme.atlassian.net --name Ops --project OPS --project SRE \\
      --exclude description,comment,userDetails --token-stdin < email-and-token")]
pub(crate) struct AddJira {
    /// The site's address, or its bare name (acme)
    pub(crate) url: String,
    /// A name of your choice, unique in the store
    #[arg(long)]
    pub(crate) name: String,
    /// A satellite will read this site: it has the credential, and this machine need not reach the site
    #[arg(long)]
    pub(crate) satellite: bool,
    #[command(flatten)]
    pub(crate) scope: ScopeFlags,
    #[command(flatten)]
    pub(crate) auth: AuthFlags,
    #[command(flatten)]
    pub(crate) transport: TransportFlags,
    #[command(flatten)]
    pub(crate) advanced: AdvancedFlags,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Advanced")]
pub(crate) struct AdvancedFlags {
    /// Time zone, for example Europe/Berlin [default: the account's own]
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,
    /// How often it should be brought up to date
    #[arg(long, default_value = "15m")]
    pub(crate) interval: String,
    /// A cron pattern instead of the interval, in the integration's time zone: "30 6 * * MON-FRI"
    #[arg(long, value_name = "PATTERN", conflicts_with = "interval")]
    pub(crate) cron: Option<String>,
    /// How often a sync is followed by a comparison of every id with the site: 24h, or off
    #[arg(long, default_value = "24h")]
    pub(crate) census: String,
    /// How far each sync looks back beyond the last one, for changes that the site's index shows late
    #[arg(long, default_value = "12h")]
    pub(crate) reread: String,
    /// Only issues that were edited in so many months before now, or later: 24mo, or all
    #[arg(long, default_value = "all")]
    pub(crate) history: String,
    /// How fast the site is read: gentle, normal or fast
    #[arg(long, default_value = "normal", value_parser = ["gentle", "normal", "fast"])]
    pub(crate) speed: String,
    /// Free text
    #[arg(long, default_value = "")]
    pub(crate) description: String,
    /// A label; may be repeated
    #[arg(long)]
    pub(crate) tag: Vec<String>,
    /// Who answers for it
    #[arg(long, value_name = "E")]
    pub(crate) owner: Option<String>,
    /// Who stands in for the owner
    #[arg(long, value_name = "E")]
    pub(crate) secondary_owner: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is not given stays as it is. Lists are replaced: name every project, field and tag that is meant. Another scope
and other exclusions are checked with the stored credential first; nothing is changed when a check fails.

Examples:
  weir integration edit Acme --project OPS --project SRE
  weir integration edit Acme --exclude description,comment
  weir integration edit Acme --everything --exclude-nothing
  weir integration edit Acme --rename Ops --interval 30m")]
pub(crate) struct EditIntegration {
    /// The integration; may be left out where there is only one
    pub(crate) name: Option<String>,
    /// Another name
    #[arg(long, value_name = "NEW")]
    pub(crate) rename: Option<String>,
    /// Only this project; may be repeated
    #[arg(long, value_name = "KEY", help_heading = "Scope")]
    pub(crate) project: Vec<String>,
    /// Only what this JQL matches; its ORDER BY is ignored
    #[arg(long, value_name = "TEXT", help_heading = "Scope")]
    pub(crate) jql: Option<String>,
    /// Everything the account can see
    #[arg(long, conflicts_with_all = ["project", "jql"], help_heading = "Scope")]
    pub(crate) everything: bool,
    /// Never ask for these, and delete what is stored of them: summary, description, comment, userDetails or any field
    /// id; a list, may be repeated
    #[arg(long, value_name = "LIST", help_heading = "Scope")]
    pub(crate) exclude: Vec<String>,
    /// Exclude nothing any more
    #[arg(long, conflicts_with = "exclude", help_heading = "Scope")]
    pub(crate) exclude_nothing: bool,
    /// How often it should be brought up to date
    #[arg(long, value_name = "INTERVAL", help_heading = "Advanced")]
    pub(crate) interval: Option<String>,
    /// A cron pattern instead of the interval, in the integration's time zone: "30 6 * * MON-FRI"; --interval takes it away
    #[arg(long, value_name = "PATTERN", conflicts_with = "interval", help_heading = "Advanced")]
    pub(crate) cron: Option<String>,
    /// How often a sync is followed by a comparison of every id with the site: 24h, or off
    #[arg(long, value_name = "INTERVAL", help_heading = "Advanced")]
    pub(crate) census: Option<String>,
    /// How far each sync looks back beyond the last one, for changes that the site's index shows late
    #[arg(long, value_name = "INTERVAL", help_heading = "Advanced")]
    pub(crate) reread: Option<String>,
    /// Time zone, for example Europe/Berlin
    #[arg(long, value_name = "ZONE", help_heading = "Advanced")]
    pub(crate) timezone: Option<String>,
    /// Only issues that were edited in so many months before it was added, or later: 24mo, or all
    #[arg(long, value_name = "HISTORY", help_heading = "Advanced")]
    pub(crate) history: Option<String>,
    /// How fast the site is read: gentle, normal or fast
    #[arg(long, value_name = "SPEED", value_parser = ["gentle", "normal", "fast"], help_heading = "Advanced")]
    pub(crate) speed: Option<String>,
    /// Free text
    #[arg(long, value_name = "TEXT", help_heading = "Advanced")]
    pub(crate) description: Option<String>,
    /// A label; may be repeated
    #[arg(long, help_heading = "Advanced")]
    pub(crate) tag: Vec<String>,
    /// No labels any more
    #[arg(long, conflicts_with = "tag", help_heading = "Advanced")]
    pub(crate) no_tags: bool,
    /// Who answers for it; an empty text takes the name away
    #[arg(long, value_name = "E", help_heading = "Advanced")]
    pub(crate) owner: Option<String>,
    /// Who stands in for the owner; an empty text takes the name away
    #[arg(long, value_name = "E", help_heading = "Advanced")]
    pub(crate) secondary_owner: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Reauth {
    /// The integration; may be left out where there is only one
    pub(crate) name: Option<String>,
    /// Leave it to a satellite from now on: the credential here is forgotten, and what was read stays
    #[arg(long, conflicts_with_all = ["accept_other_account", "expires"])]
    pub(crate) satellite: bool,
    /// Take the credential also when it belongs to another account, which may see other issues
    #[arg(long)]
    pub(crate) accept_other_account: bool,
    /// The day on which the credential ends, to be reminded before: 2027-01-31
    #[arg(long, value_name = "DATE")]
    pub(crate) expires: Option<String>,
    #[command(flatten)]
    pub(crate) auth: AuthFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Pause {
    /// The integration; may be left out where there is only one
    pub(crate) name: Option<String>,
    /// When it goes on by itself: RFC 3339, a date, or a time from now such as 2d [default: when it is resumed]
    #[arg(long, value_name = "T")]
    pub(crate) until: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// The integration
    pub(crate) name: Option<String>,
    /// The name once more, to say that it is meant
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The first sync reads everything in scope, each later one what changed since; --full reads everything again. Only rows
that differ are written. A sync that was interrupted is gone on from where it had come.

When the ids of all issues were compared with the site more than a day ago (--census of the integration), they are
compared again after the sync, and differences are repaired as weir verify does.

--follow runs until it is stopped: each integration by its own schedule, several side by side, also those that are added
meanwhile; a run that fails is said and tried again later. It shares the work with weir serve and weir worker.")]
pub(crate) struct Sync {
    /// Integrations [default: all that are not paused]
    pub(crate) names: Vec<String>,
    /// Read everything again, from the beginning
    #[arg(long)]
    pub(crate) full: bool,
    /// Keep going, each integration by its schedule
    #[arg(long, conflicts_with = "full")]
    pub(crate) follow: bool,
    /// With --follow: how many integrations are run side by side
    #[arg(long, value_name = "N", default_value_t = 4, requires = "follow", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) workers: u16,
    /// Leave the comparison of ids out, also when it is due
    #[arg(long)]
    pub(crate) no_census: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is missing here is fetched. What the site does not show any more is looked at once more by its id: moved issues are
read where they are, others become gone, deleted, hidden or out of scope, and are live again when they reappear. A
project that would lose more than 20 issues and more than 20 % of them by absence alone is left as it is.

Exit codes: 0 all was equal, 1 something differed or could not be compared.")]
pub(crate) struct Verify {
    /// The integration; may be left out where there is only one
    pub(crate) name: Option<String>,
    /// Believe also a loss of more than 20 % of a project's issues
    #[arg(long)]
    pub(crate) accept_loss: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Issues {
    /// Put issues away: they count nowhere, and no sync brings them back
    Remove(Keys),
    /// Bring back issues that were put away
    Restore(Keys),
    /// Issues that cannot be read: why, since when, and how often it was tried
    Quarantined,
    /// The body of such an issue as the site sent it
    #[command(after_help = "Example: weir issues raw 10017 --integration Acme")]
    Raw {
        /// The issue's id
        #[arg(value_name = "ID")]
        issue: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Example: weir issues remove OPS-17 OPS-18 --integration Acme")]
pub(crate) struct Keys {
    /// Keys, present or former
    #[arg(required = true, value_name = "KEY")]
    pub(crate) keys: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Runs {
    /// Runs, newest first
    List(RunList),
    /// One run with its counts by kind [default: the newest]
    Show {
        /// The run's id
        run: Option<String>,
    },
    /// The log of a run [default: the newest]
    Logs {
        /// The run's id
        run: Option<String>,
    },
    /// Ask a run that is under way to end, wherever it runs; what it has committed stays
    Cancel {
        /// The run's id
        run: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
JSON lines carry values as they are. In CSV, text that a spreadsheet would take for a formula (= + - @) gets a
leading apostrophe.
Examples:
  weir export issues --since 7d --format csv -o issues.csv
  weir export issue_changes --integration Acme | head")]
pub(crate) struct Export {
    /// The view: issues, issue_changes, issue_comments, sprints, people …
    pub(crate) view: String,
    /// Only rows since: RFC 3339, a date, or an age such as 7d
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<String>,
    /// Write into this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Every setting, its value, and where it comes from
    Explain,
}
