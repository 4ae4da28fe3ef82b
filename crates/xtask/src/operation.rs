//! The files of `data/ops`, held to what the programs say that read them; the manual pages.

use std::path::Path;

use crate::command;
use crate::tools;

/// Lets promtool and hadolint judge.
pub fn test() -> anyhow::Result<()> {
    let promtool = tools::promtool()?.to_string_lossy().into_owned();
    for arguments in [
        ["check", "rules", "data/ops/alerts.yml"],
        ["test", "rules", "data/ops/alerts.test.yml"],
        ["check", "rules", "data/ops/cluster/alerts.yml"],
        ["test", "rules", "data/ops/cluster/alerts.test.yml"],
        ["check", "config", "data/ops/prometheus.yml"],
    ] {
        command::run(command::new(&promtool, arguments))?;
    }
    let programs = tools::python_packages()?;
    let hadolint = programs.join("hadolint").to_string_lossy().into_owned();
    command::run(command::new(&hadolint, ["data/ops/Dockerfile"]))
}

/// Writes the manual pages into this directory.
pub fn man(directory: &Path) -> anyhow::Result<()> {
    let mut man = command::new("cargo", ["run", "--quiet", "--package", "posto", "--", "man"]);
    man.arg(std::path::absolute(directory)?);
    command::run(man)
}
