//! A fixed number of sessions with one server, lent to one request each and opened again when they
//! died.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use posto_market::{ImportedStation, StationId};
use posto_session::{Protocol, Psk, ServerKind};
use posto_udp::ConnectOptions;
use posto_wire::Search;
use posto_wire::answer::{Cell, Imported, Reported, ServerTime, StationDetail, StationPrice, Statistics};
use posto_wire::command::{HistoryRequest, MapRequest, Report, Survey};
use tokio::sync::Semaphore;

use crate::client::{Client, Page, Past};
use crate::error::ClientError;
use crate::limits::{MAX_POOL_WAITERS, POOL_CONNECT_TIMEOUT, POOL_SESSIONS, RECONNECT_PAUSE};

/// How a pool is made.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// The server: `host:port`, resolved each time a session is opened.
    pub server: String,
    /// Most sessions at once; 16 by default.
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
        Self { server: server.into(), sessions: POOL_SESSIONS, protocol: Protocol::Any, psk: None }
    }
}

/// One call through a pool.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// How long it may take in all.
    pub patience: Duration,
    /// The request id that goes with it into the server's log.
    pub request_id: Option<&'a str>,
}

/// What a borrowed session is asked for.
type Answered<'a, T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send + 'a>>;

/// Sessions with one server. Callers may be more than the sessions: they wait, by their deadline
/// at most.
#[derive(Debug)]
pub struct Pool {
    options: PoolOptions,
    permits: Semaphore,
    idle: Mutex<Vec<Client>>,
    waiters: AtomicUsize,
    paused_until: Mutex<Option<Instant>>,
}

impl Pool {
    /// A pool without sessions yet; each is opened when it is first needed.
    #[must_use]
    pub fn new(options: PoolOptions) -> Self {
        Self {
            permits: Semaphore::new(options.sessions.max(1)),
            options,
            idle: Mutex::default(),
            waiters: AtomicUsize::new(0),
            paused_until: Mutex::default(),
        }
    }

    /// Reports a price. Asked again in a new session only where the report has an `id` that the
    /// server heeds.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::report`].
    pub async fn report(&self, call: Call<'_>, report: Report) -> Result<Reported, ClientError> {
        // Without an id, or by an original server, a report sent twice would be stored twice.
        let named = report.id.is_some();
        let again = |kind| named && kind == ServerKind::Posto;
        self.with(call, again, |client| Box::pin(client.report(report.clone()))).await
    }

    /// The best station of an area.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::cheapest`].
    pub async fn cheapest(&self, call: Call<'_>, search: Search) -> Result<Option<StationPrice>, ClientError> {
        self.with(call, |_| true, |client| Box::pin(client.cheapest(search.clone()))).await
    }

    /// A ranked list.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::list`].
    pub async fn list(&self, call: Call<'_>, search: Search) -> Result<Page, ClientError> {
        self.with(call, |_| true, |client| Box::pin(client.list(search.clone()))).await
    }

    /// One station.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::station`].
    pub async fn station(&self, call: Call<'_>, id: StationId) -> Result<StationDetail, ClientError> {
        self.with(call, |_| true, |client| Box::pin(client.station(id.clone()))).await
    }

    /// The cells of a map.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::map`].
    pub async fn map(&self, call: Call<'_>, map: MapRequest) -> Result<Vec<Cell>, ClientError> {
        self.with(call, |_| true, |client| Box::pin(client.map(map))).await
    }

    /// What a station's prices were.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::history`].
    pub async fn history(&self, call: Call<'_>, history: HistoryRequest) -> Result<Past, ClientError> {
        self.with(call, |_| true, |client| Box::pin(client.history(history.clone()))).await
    }

    /// What an area's prices are like.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::statistics`].
    pub async fn statistics(&self, call: Call<'_>, survey: Survey) -> Result<Statistics, ClientError> {
        self.with(call, |_| true, |client| Box::pin(client.statistics(survey))).await
    }

    /// The server's date and time.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::time`].
    pub async fn time(&self, call: Call<'_>) -> Result<ServerTime, ClientError> {
        self.with(call, |_| true, |client| Box::pin(client.time())).await
    }

    /// Imports a record: idempotent, so it may be asked again.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::import`].
    pub async fn import(&self, call: Call<'_>, record: ImportedStation) -> Result<Imported, ClientError> {
        self.with(call, |_| true, |client| Box::pin(client.import(record.clone()))).await
    }

    /// What the server is, if a session can be had.
    ///
    /// # Errors
    /// Why none could.
    pub async fn kind(&self, call: Call<'_>) -> Result<ServerKind, ClientError> {
        self.with(call, |_| true, |client| Box::pin(async { Ok(client.kind()) })).await
    }

    /// Lends a session to `ask`, which must end within the call's patience. A session that fails
    /// is not lent again. If the server does not know the session any more (it was restarted, say)
    /// and `again` allows it for a server of its kind, `ask` is called once more with a new one.
    async fn with<T>(
        &self,
        call: Call<'_>,
        again: impl Fn(ServerKind) -> bool,
        ask: impl for<'a> Fn(&'a Client) -> Answered<'a, T>,
    ) -> Result<T, ClientError> {
        let deadline = Instant::now() + call.patience;
        let _waiter = Waiter::join(&self.waiters)?;
        let permit = tokio::time::timeout(call.patience, self.permits.acquire()).await;
        let Ok(Ok(_permit)) = permit else { return Err(ClientError::Busy) };
        let mut first = true;
        loop {
            let mut client = self.session(deadline).await?;
            client.prepare(deadline.saturating_duration_since(Instant::now()), call.request_id);
            let (outcome, kind) = (ask(&client).await, client.kind());
            self.take_back(client, &outcome);
            match outcome {
                Err(error) if error.is_retryable() && first && again(kind) => first = false,
                outcome => return outcome,
            }
        }
    }

    /// Ends every idle session with FIN.
    pub async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for client in idle {
            client.close().await;
        }
    }

    async fn session(&self, deadline: Instant) -> Result<Client, ClientError> {
        while let Some(client) = self.pop() {
            if !client.is_closed() {
                return Ok(client);
            }
        }
        let now = Instant::now();
        if self.pause().is_some_and(|until| now < until) {
            return Err(ClientError::Silent { server: self.options.server.clone() });
        }
        let timeout = deadline.saturating_duration_since(now).min(POOL_CONNECT_TIMEOUT);
        let opened = tokio::time::timeout(timeout, self.open(timeout)).await;
        let opened = opened.unwrap_or_else(|_| Err(ClientError::Silent { server: self.options.server.clone() }));
        // A caller in more of a hurry than a handshake may take says nothing about the server.
        if opened.is_err() && timeout == POOL_CONNECT_TIMEOUT {
            *self.pause() = Some(Instant::now() + RECONNECT_PAUSE);
        }
        opened
    }

    async fn open(&self, timeout: Duration) -> Result<Client, ClientError> {
        let server = resolve(&self.options.server).await?;
        let PoolOptions { protocol, psk, .. } = &self.options;
        let options =
            ConnectOptions { timeout, protocol: *protocol, psk: psk.clone(), ..ConnectOptions::default() };
        Client::connect(server, options).await
    }

    /// Only a session whose last request was answered is lent again: after a silence the next
    /// request would wait behind one that may never end. Where the server has forgotten one session
    /// it was restarted, and has forgotten all; where it is silent it may be gone, and the next
    /// caller finds out by a handshake, sooner than by its own time-out.
    fn take_back<T>(&self, client: Client, outcome: &Result<T, ClientError>) {
        let answered = matches!(
            outcome,
            Ok(_) | Err(ClientError::Refused(_) | ClientError::NotSupported | ClientError::TooLarge { .. })
        );
        if matches!(outcome, Err(ClientError::SessionLost | ClientError::Deadline)) {
            self.idle().clear();
        } else if answered && !client.is_closed() {
            self.idle().push(client);
        }
    }

    fn pop(&self) -> Option<Client> {
        self.idle().pop()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Client>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pause(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.paused_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address of `host:port`.
async fn resolve(server: &str) -> Result<SocketAddr, ClientError> {
    let addresses = tokio::net::lookup_host(server)
        .await
        .map_err(|error| ClientError::Local(format!("cannot resolve {server}: {error}")))?;
    prefer_ipv4(addresses).ok_or_else(|| ClientError::Local(format!("{server} has no address")))
}

/// A server listens on IPv4 by default, and `localhost` may name both.
fn prefer_ipv4(addresses: impl Iterator<Item = SocketAddr>) -> Option<SocketAddr> {
    let addresses: Vec<_> = addresses.collect();
    addresses.iter().find(|address| address.is_ipv4()).or(addresses.first()).copied()
}

/// One caller of a pool, counted while it lives.
struct Waiter<'a>(&'a AtomicUsize);

impl<'a> Waiter<'a> {
    fn join(waiters: &'a AtomicUsize) -> Result<Self, ClientError> {
        let joined = Self(waiters);
        if waiters.fetch_add(1, Ordering::Relaxed) >= MAX_POOL_WAITERS { Err(ClientError::Busy) } else { Ok(joined) }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_addresses_the_first_of_ipv4_is_taken() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        for (named, taken) in [
            (&["[::1]:5000", "127.0.0.1:5000", "192.0.2.7:5000"][..], Some("127.0.0.1:5000")),
            (&["[::1]:5000", "[2001:db8::7]:5000"], Some("[::1]:5000")),
            (&[], None),
        ] {
            assert_eq!(prefer_ipv4(addresses(named).into_iter()), taken.map(|text| text.parse().unwrap()));
        }
    }
}
