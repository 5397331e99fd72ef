//! Errors: three lines, the last one says what to do.

use super::{clean, note};
use std::{fmt::Write as _, process::ExitCode};
use weir_model::{Message, Surface};

/// Longest line of an error, in characters.
const LONGEST: usize = 1_200;

pub(super) fn print(message: &Message, colour: bool) {
    note(&three_lines(message, colour));
}

fn three_lines(message: &Message, colour: bool) -> String {
    let (red, dim, end) = if colour { ("\x1b[31m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
    format!(
        "{red}error:{end} {}\n{dim}cause:{end} {}\n{dim}fix:{end} {}",
        clean(&message.what(), LONGEST),
        clean(&message.why(), LONGEST),
        clean(&message.fix(Surface::CommandLine), LONGEST)
    )
}

/// Prints what the command line's parser said: help and versions as they are, mistakes in three lines.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            Err(gone) if gone.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(weir_model::ExitCode::Permission as u8),
        };
    }
    let text = error.render().to_string();
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        note(text.trim_end());
        return ExitCode::from(weir_model::ExitCode::Usage as u8);
    }
    let message = Message::CommandLine { detail: said(&text), command: command(&text) };
    print(&message, false);
    ExitCode::from(message.exit() as u8)
}

/// The parser's own sentence and its hints, as one sentence.
fn said(text: &str) -> String {
    let body = text.strip_prefix("error: ").unwrap_or(text);
    let body = body.split("\n\nUsage:").next().unwrap_or(body);
    let body = body.split("\n\nFor more information").next().unwrap_or(body);
    let mut line = String::new();
    for part in body.lines().map(str::trim).filter(|part| !part.is_empty()) {
        let separator = if line.is_empty() { "" } else { "; " };
        _ = write!(line, "{separator}{part}");
    }
    let mut letters = line.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The command that was meant, out of the usage line.
fn command(text: &str) -> String {
    let usage = text.split("Usage: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or("weir");
    let words: Vec<&str> = usage
        .split_whitespace()
        .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .collect();
    let words: Vec<&str> = words.into_iter().take_while(|word| !word.starts_with('-')).collect();
    if words.is_empty() { "weir".into() } else { words.join(" ") }
}
