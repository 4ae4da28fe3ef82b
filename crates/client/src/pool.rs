//! Sessions with one or several servers, shared by many callers: who is asked, who is left alone,
//! and what is asked again elsewhere.
//!
//! Who there is to ask is in `pool/members.rs`, who is asked in `pool/choice.rs`; one server with its
//! sessions in `pool/server.rs`, one session in `pool/lent.rs`; when a server is left alone in `pool/breaker.rs`, or for a moment in
//! `pool/rest.rs`, how much may be asked again in `pool/budget.rs`, how slow a server is in
//! `pool/latency.rs`; what changes at one in `pool/watch.rs`.

mod address;
mod breaker;
mod budget;
mod call;
mod choice;
mod dice;
mod latency;
mod lent;
mod members;
mod meters;
mod rest;
mod server;
mod watch;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use posto_market::{ImportedStation, StationId};
use posto_session::{Protocol, Psk, ServerKind};
use posto_wire::answer::{Cell, Imported, Remarks, Reported, ServerTime, StationDetail, StationPrice, Statistics};
use posto_wire::command::{FlagRequest, HistoryRequest, MapRequest, Report, Survey};
use posto_wire::{ErrorCode, Search};

use crate::client::{Client, Page, Past};
use crate::error::ClientError;
use crate::limits::{POOL_SESSIONS, REST, REST_BEHIND};
pub use address::Resolver;
pub use breaker::BreakerState;
use budget::Budget;
pub use call::{Call, Told};
use choice::Roster;
use members::Members;
use server::Server;
pub use server::ServerStatistics;
pub use watch::Watch;

/// How a pool is made.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// The servers: `host:port` each. Names are looked up each time a session is opened; one with several
    /// addresses is as many servers, looked up again every 30 s. The first takes the writes, and so do
    /// those that say they are of a group with it; a copy of its journal does not hand on what it is told.
    /// Those that have its `book` share all else; one that has another is not asked.
    pub servers: Vec<String>,
    /// Servers of other books: asked what changes nothing, where none of `servers` answers.
    pub fallbacks: Vec<String>,
    /// Most sessions with each server, 1..=32; 16 by default. They are opened as they are needed.
    pub sessions: usize,
    /// Which levels of the protocol may be spoken.
    pub protocol: Protocol,
    /// With it, only a server that has it too is believed.
    pub psk: Option<Psk>,
    /// How names become addresses.
    pub resolver: Resolver,
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
            resolver: Resolver::default(),
        }
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
    /// Reads are of one kind, all that stores something is of the other.
    const fn kind(self) -> usize {
        match self {
            Self::Read => 0,
            Self::Report { .. } => 1,
        }
    }

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
    members: Arc<Members>,
    budget: Mutex<Budget>,
}

impl Pool {
    /// A pool without sessions yet; each is opened when it is first needed.
    #[must_use]
    pub fn new(options: PoolOptions) -> Self {
        Self { members: Arc::new(Members::new(options)), budget: Mutex::new(Budget::new(Instant::now())) }
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

    /// Points out that something is wrong with a station: it counts once however often it is asked.
    ///
    /// # Errors
    /// [`ClientError`], as [`Client::flag`].
    pub async fn flag(&self, call: Call<'_>, flag: FlagRequest) -> Result<bool, ClientError> {
        self.with(call, Errand::Report { named: true }, |client| Box::pin(client.flag(flag.clone()))).await
    }

    /// What the server is, if a session can be had.
    ///
    /// # Errors
    /// Why none could.
    pub async fn kind(&self, call: Call<'_>) -> Result<ServerKind, ClientError> {
        self.with(call, Errand::Read, |client| Box::pin(async { Ok(client.kind()) })).await
    }

    /// Watches the first server, which takes the writes, or another one of its group: in a session of its
    /// own, outside of all that chooses between sessions and servers.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::new(Arc::clone(&self.members))
    }

    /// How each server is doing.
    #[must_use]
    pub fn server_statistics(&self) -> Vec<ServerStatistics> {
        self.members.roster().servers.iter().map(|server| server.statistics()).collect()
    }

    /// Ends every session with FIN.
    pub async fn close(&self) {
        for server in &self.members.roster().servers {
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
        let roster = self.members.known(deadline).await;
        let mut tried = Vec::new();
        let (mut failure, mut forgotten) = (None::<ClientError>, false);
        loop {
            let now = Instant::now();
            let chosen = roster.choose(now, errand, &tried);
            let Some((index, server)) = chosen.and_then(|index| Some((index, roster.servers.get(index)?))) else {
                return Err(failure.unwrap_or_else(|| nobody(&roster)));
            };
            let (outcome, met) = match roster.meet(index, errand, deadline).await {
                Ok(true) => server.ask(call, deadline, &ask).await,
                Ok(false) => {
                    tried.push(index);
                    continue;
                }
                Err(error) => (Err(error), None),
            };
            let (kind, remarks) = met.unzip();
            let error = match outcome {
                Ok(answer) => {
                    answered(server, call, remarks.unwrap_or_default(), !roster.is_home(index));
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let now = Instant::now();
            self.failed(server, errand, &error, now);
            // What never left costs no server anything.
            let unsent = kind.is_none();
            let repeatable = unsent || errand.may_repeat(kind) || error.was_not_executed();
            let elsewhere = error.is_of_the_server() && now < deadline && repeatable;
            let was_refused = error.was_not_executed();
            // Of several failures the one after which something may have been executed counts.
            let settled = !unsent && !error.was_not_executed();
            let was_only_tried = matches!(error, ClientError::SessionLost);
            let is_final = !elsewhere && !error.is_of_the_server();
            if settled || is_final || failure.is_none() {
                failure = Some(error);
            }
            if is_final && let (Some(told), Some(remarks)) = (call.told, remarks) {
                told.note(remarks, !roster.is_home(index));
            }
            tried.push(index);
            // What a server did not begin may be asked of one that has refused nobody, without being counted
            // as a repeat: it buries nobody. Where all refuse to store anything nobody else is asked.
            let is_free = unsent || (was_refused && roster.has_a_willing_one(now, errand, &tried));
            let all_refuse = was_refused && !is_free && errand != Errand::Read;
            if !elsewhere || all_refuse || !(is_free || self.budget().take(now)) {
                return Err(failure.unwrap_or_else(|| nobody(&roster)));
            }
            // A server that only forgot the session is asked once more, where there is no other.
            if was_only_tried && !forgotten && roster.all_tried(errand, &tried) {
                forgotten = true;
                tried.clear();
            }
        }
    }

    /// Leaves a server in peace that has too much to do, or lacks what others have.
    fn failed(&self, server: &Server, errand: Errand, error: &ClientError, now: Instant) {
        match error {
            ClientError::ServerBusy { retry_after } => server.refuses(now, errand, REST.max(*retry_after)),
            ClientError::Refused(mistake) => match mistake.code {
                ErrorCode::Ocupado => server.refuses(now, errand, REST),
                ErrorCode::DiarioParado => server.refuses(now, errand, REST_BEHIND),
                // Whoever has seen less it answers.
                ErrorCode::Atrasado => server.is_old(now, REST_BEHIND),
                _ => {}
            },
            ClientError::Silent { .. } | ClientError::Local(_) if server.has_a_name() => self.members.doubt(),
            _ => {}
        }
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes what was said beside an answer.
fn answered(server: &Server, call: Call<'_>, remarks: Remarks, fell_back: bool) {
    if remarks.silent_s.is_some() {
        // Others may hear of the log and know more.
        server.is_old(Instant::now(), REST_BEHIND);
    }
    if let Some(told) = call.told {
        told.note(remarks, fell_back);
    }
}

fn nobody(roster: &Roster) -> ClientError {
    let names: Vec<_> = roster.servers.iter().map(|server| server.name.as_str()).collect();
    let with_key = roster.servers.iter().any(|server| server.has_key());
    ClientError::Silent { server: names.join(", "), with_key }
}
