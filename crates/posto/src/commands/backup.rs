//! `posto backup`: the journal copied into one file, also while a server writes in it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use posto_store::Copied;

use crate::arguments::DataArguments;
use crate::config::data_directory;

#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The file to make: placed as posto.db in a directory, `posto up --data` starts from it
    file: PathBuf,
    /// Make a book of its own of the copy, which follows no stream (--cluster) any more
    #[arg(long)]
    standalone: bool,
    /// Replace the file where it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    data: DataArguments,
}

pub fn run(arguments: BackupArguments) -> anyhow::Result<ExitCode> {
    let directory = data_directory(arguments.data)?;
    let style = ProgressStyle::with_template("{bar:30} {percent} % {eta}");
    // Drawn on standard error, and only where that is a terminal.
    let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let copied = if arguments.standalone { Copied::Standalone } else { Copied::AsItIs };
    let made = posto_store::backup(&directory, (&arguments.file, arguments.force), copied, |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.copied);
    });
    bar.finish_and_clear();
    say!("{} {} bytes", arguments.file.display(), made?.bytes);
    Ok(ExitCode::SUCCESS)
}
