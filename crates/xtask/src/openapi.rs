//! The API document validated, clients generated from it and used, and the running API held to it.

use std::path::Path;
use std::process::Command;

use crate::command::{self, root};
use crate::posto::Posto;
use crate::tools;

const DOCUMENT: &str = "openapi/openapi.json";

/// Where the generated clients and the programs that use them are.
const CLIENTS: &str = "tests/clients";

/// Validates `openapi/openapi.json`, generates clients from it and lets them, the page and
/// schemathesis use the API that it describes.
pub fn test() -> anyhow::Result<()> {
    let programs = tools::python_packages()?;
    tools::node_packages(CLIENTS)?;
    lint(&programs)?;
    let generated = root().join(CLIENTS).join("generated");
    if generated.exists() {
        std::fs::remove_dir_all(&generated)?;
    }
    std::fs::create_dir_all(&generated)?;
    let posto = Posto::start()?;
    typescript(&posto)?;
    python(&programs, &posto)?;
    command::run(npm("page", &posto))?;
    schemathesis(&programs, &posto)
}

/// Three programs that know OpenAPI, each in its own way; the last one checks every example against
/// its schema, too.
fn lint(programs: &Path) -> anyhow::Result<()> {
    command::run(program(programs, "openapi-spec-validator", &[DOCUMENT]))?;
    command::run(program(programs, "openapi-generator-cli", &["validate", "--recommend", "-i", DOCUMENT]))?;
    let mut lint = command::new("npm", ["run", "--silent", "lint"]);
    lint.current_dir(root().join(CLIENTS))
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    command::run(lint)
}

/// A client by openapi-typescript and openapi-fetch: generated, type-checked and run.
fn typescript(posto: &Posto) -> anyhow::Result<()> {
    for step in ["generate", "compile", "typescript"] {
        command::run(npm(step, posto))?;
    }
    Ok(())
}

/// A client by openapi-python-client: generated, type-checked and run.
fn python(programs: &Path, posto: &Posto) -> anyhow::Result<()> {
    let generated = format!("{CLIENTS}/generated/posto_client");
    let generate = [
        "generate",
        "--path",
        DOCUMENT,
        "--output-path",
        &generated,
        "--meta",
        "none",
        "--overwrite",
        "--fail-on-warning",
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(programs.to_owned()).chain(std::env::split_paths(&path));
    let mut generate = program(programs, "openapi-python-client", &generate);
    // It formats what it wrote with ruff.
    generate.env("PATH", std::env::join_paths(path)?);
    command::run(generate)?;
    let script = format!("{CLIENTS}/python/client.py");
    let modules = root().join(CLIENTS).join("generated");
    let mut check =
        program(programs, "mypy", &["--strict", "--follow-imports", "silent", "--cache-dir", "target/mypy", &script]);
    // What is wrong in the generator's own code is not ours to mend: its types count, its slips do not.
    check.env("MYPYPATH", &modules);
    command::run(check)?;
    let mut client = program(programs, "python", &[&script]);
    client.env("PYTHONPATH", modules).env("PYTHONDONTWRITEBYTECODE", "1").env("POSTO_URL", &posto.url);
    command::run(client)
}

/// Requests made from the document, good ones and bad ones, alone and in sequences, and every answer
/// held to it.
fn schemathesis(programs: &Path, posto: &Posto) -> anyhow::Result<()> {
    let document = root().join(DOCUMENT).to_string_lossy().into_owned();
    let mut tests = program(programs, "schemathesis", &["run", &document, "--url", &posto.url]);
    // It keeps notes where it runs.
    tests
        .current_dir(root().join("target/python"))
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    tests.env("PYTHONPATH", root().join(CLIENTS).join("schemathesis"));
    // A stream has no end to wait for.
    tests.args(["--exclude-path", "/events"]);
    tests.args(["--checks", "all", "--max-examples", "10", "--seed", "2026", "--request-timeout", "10"]);
    tests.args(["--continue-on-failure", "--suppress-health-check", "all"]);
    command::run(tests)
}

fn npm(script: &str, posto: &Posto) -> Command {
    let mut npm = command::new("npm", ["run", "--silent", script]);
    npm.current_dir(root().join(CLIENTS)).env("POSTO_URL", &posto.url);
    npm
}

fn program(programs: &Path, name: &str, arguments: &[&str]) -> Command {
    command::new(&programs.join(name).to_string_lossy(), arguments)
}
