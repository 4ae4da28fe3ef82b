//! `cargo xtask`: the project's chores. `cargo xtask test` is what runs before anything lands.
#![allow(clippy::print_stdout, reason = "this is a program that talks to people")]
#![allow(unreachable_pub, reason = "nothing of a program is reachable from outside; pub means its other files")]

mod browser;
mod command;
mod deny;
mod openapi;
mod operation;
mod posto;
mod test;
mod tools;

use clap::Parser;

/// The project's chores.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
enum Chore {
    /// Everything that is checked: format, lints, Rust, documents, Python peers, API, browser
    Test {
        /// Leave out what needs a browser, Node or PyPI (and with it the cluster)
        #[arg(long)]
        short: bool,
        /// Only this part
        #[arg(long, value_name = "PART", conflicts_with = "short")]
        only: Option<test::Part>,
    },
    /// Check the licences and sources of all dependencies by deny.toml
    Deny,
    /// Write the manual pages into this directory
    Man {
        /// The directory; made where it does not exist
        #[arg(default_value = "target/man")]
        directory: std::path::PathBuf,
    },
    /// Take the page's pictures for README into this directory
    Screenshots {
        /// The directory
        directory: std::path::PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    match Chore::parse() {
        Chore::Test { only: Some(part), .. } => test::run_part(part),
        Chore::Test { short, only: None } => test::run(short),
        Chore::Deny => deny::check(),
        Chore::Man { directory } => operation::man(&directory),
        Chore::Screenshots { directory } => browser::screenshots(&directory),
    }
}
