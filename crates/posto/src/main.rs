//! `posto`: one subcommand, one small file in `commands/` that calls a library.
#![allow(clippy::print_stdout, reason = "this is the program that talks to people")]
#![allow(unreachable_pub, reason = "nothing of a program is reachable from outside; pub means its other files")]

#[macro_use]
mod output;

mod arguments;
mod commands;
mod config;
mod entrance;
mod explain;
mod language;
mod logging;
mod metrics;
mod patience;
mod places;
mod session;
mod shutdown;
mod token_file;

use std::process::ExitCode;

/// Requests allocate on one thread and free on another, which the system's allocator is slow at: it
/// took a fifth of a search over HTTP.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use arguments::{Arguments, Command};
use clap::Parser as _;

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let outcome = match command {
        Command::Up(arguments) => commands::up::run((*arguments).into()),
        Command::Serve(arguments) => commands::serve::run((*arguments).into()),
        Command::Gateway(arguments) => commands::gateway::run(arguments.into()),
        Command::Client(arguments) => commands::client::run(arguments),
        Command::Feed(arguments) => commands::feed::run(&arguments),
        Command::Talk(arguments) => commands::talk::run(arguments),
        Command::Ping(arguments) => commands::ping::run(&arguments),
        Command::Report(arguments) => commands::report::run(arguments),
        Command::Cheapest(arguments) => commands::cheapest::run(arguments),
        Command::List(arguments) => commands::list::run(arguments),
        Command::Health(arguments) => commands::health::run(&arguments),
        Command::History(arguments) => commands::history::run(arguments),
        Command::Import(arguments) => commands::import::run(arguments),
        Command::Moderate(arguments) => commands::moderate::run(arguments),
        Command::Backup(arguments) => commands::backup::run(arguments),
        Command::Verify(arguments) => commands::verify::run(arguments),
        Command::Export(arguments) => commands::export::run(arguments),
        Command::Bench(arguments) => commands::bench::run(&arguments),
        Command::Cluster(arguments) => commands::cluster::run(arguments),
        Command::Key(arguments) => commands::key::run(&arguments),
        Command::Token(arguments) => commands::token::run(arguments),
        Command::Relay(arguments) => commands::relay::run(arguments),
        Command::Openapi => commands::openapi::run(),
        Command::Man { directory } => commands::man::run(&directory),
        Command::Completions { shell } => commands::completions::run(shell),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("posto: {error:#}");
        ExitCode::FAILURE
    })
}
