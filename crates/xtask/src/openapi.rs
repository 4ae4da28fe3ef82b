//! The API document validated, and the running API held to it.

use crate::command::{self, root};
use crate::posto::Posto;
use crate::tools;

/// Validates `openapi/openapi.json` and lets schemathesis try the API that it describes.
pub fn test() -> anyhow::Result<()> {
    let programs = tools::python_packages()?;
    let program = |name: &str| programs.join(name).to_string_lossy().into_owned();
    command::run(command::new(&program("openapi-spec-validator"), ["openapi/openapi.json"]))?;
    let posto = Posto::start()?;
    let schemathesis = |more: &[&str]| {
        let mut tests =
            command::new(&program("schemathesis"), ["run", "../../openapi/openapi.json", "--url", &posto.url]);
        // It keeps notes where it runs.
        tests.current_dir(root().join("target/python"));
        // A stream of events has no end to wait for.
        tests.args(["--exclude-path", "/events"]);
        tests.args(["--max-examples", "60", "--seed", "2026", "--request-timeout", "10"]);
        // A deadline of 1 ms is valid, and rightly a 504: every request gets the longest one.
        tests.args(["--suppress-health-check", "all", "--header", "X-Deadline-Ms: 2000"]);
        command::run({
            tests.args(more);
            tests
        })
    };
    // Unknown headers are accepted, as HTTP wants it (RFC 9110 §5.1); that unknown parameters and
    // members are not is tested in `crates/gateway`.
    schemathesis(&["--exclude-checks", "negative_data_rejection,positive_data_acceptance"])?;
    // OpenAPI has no words for "radius with lat and lon, or bbox", "station or new: true", "south not
    // above north" and "a moment that exists".
    let mut acceptance = vec!["--checks", "positive_data_acceptance"];
    for operation in ["list", "report", "statistics", "map", "history"] {
        acceptance.extend(["--exclude-operation-id", operation]);
    }
    schemathesis(&acceptance)
}
