//! `posto serve`: the fuel-price server alone.

use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use posto_cluster::{Cluster, ClusterError, Joining};
use posto_line::Listener;
use posto_metrics::Source;
use posto_server::{Access, Doors, ServerMetrics, ServerOptions, V1Access};
use posto_session::Trust;
use posto_store::{Journal, JournalError, Opened, Opening, Options};
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
        let mut stop = Stop::listen()?;
        config.refuse_if_too_open(&[Way::Udp, Way::Tcp])?;
        let metrics = Bound::bind(config.metrics).await?;
        let server = tokio::select! {
            server = Server::bind(&config) => server?,
            () = stop.next() => return Ok(ExitCode::SUCCESS),
        };
        let lan = Lan::start(&config, server.address)?;
        announce(format_args!("{}{}", server.addresses(), line(metrics.as_ref())));
        tell(&Places { udp: Some(server.address), tcp: server.tcp, ..Places::of(&config, metrics.as_ref()) });
        let _serving = metrics.map(|metrics| metrics.serve(with(server.metrics(), Process)));
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
    /// Told why the cluster's stream cannot be followed any more.
    cut_off: Option<oneshot::Receiver<ClusterError>>,
    metrics: Vec<Arc<dyn Source>>,
    options: ServerOptions,
}

/// These figures and one more source of them.
pub fn with(mut metrics: Vec<Arc<dyn Source>>, another: impl Source + 'static) -> Vec<Arc<dyn Source>> {
    metrics.push(Arc::new(another));
    metrics
}

impl Server {
    /// Binds first and opens the journal then: a port in use is told at once. In a cluster it waits for
    /// the stream where it has never followed it.
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        refuse_useless(config.tcp, &config.access)?;
        let sockets = Sockets::bind(config.udp, config.session_ports, workers())?;
        let address = sockets.local_address()?;
        let line = config.tcp.map(Listener::bind).transpose()?;
        let tcp = line.as_ref().map(Listener::local_address).transpose()?;
        let (failure, failed) = oneshot::channel();
        let options = Options {
            default_currency: config.currency,
            seed: config.seed.clone(),
            keep_history: config.keep_history,
            // The server has stopped already where nobody listens.
            on_failure: Some(Box::new(move |error: &JournalError| drop(failure.send(error.clone())))),
            ..Options::new(&config.data)
        };
        let (opened, cluster) = match &config.cluster {
            None => (Journal::open(options)?, None),
            Some(cluster) => {
                let (opened, cluster) = join(options, cluster, config).await?;
                (opened, Some(cluster))
            }
        };
        report(&opened.opening);
        for address in std::iter::once(address).chain(tcp) {
            warn_if_open(address, &config.access);
        }
        let access = config.access.clone();
        let counted = Arc::new(ServerMetrics::new(&sockets, &opened.journal));
        let counting = Some(Arc::clone(&counted));
        let options = ServerOptions { verbose: config.verbose, access, metrics: counting, ..ServerOptions::default() };
        let doors = Doors { udp: sockets, line };
        let (ordered, cut_off) = cluster.map(|cluster| (cluster.metrics, cluster.failed)).unzip();
        let counted: Arc<dyn Source> = counted;
        let metrics = std::iter::once(counted).chain(ordered).collect();
        Ok(Self { address, tcp, doors, journal: opened.journal, failed, cut_off, metrics, options })
    }

    /// Its figures.
    pub fn metrics(&self) -> Vec<Arc<dyn Source>> {
        self.metrics.clone()
    }

    /// Where it is bound, one address a line.
    pub fn addresses(&self) -> String {
        let tcp = self.tcp.map(|tcp| format!("tcp {tcp}\n")).unwrap_or_default();
        format!("udp {}\n{tcp}", self.address)
    }

    /// Serves until `shutdown` is ready, or until the journal or the cluster's stream fails.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Self { doors, journal, failed, cut_off, options, .. } = self;
        let mut broken = None;
        let ending = async {
            let cut_off = async {
                match cut_off {
                    // Without a word it ended because the journal did.
                    Some(cut_off) => match cut_off.await {
                        Ok(error) => error,
                        Err(_) => std::future::pending().await,
                    },
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = shutdown => {}
                error = cut_off => broken = Some(error),
            }
        };
        let served = posto_server::run(doors, journal, failed, options, ending).await;
        match broken {
            Some(error) => Err(error.into()),
            None => Ok(served?),
        }
    }
}

/// Opens the journal as one of a cluster.
async fn join(
    options: Options,
    cluster: &posto_cluster::Options,
    config: &Config,
) -> anyhow::Result<(Opened, Cluster)> {
    let joining = Joining::begin(cluster.clone(), &config.data).await?;
    let (opened, follower) = Journal::open_following(options, joining.stream())?;
    let cluster = joining.start(follower)?;
    let journal = opened.journal.sequenced_by(Arc::clone(&cluster.sequencer));
    Ok((Opened { journal, ..opened }, cluster))
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
