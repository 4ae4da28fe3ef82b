//! `posto openapi`: the OpenAPI document, as it is committed.

use std::process::ExitCode;

pub fn run() -> anyhow::Result<ExitCode> {
    print!("{}", posto_gateway::document());
    Ok(ExitCode::SUCCESS)
}
