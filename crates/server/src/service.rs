//! The service behind the sockets: reads each request, has it executed, answers it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use posto_market::{Book, Timestamp};
use posto_session::Trust;
use posto_store::{Clock, Journal};
use posto_udp::Shortened;
use posto_wire::{Command, Format, Mistake, Value, answer, command};

use crate::access::Access;
use crate::commands;
use crate::door::Back;
use crate::guests::Guests;
use crate::log::RefusalLog;
use crate::metrics::ServerMetrics;
use crate::reads;
use crate::remarks::Beside;
use crate::waiting::Waitings;

/// What every command needs.
pub(crate) struct Service {
    pub(crate) journal: Journal,
    pub(crate) book: Arc<Book>,
    pub(crate) clock: Clock,
    pub(crate) started: Instant,
    pub(crate) version: &'static str,
    /// Who may do what.
    pub(crate) access: Access,
    /// Whether each request is logged.
    pub(crate) verbose: bool,
    pub(crate) refusals: RefusalLog,
    /// Who waits for changes.
    pub(crate) waitings: Waitings,
    pub(crate) metrics: Option<Arc<ServerMetrics>>,
    pub(crate) guests: Guests,
}

/// Whose request it is, and how the answer goes back.
pub(crate) struct Asker {
    pub(crate) peer: SocketAddr,
    /// The number of its session.
    pub(crate) session: u64,
    pub(crate) format: Format,
    /// How much the peer has proved.
    pub(crate) trust: Trust,
    /// Whether the door that it came by is bound to loopback.
    pub(crate) loopback: bool,
    /// When the asker stops waiting, where it has said so (v2).
    pub(crate) deadline: Option<Instant>,
    /// Most bytes of the answer's `dados` as JSON text.
    pub(crate) room: usize,
    /// What the answer says beside itself.
    pub(crate) beside: Beside,
    pub(crate) reply: Back,
}

/// An asker who waits for the journal: it must survive a refusal by the queue, and be taken by
/// whichever comes first.
#[derive(Clone)]
pub(crate) struct Waiting(Arc<parking_lot::Mutex<Option<Asker>>>);

impl Waiting {
    pub(crate) fn new(asker: Asker) -> Self {
        Self(Arc::new(parking_lot::Mutex::new(Some(asker))))
    }

    pub(crate) fn take(&self) -> Option<Asker> {
        self.0.lock().take()
    }
}

impl Asker {
    /// Answers, in the format that was asked for.
    pub(crate) fn answer(self, text: impl FnOnce() -> String, json: impl FnOnce() -> Value) {
        let answer = match self.format {
            Format::Text => Value::Text(text()),
            Format::Json => self.beside.put(json()),
        };
        self.reply.send(answer);
    }

    /// Answers with an error.
    pub(crate) fn refuse(self, mistake: &Mistake) {
        self.answer(|| mistake.to_string(), || answer::error(mistake));
    }

    /// The request was not executed in time, and will not be.
    pub(crate) fn expire(self) {
        self.reply.expired();
    }

    /// Who wants to know the position of the answer.
    pub(crate) fn told_the_position(self, journal: &Journal) -> Self {
        self.with(Beside::position_of(journal))
    }

    /// Who is told for how many seconds nothing was heard of the log.
    pub(crate) fn out_of_touch(mut self, seconds: u64) -> Self {
        let (room, mut beside) = (self.room + self.beside.most_bytes(), std::mem::take(&mut self.beside));
        beside.silent_for(seconds);
        Self { room, ..self }.with(beside)
    }

    fn with(self, beside: Beside) -> Self {
        Self { room: self.room.saturating_sub(beside.most_bytes()), beside, ..self }
    }

    /// It waits for something that may not happen for long: until it is answered it does not count
    /// among the requests that are worked on.
    pub(crate) fn parked(mut self) -> Self {
        self.reply.park();
        self
    }

    /// Leaves the request unanswered; a repeat of it will be executed.
    pub(crate) fn postpone(self) {
        self.reply.not_executed();
    }
}

impl Service {
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Reads a request, has it executed and answered. `session` is the number of its session or
    /// connection; `asker` makes who asks of the format that the answer is wanted in.
    pub(crate) fn handle(self: &Arc<Self>, data: &Value, session: u64, asker: impl FnOnce(Format) -> Asker) {
        match command::read(data) {
            Ok(command::Request { format, request_id, seen, command }) => {
                self.count(command.action());
                let mut asker = asker(format);
                if seen.is_some() {
                    asker = asker.told_the_position(&self.journal);
                }
                if self.verbose {
                    let (peer, request_id) = (Shortened::from(asker.peer), request_id.as_deref().unwrap_or("-"));
                    tracing::info!(%peer, session, command = command.action(), request_id, "request");
                }
                if reads::is_read(&command, seen.as_ref()) {
                    reads::execute(self, command, seen, asker);
                } else {
                    self.execute(command, asker);
                }
            }
            Err((format, mistake)) => {
                self.count("unreadable");
                let asker = asker(format);
                if self.verbose {
                    tracing::info!(peer = %Shortened::from(asker.peer), session, %mistake, "request refused");
                }
                asker.refuse(&mistake);
            }
        }
    }

    fn count(&self, command: &str) {
        if let Some(metrics) = &self.metrics {
            metrics.command(command);
        }
    }

    pub(crate) fn execute(&self, command: Command, asker: Asker) {
        match command {
            Command::Report(report) => commands::report::execute(self, report, asker),
            Command::Cheapest(search) => commands::cheapest::execute(self, search, asker),
            Command::List(search) => commands::list::execute(self, search, asker),
            Command::Station { id, after } => commands::station::execute(self, &id, after, asker),
            Command::Map(map) => commands::map::execute(self, &map, asker),
            Command::History(request) => commands::history::execute(self, request, asker),
            Command::Statistics(survey) => commands::statistics::execute(self, &survey, asker),
            Command::Changes(request) => commands::changes::execute(self, request, asker),
            Command::Time => commands::time::execute(self, asker),
            Command::Import(record) => commands::import::execute(self, record, asker),
            Command::Flag(flag) => commands::flag::execute(self, flag, asker),
            Command::Moderate(order) => commands::moderate::execute(self, order, asker),
            Command::Oversee(wish) => commands::moderate::oversee(self, wish, asker),
        }
    }
}
