//! `posto cluster`: how the stream stands that several servers share, and each of them to it.

mod told;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::{Args, Subcommand};
use posto_client::{Call, Pool};
use posto_cluster::{Node, Status};
use posto_wire::answer::ServerTime;

use crate::arguments::Settings;
use crate::config::{ClusterQuestion, ClusterSettings};
use crate::language::Language;
use crate::session::SessionArguments;

/// How long a server's answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub struct ClusterArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show who leads the stream, its copies and size, the nodes, and how far each server is; exit code 1
    /// where something needs looking after
    #[command(after_help = "For example: posto cluster status --cluster nats://10.0.0.1:4222 \
                      --cluster-monitor http://10.0.0.1:8222 --server 10.0.0.1:5000,10.0.0.2:5000")]
    Status(Box<StatusArguments>),
}

#[derive(Debug, Args)]
struct StatusArguments {
    #[command(flatten)]
    cluster: ClusterSettings,
    /// Servers of Posto to ask how far they are, with commas between
    #[arg(long, env = "POSTO_SERVER", value_name = "HOST:PORT", value_delimiter = ',')]
    server: Vec<String>,
    /// Settings file [default: posto.toml, where there is one]
    #[arg(long, env = "POSTO_CONFIG", value_name = "FILE")]
    config: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Language of what is printed [default: from LANG, else en]
    #[arg(long, env = "POSTO_LANG", value_enum)]
    lang: Option<Language>,
    #[command(flatten)]
    session: SessionArguments,
}

/// What was found out.
struct Found {
    stream: Status,
    /// What the nodes say at their monitoring addresses.
    nodes: Vec<(String, Result<Node, String>)>,
    /// What the servers say.
    servers: Vec<(String, Result<ServerTime, String>)>,
}

pub fn run(arguments: ClusterArguments) -> anyhow::Result<ExitCode> {
    let Action::Status(arguments) = arguments.action;
    let StatusArguments { cluster, server: servers, config, json, lang, session } = *arguments;
    let language = lang.unwrap_or_else(|| Language::of_environment(Language::En));
    let mut settings = Settings::default();
    (settings.server.cluster, settings.common.config) = (cluster, config);
    let question = ClusterQuestion::read(settings)?;
    if question.connection.servers.is_empty() {
        bail!("cluster: name the nodes of NATS: --cluster nats://HOST:4222, POSTO_CLUSTER or posto.toml");
    }
    super::block_on(async move {
        let nodes = question.monitors.into_iter().map(|monitor| {
            tokio::task::spawn_blocking(move || {
                let node = Node::ask(&monitor);
                (monitor, node)
            })
        });
        let nodes: Vec<_> = nodes.collect();
        let servers = servers.into_iter().map(|server| {
            let session = session.clone();
            tokio::spawn(async move {
                let answer = ask(&server, &session).await;
                (server, answer)
            })
        });
        let servers: Vec<_> = servers.collect();
        let stream = Status::ask(&question.connection, &question.stream).await?;
        let mut found = Found { stream, nodes: Vec::new(), servers: Vec::new() };
        for node in nodes {
            found.nodes.push(node.await?);
        }
        for server in servers {
            found.servers.push(server.await?);
        }
        if json {
            say!("{}", told::json(&found));
        } else {
            say!("{}", told::text(&found, language));
        }
        Ok(if told::troubles(&found).is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

async fn ask(server: &str, session: &SessionArguments) -> Result<ServerTime, String> {
    let options = session.pool_options(server).map_err(|error| format!("{error:#}"))?;
    let pool = Pool::new(options);
    let answer = pool.time(Call::within(PATIENCE)).await;
    pool.close().await;
    answer.map_err(|error| error.to_string())
}
