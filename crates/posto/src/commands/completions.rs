//! `posto completions SHELL`.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments::Arguments;

#[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
pub fn run(shell: Shell) -> anyhow::Result<ExitCode> {
    clap_complete::generate(shell, &mut Arguments::command(), "posto", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}
