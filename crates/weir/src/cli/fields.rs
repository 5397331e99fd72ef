//! The words of custom fields.

use super::Named;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct FieldNamed {
    /// The field's id, such as customfield_10016
    pub(crate) field: String,
    /// The integration; may be left out where there is only one
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  weir fields map customfield_10033 --role severity     --filter severity=Critical
  weir fields map customfield_10041                     --filter custom:customfield_10041=3")]
pub(crate) struct FieldMap {
    #[command(flatten)]
    pub(crate) field: FieldNamed,
    /// What its values are read as [default: what the site says]
    #[arg(long = "as", value_name = "TYPE", value_parser = clap::builder::PossibleValuesParser::new(weir_ingest::fields::type_words()))]
    pub(crate) holds: Option<String>,
    /// What it stands for; filters may say so instead of its id
    #[arg(long, value_name = "ROLE", value_parser = clap::builder::PossibleValuesParser::new(weir_model::FieldRole::ALL.map(weir_model::FieldRole::as_str)))]
    pub(crate) role: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FieldSample {
    /// The field's id, such as customfield_10016
    pub(crate) field: String,
    /// The integration; may be left out where there is only one
    pub(crate) name: Option<String>,
    /// At most this many values
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) limit: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Fields {
    /// Fields that the site has, and how much the custom ones are used
    List(Named),
    /// Values of a custom field from the newest issues that have it filled in; people are not named
    Sample(FieldSample),
    /// Say what a custom field is, so that filters and rules may name it; again, that a change of its type is seen to
    Map(FieldMap),
    /// Forget what was said of a custom field
    Unmap(FieldNamed),
    /// Support cases of Salesforce: which field names them, what that finds, and what it does not
    #[command(subcommand)]
    Cases(Cases),
}

/// Which field names support cases, and how.
#[derive(Debug, Args)]
pub(crate) struct CaseFlags {
    #[command(flatten)]
    pub(crate) field: FieldNamed,
    /// What stands before a number and is no part of it: behind it a number of any length is one
    #[arg(long, value_name = "TEXT")]
    pub(crate) prefix: Option<String>,
    /// A value names one case, and is not cut at commas, semicolons and white space
    #[arg(long)]
    pub(crate) one: bool,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Without a choice, cases are read from the fields that have salesforce and case in their names.
Examples:
  weir fields cases try customfield_10050 --prefix CS-
  weir fields cases map customfield_10050 --prefix CS-
  weir fields cases unmatched --format csv")]
pub(crate) enum Cases {
    /// How cases are read, and what that finds
    Show(Named),
    /// What another field would give; nothing is kept
    Try(CaseFlags),
    /// Read cases from a field from now on, and those of all issues anew; nothing is asked of the site
    Map(CaseFlags),
    /// Read them by the names of fields again
    Unmap(Named),
    /// Everything in the field that names no case
    Unmatched(Named),
}
