//! `cargo xtask test`: everything that is checked, from the cheapest to the dearest.

use crate::{browser, command, deny, openapi, operation, tools};

pub fn run(short: bool) -> anyhow::Result<()> {
    tools::install_debian()?;
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
    deny::check()?;
    if short {
        return Ok(());
    }
    operation::test()?;
    openapi::test()?;
    browser::test()?;
    println!("\nall is well");
    Ok(())
}
