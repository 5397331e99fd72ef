//! `weir completions SHELL`.

use crate::{cli::Cli, failure::Failure, output::written};
use clap::CommandFactory as _;
use clap_complete::{Shell, generate};
use std::io::Write as _;

pub(super) fn run(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "weir", &mut script);
    written(std::io::stdout().lock().write_all(&script))
}
