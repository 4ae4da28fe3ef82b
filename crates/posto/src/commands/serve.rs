//! `posto serve`: the fuel-price server alone.

use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use posto_server::{Access, RunError, ServerOptions};
use posto_session::Trust;
use posto_store::{Journal, JournalError, Opening, Options};
use posto_udp::Sockets;
use tokio::sync::oneshot;

use crate::arguments::Settings;
use crate::config::Config;
use crate::logging;
use crate::output::announce;
use crate::shutdown::Stop;

pub fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let config = Config::read(settings)?;
    logging::start(config.log);
    super::block_on(async move {
        let stop = Stop::listen()?;
        let server = Server::bind(&config)?;
        announce(format_args!("udp {}\n", server.address));
        server.run(stop.requested()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// A server whose sockets are bound and whose book is loaded.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    sockets: Sockets,
    journal: Journal,
    failed: oneshot::Receiver<JournalError>,
    options: ServerOptions,
}

impl Server {
    /// Binds first and opens the journal then: a port in use is told at once.
    pub fn bind(config: &Config) -> anyhow::Result<Self> {
        if config.access.is_too_open(config.udp.ip()) {
            bail!(
                "udp: {}: everyone who reaches this address could report prices, with v1's 8-bit checksum for a proof: \
                 give --psk-file FILE (`posto key new FILE`), --v1 read, --v1 off or --open-writes",
                config.udp
            );
        }
        let sockets = Sockets::bind(config.udp, config.session_ports, workers())?;
        let address = sockets.local_address()?;
        let (failure, failed) = oneshot::channel();
        let opened = Journal::open(Options {
            default_currency: config.currency,
            seed: config.seed.clone(),
            keep_history: config.keep_history,
            // The server has stopped already where nobody listens.
            on_failure: Some(Box::new(move |error: &JournalError| drop(failure.send(error.clone())))),
            ..Options::new(&config.data)
        })?;
        report(&opened.opening, address, &config.access);
        let access = config.access.clone();
        let options = ServerOptions { verbose: config.verbose, access, ..ServerOptions::default() };
        Ok(Self { address, sockets, journal: opened.journal, failed, options })
    }

    /// Serves until `shutdown` is ready.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
        posto_server::run(self.sockets, self.journal, self.failed, self.options, shutdown).await
    }
}

fn report(opening: &Opening, address: SocketAddr, access: &Access) {
    let Opening { path, created, stations, prices, reports, took } = opening;
    let took_ms = took.as_millis();
    tracing::info!(path = %path.display(), created, stations, prices, reports, took_ms, "journal open");
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
