//! `posto serve`: the fuel-price server alone.

use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use posto_line::Listener;
use posto_metrics::Source;
use posto_server::{Access, Doors, RunError, ServerMetrics, ServerOptions, V1Access};
use posto_session::Trust;
use posto_store::{Journal, JournalError, Opening, Options};
use posto_udp::Sockets;
use tokio::sync::oneshot;

use super::lan::Lan;
use crate::arguments::Settings;
use crate::config::{Config, Way};
use crate::logging;
use crate::metrics::{Bound, Process, line};
use crate::output::announce;
use crate::places::{Places, tell};
use crate::shutdown::Stop;

pub fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let config = Config::read(settings)?;
    logging::start(config.log);
    super::block_on(async move {
        let stop = Stop::listen()?;
        config.refuse_if_too_open(&[Way::Udp, Way::Tcp])?;
        let metrics = Bound::bind(config.metrics).await?;
        let server = Server::bind(&config)?;
        let lan = Lan::start(&config, server.address)?;
        announce(format_args!("{}{}", server.addresses(), line(metrics.as_ref())));
        tell(&Places { udp: Some(server.address), tcp: server.tcp, ..Places::of(&config, metrics.as_ref()) });
        let _serving = metrics.map(|metrics| metrics.serve(vec![server.metrics(), Arc::new(Process)]));
        server.run(stop.requested()).await?;
        drop(lan);
        Ok(ExitCode::SUCCESS)
    })
}

/// A server whose sockets are bound and whose book is loaded.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it takes lines over TCP.
    pub tcp: Option<SocketAddr>,
    doors: Doors,
    journal: Journal,
    failed: oneshot::Receiver<JournalError>,
    metrics: Arc<ServerMetrics>,
    options: ServerOptions,
}

impl Server {
    /// Binds first and opens the journal then: a port in use is told at once.
    pub fn bind(config: &Config) -> anyhow::Result<Self> {
        refuse_useless(config.tcp, &config.access)?;
        let sockets = Sockets::bind(config.udp, config.session_ports, workers())?;
        let address = sockets.local_address()?;
        let line = config.tcp.map(Listener::bind).transpose()?;
        let tcp = line.as_ref().map(Listener::local_address).transpose()?;
        let (failure, failed) = oneshot::channel();
        let opened = Journal::open(Options {
            default_currency: config.currency,
            seed: config.seed.clone(),
            keep_history: config.keep_history,
            // The server has stopped already where nobody listens.
            on_failure: Some(Box::new(move |error: &JournalError| drop(failure.send(error.clone())))),
            ..Options::new(&config.data)
        })?;
        report(&opened.opening);
        for address in std::iter::once(address).chain(tcp) {
            warn_if_open(address, &config.access);
        }
        let access = config.access.clone();
        let metrics = Arc::new(ServerMetrics::new(&sockets, &opened.journal));
        let counting = Some(Arc::clone(&metrics));
        let options = ServerOptions { verbose: config.verbose, access, metrics: counting, ..ServerOptions::default() };
        let doors = Doors { udp: sockets, line };
        Ok(Self { address, tcp, doors, journal: opened.journal, failed, metrics, options })
    }

    /// Its figures.
    pub fn metrics(&self) -> Arc<dyn Source> {
        Arc::<ServerMetrics>::clone(&self.metrics)
    }

    /// Where it is bound, one address a line.
    pub fn addresses(&self) -> String {
        let tcp = self.tcp.map(|tcp| format!("tcp {tcp}\n")).unwrap_or_default();
        format!("udp {}\n{tcp}", self.address)
    }

    /// Serves until `shutdown` is ready.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
        posto_server::run(self.doors, self.journal, self.failed, self.options, shutdown).await
    }
}

/// Refuses a door by which nobody may come.
fn refuse_useless(tcp: Option<SocketAddr>, access: &Access) -> anyhow::Result<()> {
    let Some(address) = tcp.filter(|_| access.v1 == V1Access::Off) else { return Ok(()) };
    bail!("tcp: {address}: with --v1 off nobody may ask there, as a TCP connection proves no more than v1 does");
}

fn report(opening: &Opening) {
    let Opening { path, created, stations, prices, reports, took } = opening;
    let took_ms = took.as_millis();
    tracing::info!(path = %path.display(), created, stations, prices, reports, took_ms, "journal open");
}

fn warn_if_open(address: SocketAddr, access: &Access) {
    if !address.ip().is_loopback() && access.may_write(Trust::V1) {
        tracing::warn!(%address, "anyone who reaches this address can report prices: v1 has no secret");
    }
}

/// A worker for each core that this process may use.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The address at which this machine reaches a socket bound to `address`.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, address.port())
}

/// Binds the HTTP listener, told as one clear line where that fails.
pub async fn bind_http(address: SocketAddr) -> anyhow::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(address).await.with_context(|| format!("cannot bind HTTP {address}"))
}
