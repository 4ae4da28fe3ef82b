//! `posto health`: whether a server answers, by exit code; for containers, which have no curl.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::Args;
use posto_client::{Call, ClientError, Pool};
use ureq::Agent;

use super::serve::reachable;
use crate::explain::client_error;
use crate::language::Language;
use crate::session::SessionArguments;

/// How long an answer may take: twice as long as the gateway waits for its server.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub struct HealthArguments {
    /// The gateway: healthy where it answers, and can reach its server. Of one that serves HTTPS ask the
    /// UDP server instead
    #[arg(long, env = "POSTO_HTTP", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    http: SocketAddr,
    /// Ask this UDP server, and no gateway
    #[arg(long, value_name = "HOST:PORT")]
    server: Option<String>,
    #[command(flatten)]
    session: SessionArguments,
}

pub fn run(arguments: &HealthArguments) -> anyhow::Result<ExitCode> {
    match &arguments.server {
        Some(server) => ask_server(server, &arguments.session)?,
        None => ask_gateway(reachable(arguments.http))?,
    }
    say!("ok");
    Ok(ExitCode::SUCCESS)
}

fn ask_gateway(address: SocketAddr) -> anyhow::Result<()> {
    let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).proxy(None);
    let url = format!("http://{address}/readyz");
    let answer = Agent::from(config.build()).get(&url).call().map_err(|error| anyhow!("{url}: {error}"))?;
    if !answer.status().is_success() {
        bail!("{url}: {}", answer.status());
    }
    Ok(())
}

fn ask_server(server: &str, session: &SessionArguments) -> anyhow::Result<()> {
    let options = session.pool_options(server)?;
    let asked = async move {
        let pool = Pool::new(options);
        let answer = pool.time(Call::within(PATIENCE)).await;
        pool.close().await;
        match answer {
            // An original server opened a session, which is all it can say.
            Ok(_) | Err(ClientError::NotSupported) => Ok(ExitCode::SUCCESS),
            Err(error) => Err(client_error(error, Language::of_environment(Language::En))),
        }
    };
    super::block_on(asked).map(drop)
}
