//! The subcommands: each parses its arguments and calls a library.

pub mod backup;
pub mod bench;
pub mod cheapest;
pub mod client;
pub mod cluster;
pub mod completions;
pub mod export;
pub mod feed;
pub mod gateway;
pub mod health;
pub mod history;
pub mod import;
pub mod key;
pub mod lan;
pub mod list;
pub mod man;
pub mod moderate;
pub mod openapi;
pub mod ping;
pub mod relay;
pub mod report;
pub mod serve;
pub mod talk;
pub mod token;
pub mod up;
pub mod verify;

use std::future::Future;
use std::process::ExitCode;

use anyhow::Context as _;

/// Runs a command that waits for sockets.
fn block_on(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(work)
}
