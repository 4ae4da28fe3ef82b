//! How a server takes part in a cluster.

use std::path::PathBuf;
use std::time::Duration;

use posto_market::Currency;
use posto_store::SeedRecord;

use crate::limits::REPLICAS;

/// How a server takes part in a cluster. Start from [`Options::new`].
#[derive(Debug, Clone)]
pub struct Options {
    /// Where NATS is, and how it is spoken to.
    pub connection: Connection,
    /// The stream; made where it does not exist.
    pub stream: StreamOptions,
    /// Monitoring addresses of the nodes (`http://HOST:8222`), which tell what their clients are not
    /// told: whether they sync what they store.
    pub monitors: Vec<String>,
    /// The currency of a report made here that does not say one, where no price is near to go by.
    pub default_currency: Currency,
    /// What an empty stream starts with.
    pub seed: Vec<SeedRecord>,
}

/// Where NATS is, and how it is spoken to.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// The nodes: `nats://HOST:4222` or `tls://HOST:4222`, also with `USER:PASSWORD@` or `TOKEN@`
    /// before the host.
    pub servers: Vec<String>,
    /// A credentials file of NATS (JWT and key).
    pub credentials: Option<PathBuf>,
    /// Certificates of authorities to trust, instead of the well-known ones (PEM).
    pub ca: Option<PathBuf>,
    /// This server's certificate and its key (PEM), where the nodes ask for one.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// The stream, as it is made where it does not exist.
#[derive(Debug, Clone)]
pub struct StreamOptions {
    /// Its name, with which its subjects begin: letters, digits, `-` and `_`.
    pub name: String,
    /// How many nodes keep a copy: 1, 3 or 5.
    pub replicas: usize,
    /// How large it may become, in bytes; `None`: as large as the nodes allow. A full stream takes no
    /// more reports.
    pub max_bytes: Option<u64>,
    /// How long messages are kept; `None`: for ever.
    pub max_age: Option<Duration>,
}

impl Options {
    /// Takes part by these nodes, in the stream `posto` with three copies, in Brazilian reals, without
    /// a seed.
    #[must_use]
    pub fn new(servers: Vec<String>) -> Self {
        Self {
            connection: Connection { servers, ..Connection::default() },
            stream: StreamOptions { name: "posto".to_owned(), replicas: REPLICAS, max_bytes: None, max_age: None },
            monitors: Vec::new(),
            default_currency: Currency::BRL,
            seed: Vec::new(),
        }
    }
}
