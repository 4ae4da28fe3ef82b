//! The door of `up` and `gateway`: the listener, TLS and its reload, and as many file descriptors as
//! there may be connections.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use posto_gateway::limits::{MAX_CONNECTIONS, RESERVED_FILES};
use posto_gateway::{Entrance, Tls};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::commands::serve::bind_http;
use crate::config::Config;

/// A bound door.
pub struct Door {
    /// Where it is.
    pub address: SocketAddr,
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    connections: usize,
}

impl Door {
    /// Binds it; from now on SIGHUP loads the certificate again.
    ///
    /// # Errors
    /// The address is not to be had.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let listener = bind_http(config.http).await?;
        let address = listener.local_addr()?;
        if let Some(tls) = &config.tls {
            let hangups = signal(SignalKind::hangup()).context("cannot listen to signals")?;
            tokio::spawn(reload(Arc::clone(tls), hangups));
        }
        Ok(Self { address, listener, tls: config.tls.clone(), connections: connections() })
    }

    /// What is spoken there: also the word before its address on standard output.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    pub fn into_entrance(self) -> Entrance {
        Entrance::from(self.listener).with_tls(self.tls).with_connections(self.connections)
    }
}

async fn reload(tls: Arc<Tls>, mut hangups: Signal) {
    while hangups.recv().await.is_some() {
        match tls.reload() {
            Ok(()) => tracing::info!("SIGHUP: the TLS certificate was loaded again"),
            Err(error) => tracing::error!(%error, "SIGHUP: the TLS certificate stays as it was"),
        }
    }
}

/// How many connections the file descriptors allow, once their soft limit is raised.
fn connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::try_from(MAX_CONNECTIONS + RESERVED_FILES).unwrap_or(u64::MAX);
    let raised = Rlimit { current: limit.current.map(|current| current.max(limit.maximum.unwrap_or(wanted))), ..limit };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        Err(_) => limit.current,
    };
    let files = current.map_or(usize::MAX, |current| usize::try_from(current).unwrap_or(usize::MAX));
    let connections = files.saturating_sub(RESERVED_FILES).max(1);
    if connections < MAX_CONNECTIONS {
        tracing::warn!(
            files,
            connections,
            wanted,
            "the limit on open files leaves fewer connections than there could be"
        );
    }
    connections.min(MAX_CONNECTIONS)
}
