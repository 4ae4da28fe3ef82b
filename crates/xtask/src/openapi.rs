//! The API document validated, and the running API held to it.

use crate::command;
use crate::posto::Posto;
use crate::tools;

/// Validates `openapi/openapi.json` and lets schemathesis try the API that it describes.
pub fn test() -> anyhow::Result<()> {
    let programs = tools::python_packages()?;
    let program = |name: &str| programs.join(name).to_string_lossy().into_owned();
    command::run(command::new(&program("openapi-spec-validator"), ["openapi/openapi.json"]))?;
    let posto = Posto::start()?;
    let mut tests = command::new(&program("schemathesis"), ["run", "openapi/openapi.json", "--url", &posto.url]);
    tests.args(["--max-examples", "40", "--seed", "2026", "--request-timeout", "10", "--suppress-health-check", "all"]);
    command::run(tests)
}
