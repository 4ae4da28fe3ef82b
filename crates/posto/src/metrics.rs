//! The metrics of this process, and their own listener.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use posto_metrics::{Kind, Scrape, Source};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What this program is and what it takes of its machine.
#[derive(Debug)]
pub struct Process;

impl Source for Process {
    fn tell(&self, scrape: &mut Scrape) {
        let version = vec![env!("CARGO_PKG_VERSION")];
        let help = "Which program this is; always 1";
        scrape.rows((Kind::Gauge, "posto_build_info", help), &["version"], [(version, 1.0)]);
        scrape.process();
    }
}

/// The listener of the metrics, bound; nobody is answered yet.
pub struct Bound {
    listener: TcpListener,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Its line on standard output, or nothing.
pub fn line(metrics: Option<&Bound>) -> String {
    metrics.map_or_else(String::new, |metrics| format!("metrics {}\n", metrics.address))
}

/// Serves the metrics until it is dropped.
pub struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Bound {
    /// Binds it, where one is wanted.
    pub async fn bind(address: Option<SocketAddr>) -> anyhow::Result<Option<Self>> {
        let Some(wanted) = address else { return Ok(None) };
        let listener = TcpListener::bind(wanted).await.with_context(|| format!("cannot bind metrics {wanted}"))?;
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "everyone who reaches this address can read the metrics");
        }
        Ok(Some(Self { listener, address }))
    }

    /// Serves these.
    pub fn serve(self, sources: Vec<Arc<dyn Source>>) -> Serving {
        let app = posto_gateway::metrics_app(sources);
        Serving(tokio::spawn(posto_gateway::serve(self.listener, app, std::future::pending())))
    }
}
