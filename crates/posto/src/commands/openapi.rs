//! `posto openapi`: the OpenAPI document, as it is committed.

use std::process::ExitCode;

pub fn run() -> anyhow::Result<ExitCode> {
    crate::output::write(format_args!("{}", posto_gateway::document()));
    Ok(ExitCode::SUCCESS)
}
