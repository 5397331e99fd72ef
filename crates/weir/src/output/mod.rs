//! The only place that prints. Data goes to standard output, messages and progress to standard error.
//!
//! Text from a tool is shown without control characters; it cannot move a cursor or colour a line.

mod checks;
mod doctor;
mod errors;
mod export;
mod progress;
mod rows;
mod satellite;
mod summary;
mod verify;

pub(crate) use checks::{check_line, checks_json};
pub(crate) use doctor::finding_lines;
pub(crate) use errors::usage;
pub(crate) use export::RowWriter;
pub(crate) use progress::{Bars, Watching};
pub(crate) use rows::{Rows, value_text};
pub(crate) use satellite::{fault_lines, lint_json, lint_summary};
pub(crate) use summary::{demo_summary, duration, sync_json, sync_summary};
pub(crate) use verify::{differences, verify_json, verify_summary};
pub(crate) use weir_model::{clean, thousands};

use crate::failure::Failure;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write as _};
use weir_model::Message;

/// How data is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
    /// Apache Parquet
    #[value(hide = true)]
    Parquet,
}

/// Where and how to print.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    asked: Option<Format>,
    colour: bool,
}

impl Output {
    pub(crate) fn new(asked: Option<Format>, no_color: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { asked, colour: !no_color && !set("NO_COLOR") && !dumb }
    }

    /// The format that was asked for, if any.
    pub(crate) fn asked(&self) -> Option<Format> {
        self.asked
    }

    /// The format of everything but exports; Parquet is for exports alone.
    pub(crate) fn format(&self) -> Result<Format, Message> {
        match self.asked {
            Some(Format::Parquet) => Err(Message::InputBad {
                flag: "--format".into(),
                detail: "Parquet is not in this build; table, json, jsonl and csv are".into(),
            }),
            Some(format) => Ok(format),
            None => Ok(Format::Table),
        }
    }

    /// Whether people read the data.
    pub(crate) fn for_people(&self) -> bool {
        self.asked.is_none_or(|format| format == Format::Table)
    }

    /// Whether standard error may be coloured.
    pub(crate) fn colour_on_stderr(&self) -> bool {
        self.colour && io::stderr().is_terminal()
    }

    /// Whether standard output may be coloured.
    pub(crate) fn colour_on_stdout(&self) -> bool {
        self.colour && io::stdout().is_terminal()
    }

    /// Prints a line of data.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        written(writeln!(io::stdout().lock(), "{text}"))
    }

    /// Prints one JSON document; on a line of its own where JSON lines were asked for.
    pub(crate) fn json<T: Serialize>(&self, value: &T) -> Result<(), Failure> {
        let text = match self.asked {
            Some(Format::Jsonl) => serde_json::to_string(value),
            _ => serde_json::to_string_pretty(value),
        };
        self.line(&text.map_err(|error| Failure::bug(error.to_string()))?)
    }

    /// Prints a list in the format that was asked for.
    pub(crate) fn rows(&self, rows: &Rows) -> Result<(), Failure> {
        let mut text = Vec::new();
        rows.render(self.format()?, &mut text)?;
        let mut stdout = io::stdout().lock();
        written(stdout.write_all(&text).and_then(|()| stdout.flush()))
    }

    /// Prints what happened, why, and what to do.
    pub(crate) fn error(&self, message: &Message) {
        errors::print(message, self.colour_on_stderr());
    }
}

/// Prints a message for people.
pub(crate) fn note(text: &str) {
    // Nobody is left to tell when standard error is gone.
    _ = writeln!(io::stderr().lock(), "{text}");
}

/// A failed write to standard output: quiet when the reader has gone.
pub(crate) fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    written_to("standard output", outcome)
}

/// A failed write to a place of this name.
pub(crate) fn written_to(place: &str, outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::ReaderGone),
        Err(error) => {
            let detail = crate::home::sentence(&error);
            Err(Message::FileWrite { path: place.to_owned(), detail }.into())
        }
    }
}
