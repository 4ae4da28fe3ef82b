//! The page in a real browser.

use std::path::Path;

use crate::command::{self, root};
use crate::posto::Posto;
use crate::tools;

/// Runs the browser tests against a `posto up` of their own.
pub fn test() -> anyhow::Result<()> {
    tools::node_packages("tests/browser")?;
    let posto = Posto::start()?;
    let mut tests = command::new("node", ["--test", "--test-reporter", "spec"]);
    tests.current_dir(root().join("tests/browser")).env("POSTO_URL", &posto.url);
    // Some tests stop and start one of their own.
    tests.env("POSTO_PROGRAM", &posto.program);
    command::run(tests)
}

/// Takes the page's pictures.
pub fn screenshots(directory: &Path) -> anyhow::Result<()> {
    tools::install_debian()?;
    tools::node_packages("tests/browser")?;
    let directory = std::path::absolute(directory)?;
    std::fs::create_dir_all(&directory)?;
    let posto = Posto::start()?;
    let mut pictures = command::new("node", ["screenshot.mjs"]);
    pictures.arg(&directory).current_dir(root().join("tests/browser")).env("POSTO_URL", &posto.url);
    command::run(pictures)
}
