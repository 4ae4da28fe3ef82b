//! Sessions with one or several servers, shared by many callers: who is asked, who is left alone,
//! and what is asked again elsewhere.
//!
//! One server with its sessions is in `pool/server.rs`; when one is left alone in `pool/breaker.rs`,
//! how much may be asked again in `pool/budget.rs`, how slow one is in `pool/latency.rs`.

mod breaker;
mod budget;
mod latency;
mod server;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use posto_market::{ImportedStation, StationId};
use posto_session::{Protocol, Psk, ServerKind};
use posto_wire::Search;
use posto_wire::answer::{Cell, Imported, Reported, ServerTime, StationDetail, StationPrice, Statistics};
use posto_wire::command::{HistoryRequest, MapRequest, Report, Survey};

use crate::client::{Client, Page, Past};
use crate::error::ClientError;
use crate::limits::POOL_SESSIONS;
pub use breaker::BreakerState;
use breaker::Gate;
use budget::Budget;
use server::Server;
pub use server::ServerStatistics;

/// How a pool is made.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// The servers: `host:port` each, resolved each time a session is opened. The first takes the
    /// writes; those that have its `book` share all else, and take the writes too where it fails.
    pub servers: Vec<String>,
    /// Servers of other books: asked what changes nothing, where none of `servers` answers.
    pub fallbacks: Vec<String>,
    /// Most sessions with each server, 1..=32; 16 by default. They are opened as they are needed.
    pub sessions: usize,
    /// Which levels of the protocol may be spoken.
    pub protocol: Protocol,
    /// With it, only a server that has it too is believed.
    pub psk: Option<Psk>,
}

impl PoolOptions {
    /// The defaults for this server.
    #[must_use]
    pub fn new(server: impl Into<String>) -> Self {
        Self {
            servers: vec![server.into()],
            fallbacks: Vec::new(),
            sessions: POOL_SESSIONS,
            protocol: Protocol::Any,
            psk: None,
        }
    }
}

/// One call through a pool.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// How long it may take in all.
    pub patience: Duration,
    /// The request id that goes with it into the server's log.
    pub request_id: Option<&'a str>,
    /// Set where a fallback server answered: it may know other prices.
    pub fell_back: Option<&'a AtomicBool>,
}

impl<'a> Call<'a> {
    /// A call without a name.
    #[must_use]
    pub const fn within(patience: Duration) -> Self {
        Self { patience, request_id: None, fell_back: None }
    }

    /// The same call under this name.
    #[must_use]
    pub const fn named(self, request_id: &'a str) -> Self {
        Self { request_id: Some(request_id), ..self }
    }
}

/// What a borrowed session is asked for.
type Answered<'a, T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send + 'a>>;

/// What kind of command it is: where it may go, and whether twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errand {
    /// Changes nothing.
    Read,
    /// Stores something, at most once where it has a name.
    Report { named: bool },
}

impl Errand {
    /// Whether it may be asked twice of a server of this kind.
    const fn may_repeat(self, kind: Option<ServerKind>) -> bool {
        match self {
            Self::Read => true,
            Self::Report { named } => named && !matches!(kind, Some(ServerKind::Original)),
        }
    }
}

/// Sessions with the servers. Any number of callers share them.
#[derive(Debug)]
pub struct Pool {
    /// Those that were named as servers, then the fallbacks.
    servers: Vec<Arc<Server>>,
    main: usize,
    budget: Mutex<Budget>,
    dice: AtomicU64,
}

impl Pool {
    /// A pool without sessions yet; each is opened when it is first needed.
    #[must_use]
    pub fn new(options: PoolOptions) -> Self {
        let named = options.servers.iter().chain(&options.fallbacks);
        let several = options.servers.len() > 1;
        let servers = named.map(|name| Arc::new(Server::new(name, &options, several))).collect();
        let main = options.servers.len();
        Self { servers, main, budget: Mutex::new(Budget::new(Instant::now())), dice: AtomicU64::new(1) }
    }

    /// Reports a price. Asked again in a new session only where the report has an `id` that the
    /// server heeds.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::report`].
    pub async fn report(&self, call: Call<'_>, report: Report) -> Result<Reported, ClientError> {
        // Without an id, or by an original server, a report sent twice would be stored twice.
        let errand = Errand::Report { named: report.id.is_some() };
        self.with(call, errand, |client| Box::pin(client.report(report.clone()))).await
    }

    /// The best station of an area.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::cheapest`].
    pub async fn cheapest(&self, call: Call<'_>, search: Search) -> Result<Option<StationPrice>, ClientError> {
        self.with(call, Errand::Read, |client| Box::pin(client.cheapest(search.clone()))).await
    }

    /// A ranked list.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::list`].
    pub async fn list(&self, call: Call<'_>, search: Search) -> Result<Page, ClientError> {
        self.with(call, Errand::Read, |client| Box::pin(client.list(search.clone()))).await
    }

    /// One station.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::station`].
    pub async fn station(&self, call: Call<'_>, id: StationId) -> Result<StationDetail, ClientError> {
        self.with(call, Errand::Read, |client| Box::pin(client.station(id.clone()))).await
    }

    /// The cells of a map.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::map`].
    pub async fn map(&self, call: Call<'_>, map: MapRequest) -> Result<Vec<Cell>, ClientError> {
        self.with(call, Errand::Read, |client| Box::pin(client.map(map))).await
    }

    /// What a station's prices were.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::history`].
    pub async fn history(&self, call: Call<'_>, history: HistoryRequest) -> Result<Past, ClientError> {
        self.with(call, Errand::Read, |client| Box::pin(client.history(history.clone()))).await
    }

    /// What an area's prices are like.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::statistics`].
    pub async fn statistics(&self, call: Call<'_>, survey: Survey) -> Result<Statistics, ClientError> {
        self.with(call, Errand::Read, |client| Box::pin(client.statistics(survey))).await
    }

    /// The server's date and time.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::time`].
    pub async fn time(&self, call: Call<'_>) -> Result<ServerTime, ClientError> {
        self.with(call, Errand::Read, |client| Box::pin(client.time())).await
    }

    /// Imports a record: idempotent, so it may be asked again.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::import`].
    pub async fn import(&self, call: Call<'_>, record: ImportedStation) -> Result<Imported, ClientError> {
        let deadline = Instant::now() + call.patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let call = Call { patience: left, ..call };
            let asked =
                self.with(call, Errand::Report { named: true }, |client| Box::pin(client.import(record.clone())));
            match asked.await {
                // Whoever imports has more to send than a busy server takes at once, and can wait.
                Err(ClientError::ServerBusy { retry_after }) if retry_after < left => {
                    tokio::time::sleep(retry_after).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// What the server is, if a session can be had.
    ///
    /// # Errors
    /// Why none could.
    pub async fn kind(&self, call: Call<'_>) -> Result<ServerKind, ClientError> {
        self.with(call, Errand::Read, |client| Box::pin(async { Ok(client.kind()) })).await
    }

    /// How each server is doing.
    #[must_use]
    pub fn server_statistics(&self) -> Vec<ServerStatistics> {
        self.servers.iter().map(|server| server.statistics()).collect()
    }

    /// Ends every session with FIN.
    pub async fn close(&self) {
        for server in &self.servers {
            server.close().await;
        }
    }

    /// Asks one server, and another one where that cannot answer, as long as what is asked may be
    /// asked twice, the budget allows it, and there is time.
    async fn with<T>(
        &self,
        call: Call<'_>,
        errand: Errand,
        ask: impl for<'a> Fn(&'a Client) -> Answered<'a, T> + Sync,
    ) -> Result<T, ClientError> {
        let started = Instant::now();
        let deadline = started + call.patience;
        self.budget().asked(started);
        let mut tried = Vec::new();
        let (mut failure, mut forgotten) = (None, false);
        loop {
            let now = Instant::now();
            let Some(index) = self.choose(now, errand, &tried) else {
                return Err(failure.unwrap_or_else(|| self.nobody()));
            };
            let Some(server) = self.servers.get(index) else { return Err(self.nobody()) };
            let (outcome, kind) = server.ask(call, deadline, &ask).await;
            let error = match outcome {
                Ok(answer) => {
                    if let Some(fell_back) = call.fell_back.filter(|_| index >= self.main) {
                        fell_back.store(true, Ordering::Relaxed);
                    }
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let now = Instant::now();
            let elsewhere = error.is_of_the_server() && now < deadline && errand.may_repeat(kind);
            if !elsewhere || !self.budget().take(now) {
                return Err(error);
            }
            tried.push(index);
            // A server that only forgot the session is asked once more, where there is no other.
            if matches!(error, ClientError::SessionLost) && !forgotten && self.all_tried(errand, &tried) {
                forgotten = true;
                tried.clear();
            }
            failure = Some(error);
        }
    }

    /// Whether nobody else is left to ask.
    fn all_tried(&self, errand: Errand, tried: &[usize]) -> bool {
        self.eligible(errand).iter().all(|index| tried.contains(index))
    }

    /// Who is asked: of two servers taken at random that are not left alone, the one that costs less
    /// to wait for; the fallbacks only where no other is left.
    fn choose(&self, now: Instant, errand: Errand, tried: &[usize]) -> Option<usize> {
        if self.servers.len() == 1 {
            return tried.is_empty().then_some(0);
        }
        let eligible = self.eligible(errand);
        let open: Vec<_> = eligible.iter().copied().filter(|index| !tried.contains(index)).collect();
        let (main, fallbacks): (Vec<_>, Vec<_>) = open.into_iter().partition(|index| *index < self.main);
        for group in [main, fallbacks] {
            // The last one is never left alone: there is nobody better to ask.
            let last = group.len() == 1;
            let mut usable = Vec::with_capacity(group.len());
            for index in group {
                match self.servers.get(index).map(|server| server.gate(now)) {
                    Some(Gate::Probe) => return Some(index),
                    Some(Gate::Open) => usable.push(index),
                    Some(Gate::Shut(_)) if last && eligible.len() == 1 => usable.push(index),
                    _ => {}
                }
            }
            match usable[..] {
                [] => {}
                [only] => return Some(only),
                _ => return self.cheaper_of_two(&usable),
            }
        }
        // All are shut, but somebody must be asked.
        eligible.into_iter().find(|index| !tried.contains(index))
    }

    fn cheaper_of_two(&self, usable: &[usize]) -> Option<usize> {
        let dice = usize::try_from(self.dice.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed) >> 33).unwrap_or(0);
        let first = *usable.get(dice % usable.len())?;
        let second = *usable.get((dice + 1 + dice / usable.len() % (usable.len() - 1)) % usable.len())?;
        let cost = |index: usize| self.servers.get(index).map_or(f64::INFINITY, |server| server.cost());
        Some(if cost(second) < cost(first) { second } else { first })
    }

    /// Who may be asked this: for what stores something the first server and those of its book.
    fn eligible(&self, errand: Errand) -> Vec<usize> {
        if self.servers.len() == 1 {
            return vec![0];
        }
        let books: Vec<_> = self.servers.iter().map(|server| server.book()).collect();
        let home = books.first().cloned().flatten();
        let book = |index: usize| books.get(index).cloned().flatten();
        let same = |index: usize| index == 0 || (home.is_some() && book(index) == home);
        // Until both books are known, a server that was named beside the first counts as its copy for
        // what changes nothing.
        let readable = |index: usize| same(index) || home.is_none() || book(index).is_none();
        let main = (0..self.main).filter(|index| match errand {
            Errand::Read => readable(*index),
            Errand::Report { .. } => same(*index),
        });
        let fallbacks = (self.main..self.servers.len()).filter(|_| errand == Errand::Read);
        main.chain(fallbacks).collect()
    }

    fn nobody(&self) -> ClientError {
        let names: Vec<_> = self.servers.iter().map(|server| server.name.as_str()).collect();
        ClientError::Silent { server: names.join(", ") }
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
