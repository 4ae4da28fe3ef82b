//! One session, asked with types: a method a command.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use posto_market::{Fuel, ImportedStation, StationId, Timestamp};
use posto_session::{Answer as Reply, ServerKind, Spoken};
use posto_udp::{ConnectOptions, Health, Question, Session, connect};
use posto_wire::answer::{
    self, Acts, Answer, Cell, Cells, Changes, FlagGroup, Flagged, Flags, History, Imported, Moderated, OriginCount,
    Origins, PastAct, PastPrice, Remarks, Reported, ServerTime, StationDetail, StationPrice, Stations, Statistics,
};
use posto_wire::command::{
    ActRequest, ChangesRequest, FlagRequest, HistoryRequest, MapRequest, Oversight, Report, Seen, Survey, read_cursor,
    read_place,
};
use posto_wire::limits::MAX_LIST;
use posto_wire::{Command, Request, Search, Value};

use crate::error::ClientError;
use crate::import;
use crate::legacy;
use crate::limits::{MAX_CELL_PARTS, MAX_PAGES, REQUEST_PATIENCE};

/// A session with one server. In v2 many commands may be in the air at once; in v1 one is, and further
/// ones wait their turn.
#[derive(Debug)]
pub struct Client {
    session: Arc<Session>,
    patience: Duration,
    request_id: Option<String>,
    seen: Option<Seen>,
    /// What stood beside the last answer.
    remarks: Mutex<Remarks>,
}

/// Part of a ranked list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The stations, best first.
    pub stations: Vec<StationPrice>,
    /// Where the list goes on: the text of a cursor.
    pub next: Option<String>,
}

/// Part of a station's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The prices, newest first.
    pub prices: Vec<PastPrice>,
    /// Where the history goes on: the text of a cursor.
    pub next: Option<String>,
}

impl Client {
    /// Opens a session.
    ///
    /// # Errors
    /// [`ClientError::Silent`], [`ClientError::NoSession`] or [`ClientError::Local`].
    pub async fn connect(server: SocketAddr, options: ConnectOptions) -> Result<Self, ClientError> {
        let with_key = options.psk.is_some();
        let session = connect(server, options).await;
        let session = session.map_err(|error| ClientError::opening(&server.to_string(), with_key, error))?;
        Ok(Self::of(Arc::new(session), REQUEST_PATIENCE))
    }

    /// The same session with another patience for each request.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same session, saying with every command what its user has seen: the answers know it, too, and
    /// tell their own position ([`Client::remarks`]).
    #[must_use]
    pub fn having_seen(mut self, seen: Seen) -> Self {
        self.seen = Some(seen);
        self
    }

    /// The same session, for one call.
    pub(crate) fn lent(&self, patience: Duration, request_id: Option<&str>, seen: Option<&Seen>) -> Self {
        Self {
            request_id: request_id.map(str::to_owned),
            seen: seen.cloned(),
            ..Self::of(Arc::clone(&self.session), patience)
        }
    }

    const fn of(session: Arc<Session>, patience: Duration) -> Self {
        let remarks = Mutex::new(Remarks { position: None, book: None, silent_s: None });
        Self { session, patience, request_id: None, seen: None, remarks }
    }

    /// What the last answer said beside itself.
    #[must_use]
    pub fn remarks(&self) -> Remarks {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reports a price (`D`). An original server stores it always as a new record.
    ///
    /// # Errors
    /// [`ClientError`]; after [`ClientError::Deadline`] or [`ClientError::SessionLost`] the report
    /// may have been stored.
    pub async fn report(&self, report: Report) -> Result<Reported, ClientError> {
        match self.kind() {
            ServerKind::Original => legacy::report(self, report).await,
            ServerKind::Posto => self.ask(Command::Report(report)).await,
        }
    }

    /// The best station of an area (`P`), if there is one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn cheapest(&self, search: Search) -> Result<Option<StationPrice>, ClientError> {
        match self.kind() {
            ServerKind::Original => legacy::cheapest(self, search).await,
            ServerKind::Posto => {
                let found: Stations = self.ask(Command::Cheapest(search)).await?;
                Ok(found.stations.into_iter().next())
            }
        }
    }

    /// A ranked list (`L`) of at most `search.limit` stations. A server may answer in parts; they
    /// are put together here.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn list(&self, mut search: Search) -> Result<Page, ClientError> {
        let wanted = search.limit.clamp(1, MAX_LIST);
        let deadline = Instant::now() + self.patience;
        let mut page = Page { stations: Vec::new(), next: None };
        for _ in 0..MAX_PAGES {
            search.limit = wanted - page.stations.len();
            let left = deadline.saturating_duration_since(Instant::now());
            let part: Stations = self.ask_within(Command::List(search.clone()), left).await?;
            page.stations.extend(part.stations);
            page.next = part.next;
            let Some(next) = page.next.as_deref().filter(|_| page.stations.len() < wanted) else { break };
            let cursor = read_cursor(next).ok_or_else(|| ClientError::Unreadable(format!("proximo: {next}")))?;
            search.after = Some(cursor);
        }
        Ok(page)
    }

    /// One station with all its prices (`S`). A server may answer in parts; they are put together
    /// here.
    ///
    /// # Errors
    /// [`ClientError`]; an unknown id is [`ClientError::Refused`] with `posto_desconhecido`.
    pub async fn station(&self, id: StationId) -> Result<StationDetail, ClientError> {
        let deadline = Instant::now() + self.patience;
        let mut detail: StationDetail = self.ask(Command::Station { id: id.clone(), after: None }).await?;
        // A part holds at least one fuel, so there are no more parts than fuels.
        for _ in 1..Fuel::COUNT {
            let Some(next) = detail.next.take() else { break };
            let code = next.parse().ok().and_then(Fuel::from_code);
            let after = code.ok_or_else(|| ClientError::Unreadable(format!("proximo: {next}")))?;
            let left = deadline.saturating_duration_since(Instant::now());
            let rest = Command::Station { id: id.clone(), after: Some(after) };
            let more: StationDetail = self.ask_within(rest, left).await?;
            detail.prices.extend(more.prices);
            detail.next = more.next;
        }
        Ok(detail)
    }

    /// The cells of a map (`M`), all of them: a server answers in parts, which are put together here.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn map(&self, mut map: MapRequest) -> Result<Vec<Cell>, ClientError> {
        let deadline = Instant::now() + self.patience;
        let mut cells = Vec::new();
        for _ in 0..MAX_CELL_PARTS {
            let left = deadline.saturating_duration_since(Instant::now());
            let part: Cells = self.ask_within(Command::Map(map), left).await?;
            cells.extend(part.cells);
            let Some(next) = part.next else { break };
            map = map.at_cursor(&next).ok_or_else(|| ClientError::Unreadable(format!("proximo: {next}")))?;
        }
        Ok(cells)
    }

    /// What a station's prices were (`H`), at most `history.limit` of them, newest first. A server
    /// may answer in parts; they are put together here.
    ///
    /// # Errors
    /// [`ClientError`]; an unknown id is [`ClientError::Refused`] with `posto_desconhecido`.
    pub async fn history(&self, mut history: HistoryRequest) -> Result<Past, ClientError> {
        let wanted = history.limit.clamp(1, MAX_LIST);
        let deadline = Instant::now() + self.patience;
        let mut past = Past { prices: Vec::new(), next: None };
        for _ in 0..MAX_PAGES {
            history.limit = wanted - past.prices.len();
            let left = deadline.saturating_duration_since(Instant::now());
            let part: History = self.ask_within(Command::History(history.clone()), left).await?;
            past.prices.extend(part.prices);
            past.next = part.next;
            let Some(next) = past.next.as_deref().filter(|_| past.prices.len() < wanted) else { break };
            let place = read_place(next).ok_or_else(|| ClientError::Unreadable(format!("proximo: {next}")))?;
            history.before = Some(place);
        }
        Ok(past)
    }

    /// What an area's prices are like (`E`); all but the count is missing where there are none.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn statistics(&self, survey: Survey) -> Result<Statistics, ClientError> {
        self.ask(Command::Statistics(survey)).await
    }

    /// What changed after a place in the journal (`W`), as much as one answer holds; waited for as long
    /// as the request says, beside the patience of every request.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn changes(&self, request: ChangesRequest) -> Result<Changes, ClientError> {
        let patience = self.patience + request.wait;
        self.ask_within(Command::Changes(request), patience).await
    }

    /// The server's date and time, and what it holds (`T`).
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn time(&self) -> Result<ServerTime, ClientError> {
        self.ask(Command::Time).await
    }

    /// Imports a record (`I`); operators only. Where it is longer than a server reads it is sent in
    /// parts, and names that are too long for one are cut.
    ///
    /// # Errors
    /// [`ClientError`]; to anyone else [`ClientError::Refused`] with `nao_permitido`. Parts sent
    /// before the one that failed stay imported: to import the record again does the rest.
    pub async fn import(&self, record: ImportedStation) -> Result<Imported, ClientError> {
        import::import(self, record).await
    }

    pub(crate) async fn import_once(&self, record: ImportedStation) -> Result<Imported, ClientError> {
        self.ask(Command::Import(Box::new(record))).await
    }

    /// Points out that something is wrong with a station (`F`); whether it said something new.
    ///
    /// # Errors
    /// [`ClientError`]; an unknown id is [`ClientError::Refused`] with `posto_desconhecido`.
    pub async fn flag(&self, flag: FlagRequest) -> Result<bool, ClientError> {
        let flagged: Flagged = self.ask(Command::Flag(flag)).await?;
        Ok(flagged.counted)
    }

    /// Gives an operator's order (`X`); never asked twice.
    ///
    /// # Errors
    /// [`ClientError`]; to anyone else [`ClientError::Refused`] with `nao_permitido`. After
    /// [`ClientError::Deadline`] or [`ClientError::SessionLost`] it may have been carried out.
    pub async fn moderate(&self, order: ActRequest) -> Result<Moderated, ClientError> {
        self.ask(Command::Moderate(order)).await
    }

    /// What users pointed out and nobody has looked at (`X`); operators only.
    ///
    /// # Errors
    /// As [`Client::moderate`].
    pub async fn flags(&self) -> Result<Vec<FlagGroup>, ClientError> {
        let flags: Flags = self.ask(Command::Oversee(Oversight::Flags)).await?;
        Ok(flags.flags)
    }

    /// Who reported how much since then, or in the last 24 hours (`X`); operators only.
    ///
    /// # Errors
    /// As [`Client::moderate`].
    pub async fn origins(&self, since: Option<Timestamp>) -> Result<Vec<OriginCount>, ClientError> {
        let origins: Origins = self.ask(Command::Oversee(Oversight::Origins { since })).await?;
        Ok(origins.origins)
    }

    /// What operators did, the latest first, at most `limit` (`X`); operators only. A server may answer
    /// in parts; they are put together here.
    ///
    /// # Errors
    /// As [`Client::moderate`].
    pub async fn acts(&self, limit: usize) -> Result<Vec<PastAct>, ClientError> {
        let deadline = Instant::now() + self.patience;
        let (mut acts, mut before) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let wish = Oversight::Log { limit: limit.clamp(1, MAX_LIST) - acts.len(), before };
            let left = deadline.saturating_duration_since(Instant::now());
            let part: Acts = self.ask_within(Command::Oversee(wish), left).await?;
            acts.extend(part.acts);
            let Some(next) = part.next.filter(|_| acts.len() < limit.clamp(1, MAX_LIST)) else { break };
            before = Some(read_place(&next).ok_or_else(|| ClientError::Unreadable(format!("proximo: {next}")))?);
        }
        Ok(acts)
    }

    /// Sends `dados` as they are and returns the answer as it arrived: what the interactive client
    /// shows.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn raw(&self, data: Value) -> Result<Reply, posto_session::RequestError> {
        self.session.request(Question { data, repeatable: false }, self.patience).await
    }

    /// What the session speaks.
    #[must_use]
    pub fn spoken(&self) -> Spoken {
        self.session.spoken()
    }

    /// How the session is doing.
    #[must_use]
    pub fn health(&self) -> &Arc<Health> {
        self.session.health()
    }

    /// What the server is.
    #[must_use]
    pub fn kind(&self) -> ServerKind {
        self.session.kind()
    }

    /// Where the session lives on the server's side.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.session.peer()
    }

    /// Whether nothing can be asked any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.session.is_closed()
    }

    /// Ends the session with FIN.
    pub async fn close(self) {
        // One that is still lent ends when the last borrower is done.
        if let Ok(session) = Arc::try_unwrap(self.session) {
            session.close().await;
        }
    }

    async fn ask<T: Answer>(&self, command: Command) -> Result<T, ClientError> {
        self.ask_within(command, self.patience).await
    }

    async fn ask_within<T: Answer>(&self, command: Command, patience: Duration) -> Result<T, ClientError> {
        if self.kind() == ServerKind::Original {
            return Err(ClientError::NotSupported);
        }
        let repeatable = is_repeatable(&command);
        let (request_id, seen) = (self.request_id.clone(), self.seen.clone());
        let request = Request { request_id, seen, ..Request::json(command) };
        let reply = self.session.request(Question { data: request.to_value(), repeatable }, patience).await?;
        *self.remarks.lock().unwrap_or_else(PoisonError::into_inner) = Remarks::of(&reply.data);
        Ok(answer::read(reply.data)?)
    }
}

/// Whether a command may be executed twice: a read, what an import says, a report that has a name, a
/// flag, which counts once.
pub(crate) const fn is_repeatable(command: &Command) -> bool {
    match command {
        Command::Report(report) => report.id.is_some(),
        Command::Moderate(_) => false,
        _ => true,
    }
}
