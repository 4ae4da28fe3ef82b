//! `posto key new`: a pre-shared key for a server and those who may write to it.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::session::MIN_KEY_BYTES;

#[derive(Debug, Args)]
pub struct KeyArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key: 32 random bytes in hexadecimal, in a file that only you can read
    #[command(after_help = "Give the file to `posto serve --psk-file FILE` and to every client that may write.")]
    New {
        /// The file; it must not exist yet. Without it the key goes to standard output
        file: Option<PathBuf>,
    },
}

pub fn run(arguments: &KeyArguments) -> anyhow::Result<ExitCode> {
    let Action::New { file } = &arguments.action;
    let mut key = [0; MIN_KEY_BYTES];
    getrandom::fill(&mut key).context("no random bytes from the system")?;
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    match file {
        Some(file) => write(file, &text).with_context(|| format!("cannot make the key file {}", file.display()))?,
        None => say!("{text}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}
