//! The one place that prints. Results go to stdout, what is going on to stderr.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this module is the output")]

/// A line of the result.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// A line that another program printed while we watch it.
pub(crate) fn echo(text: &str) {
    eprintln!("{text}");
}

/// The heading of a step.
pub(crate) fn step(text: &str) {
    eprintln!("\n== {text}");
}

/// What went wrong.
pub(crate) fn problem(text: &str) {
    eprintln!("error: {text}");
}
