//! What the routes share: the pool, the options and the page.

use std::future::Future;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;
use posto_client::Pool;
use posto_metrics::Source;
use tokio::sync::Semaphore;

use crate::events::Hub;
use crate::host;
use crate::limits::MAX_REQUESTS;
use crate::metrics::HttpMetrics;
use crate::page::Page;
use crate::rates::{RateOptions, Rates};
use crate::running::Running;
use crate::shapes::Attributions;
use crate::tokens::TokenStore;
use crate::writer::Anonymous;

/// How a gateway is set up.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The map tiles' URL with `{z}`, `{x}`, `{y}` (and `{s}`); `none` for a map without tiles.
    /// `None`: those of OpenStreetMap.
    pub tiles: Option<String>,
    /// A directory to serve the page from, instead of the one in the binary.
    pub web_dir: Option<PathBuf>,
    /// The hosts, without port, that requests may name: on a loopback address its own
    /// ([`Options::bound_to`]), against DNS rebinding. `None`: any.
    pub allowed_hosts: Option<Vec<String>>,
    /// What must be shown wherever prices of a source are: source and text.
    pub attributions: Vec<(String, String)>,
    /// One log line per request.
    pub verbose: bool,
    /// What else `/metrics` tells, beside the gateway's own figures.
    pub metrics: Vec<Arc<dyn Source>>,
    /// Whether `/metrics` is served at an address of its own, and not among the routes.
    pub metrics_elsewhere: bool,
    /// The tokens of those who may report; `None`: there are none.
    pub tokens: Option<TokenStore>,
    /// What those may do who show none.
    pub anonymous: Anonymous,
    /// How often one client may ask and report.
    pub rates: RateOptions,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

impl Options {
    /// The defaults for a gateway that listens there: on a loopback address only requests that
    /// name this machine are served.
    #[must_use]
    pub fn bound_to(address: SocketAddr) -> Self {
        let allowed_hosts = address.ip().is_loopback().then(|| host::names_of(address.ip()));
        Self { allowed_hosts, ..Self::default() }
    }
}

/// What the routes share; each request clones it several times.
#[derive(Debug, Clone)]
pub struct State(Arc<Shared>);

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What there is one of in a gateway.
#[derive(Debug)]
pub struct Shared {
    pub(crate) pool: Arc<Pool>,
    pub(crate) events: Hub,
    pub(crate) page: Page,
    pub(crate) attributions: Arc<Attributions>,
    pub(crate) allowed_hosts: Option<Vec<String>>,
    pub(crate) verbose: bool,
    pub(crate) tokens: Option<TokenStore>,
    pub(crate) anonymous: Anonymous,
    pub(crate) rates: Rates,
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Reports with a key that are being worked on.
    pub(crate) running: Running,
    /// A permit for each request that may be answered at once.
    pub(crate) places: Semaphore,
    pub(crate) http: Arc<HttpMetrics>,
    /// What `/metrics` tells beside these.
    pub(crate) metrics: Vec<Arc<dyn Source>>,
    pub(crate) serves_metrics: bool,
}

impl State {
    /// The state of a gateway that asks through this pool.
    #[must_use]
    pub fn new(pool: impl Into<Arc<Pool>>, options: Options) -> Self {
        let pool = pool.into();
        Self(Arc::new(Shared {
            events: Hub::new(Arc::clone(&pool)),
            pool,
            page: Page::new(options.web_dir, options.tiles.as_deref()),
            attributions: Arc::new(options.attributions.into_iter().collect()),
            allowed_hosts: options.allowed_hosts,
            verbose: options.verbose,
            tokens: options.tokens,
            anonymous: options.anonymous,
            rates: Rates::new(options.rates),
            trusted_proxies: options.trusted_proxies,
            running: Running::default(),
            places: Semaphore::new(MAX_REQUESTS),
            http: Arc::new(HttpMetrics::new()),
            metrics: options.metrics,
            serves_metrics: !options.metrics_elsewhere,
        }))
    }

    /// The same signal to stop for [`crate::serve`]; when it comes the streams of events end at once.
    /// Without this they last until they are cut.
    pub fn ending<F: Future<Output = ()>>(&self, shutdown: F) -> impl Future<Output = ()> + use<F> {
        let events = self.events.clone();
        async move {
            shutdown.await;
            events.stop();
        }
    }

    /// Everything that `/metrics` tells: the gateway, its pool, and what the options add.
    #[must_use]
    pub fn metrics_sources(&self) -> Vec<Arc<dyn Source>> {
        let own: [Arc<dyn Source>; 2] = [self.http.clone(), self.pool.clone()];
        own.into_iter().chain(self.metrics.iter().cloned()).collect()
    }
}
