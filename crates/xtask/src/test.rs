//! `cargo xtask test`: everything that is checked, from the cheapest to the dearest.

use crate::{browser, command, deny, openapi, operation, tools};

/// A part of what is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Format, lints, Rust tests, documents, Python peers, licences
    Rust,
    /// The files of data/ops
    Operation,
    /// The API document, clients made from it, schemathesis
    Api,
    /// The page in a real browser
    Browser,
}

pub fn run(short: bool) -> anyhow::Result<()> {
    tools::install_debian()?;
    if short {
        return rust();
    }
    for part in [Part::Rust, Part::Operation, Part::Api, Part::Browser] {
        run_part(part)?;
    }
    println!("\nall is well");
    Ok(())
}

/// Runs one part alone.
pub fn run_part(part: Part) -> anyhow::Result<()> {
    match part {
        Part::Rust => {
            tools::nats_server()?;
            tools::faketime()?;
            rust()
        }
        Part::Operation => operation::test(),
        Part::Api => openapi::test(),
        Part::Browser => browser::test(),
    }
}

fn rust() -> anyhow::Result<()> {
    let cargo = |arguments: &[&str]| command::run(command::new("cargo", arguments));
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    cargo(&["test", "--workspace", "--locked"])?;
    let mut documents = command::new("cargo", ["doc", "--workspace", "--no-deps", "--locked"]);
    documents.env("RUSTDOCFLAGS", "-D warnings");
    command::run(documents)?;
    let mut peers = command::new("python3", ["-m", "unittest", "discover", "-s", "tests/python"]);
    peers.env("PYTHONDONTWRITEBYTECODE", "1");
    command::run(peers)?;
    deny::check()
}
