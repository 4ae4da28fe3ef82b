//! The server run: sockets, journal and service put together.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use posto_session::ServerConfig;
use posto_store::{Clock, Journal, JournalError, system_clock};
use thiserror::Error;
use tokio::sync::{oneshot, watch};

use crate::access::{Access, V1Access};
use crate::door::{Doors, LineDoor, UdpDoor};
use crate::guests::Guests;
use crate::log::RefusalLog;
use crate::metrics::ServerMetrics;
use crate::service::Service;
use crate::waiting::Waitings;

/// How a server behaves.
#[derive(Clone)]
pub struct ServerOptions {
    /// The clock by which prices age.
    pub clock: Clock,
    /// Whether each request is logged.
    pub verbose: bool,
    /// The version told by `T`.
    pub version: &'static str,
    /// Who may do what.
    pub access: Access,
    /// Counts the commands, where somebody reads it.
    pub metrics: Option<Arc<ServerMetrics>>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(system_clock),
            verbose: false,
            version: env!("CARGO_PKG_VERSION"),
            access: Access::default(),
            metrics: None,
        }
    }
}

/// Why a server ended before it was told to.
#[derive(Debug, Error)]
pub enum RunError {
    /// The system has no random bytes for the cookies' secret.
    #[error("no random bytes from the system: {0}")]
    Random(#[from] getrandom::Error),
    /// The sockets' own address is unknown.
    #[error("cannot tell the socket's address: {0}")]
    Address(#[from] std::io::Error),
    /// The journal could not write: nothing more is acknowledged, so nothing more is served.
    #[error("the journal failed, no price can be stored any more: {0}")]
    Journal(#[from] JournalError),
}

/// Serves until `shutdown` is ready or `failed` tells that the journal failed; then finishes what
/// is under way and closes the journal.
///
/// # Errors
/// [`RunError`].
pub async fn run(
    doors: impl Into<Doors>,
    journal: Journal,
    failed: oneshot::Receiver<JournalError>,
    options: ServerOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    let Doors { udp, line } = doors.into();
    let is_loopback = |address: SocketAddr| address.ip().to_canonical().is_loopback();
    let access = options.access;
    let config = ServerConfig { v1: access.v1 != V1Access::Off, psk: access.psk.clone(), ..ServerConfig::new(secret) };
    let waitings = Waitings::default();
    let service = Arc::new(Service {
        book: Arc::clone(journal.book()),
        journal: journal.clone(),
        clock: options.clock,
        started: Instant::now(),
        version: options.version,
        access,
        verbose: options.verbose,
        refusals: RefusalLog::default(),
        waitings: waitings.clone(),
        metrics: options.metrics,
        guests: Guests::default(),
    });
    let (stop, mut stopped) = watch::channel(false);
    let mut failure = None;
    let stopping = async {
        tokio::select! {
            () = shutdown => {}
            // The sender is dropped unsent only when the journal was closed properly.
            Ok(error) = failed => failure = Some(error),
        }
        waitings.stop();
        stop.send_replace(true);
    };
    let lines = line.map(|listener| {
        let loopback = listener.local_address().is_ok_and(is_loopback);
        let door = Arc::new(LineDoor { service: Arc::clone(&service), loopback });
        let stopped = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
        tokio::spawn(posto_line::serve(listener, posto_line::Options::default(), door, stopped))
    });
    let loopback = is_loopback(udp.local_address()?);
    posto_udp::serve(udp, config, UdpDoor { service, loopback }, stopping).await;
    if let Some(lines) = lines {
        // That it panicked would be its own report.
        let _ = lines.await;
    }
    // Closing waits for a disk, which is not for an async task to do.
    let closed = tokio::task::spawn_blocking(move || journal.close()).await;
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(closed.unwrap_or(Ok(()))?),
    }
}
