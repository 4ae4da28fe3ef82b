//! `posto token`: the tokens of those who may report over HTTP.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use posto_wire::command::is_token_name;

use crate::config::tokens_file;
use crate::token_file;

#[derive(Debug, Args)]
pub struct TokenArguments {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    file: TokenFileArguments,
}

/// Which file of tokens.
#[derive(Debug, Args)]
pub struct TokenFileArguments {
    /// The file of tokens, which the gateway is given too
    #[arg(long, env = "POSTO_TOKENS", value_name = "FILE", global = true)]
    pub tokens: Option<String>,
    /// Settings file [default: posto.toml, where there is one]
    #[arg(long, env = "POSTO_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and print it, this once: the file keeps its name and its hash
    #[command(
        after_help = "Give the file to the gateway (`posto up --tokens FILE`), and the token to whoever may report:\n\
                            curl -H 'Authorization: Bearer TOKEN' …. A running gateway reads the file again at SIGHUP."
    )]
    New {
        /// Whose it is: 1 to 32 of A-Z a-z 0-9 . _ -
        #[arg(value_parser = name)]
        name: String,
    },
    /// List the names of the tokens, with the time each was made
    List,
    /// Take a token back
    Revoke {
        /// Whose it is
        #[arg(value_parser = name)]
        name: String,
    },
}

pub fn run(arguments: TokenArguments) -> anyhow::Result<ExitCode> {
    let path = tokens_file(arguments.file.tokens, arguments.file.config)?;
    match arguments.action {
        Action::New { name } => {
            let token = token_file::add(&path, &name)?;
            say!("{token}");
            eprintln!("{name} may report with this token, which is shown only now; {AGAIN}");
        }
        Action::List => {
            for (name, made_at) in token_file::read(&path)?.names() {
                say!("{name}  {}", made_at.unwrap_or("-"));
            }
        }
        Action::Revoke { name } => {
            token_file::remove(&path, &name)?;
            eprintln!("{name}'s token is taken back; {AGAIN}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

const AGAIN: &str = "a running gateway reads the file again at SIGHUP (kill -HUP)";

fn name(text: &str) -> Result<String, &'static str> {
    if is_token_name(text) { Ok(text.to_owned()) } else { Err("expected 1 to 32 of A-Z a-z 0-9 . _ -") }
}
