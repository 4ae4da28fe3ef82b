//! What the server counts, as Prometheus reads it.

use std::sync::Arc;

use posto_metrics::{Counters, Kind, Scrape, Source, float};
use posto_store::Journal;
use posto_udp::{Load, Meters, Sockets};
use posto_wire::Refusal;

/// The figures of a server: its sessions, its journal, its book.
#[derive(Debug)]
pub struct ServerMetrics {
    meters: Arc<Meters>,
    journal: Journal,
    commands: Counters,
}

impl ServerMetrics {
    /// Of the server that will run with these.
    #[must_use]
    pub fn new(sockets: &Sockets, journal: &Journal) -> Self {
        let help = "Commands by letter (PROTOCOL §7), those that cannot be read as unreadable";
        let commands = Counters::new("posto_server_commands_total", help, &["command"]);
        Self { meters: sockets.meters(), journal: journal.clone(), commands }
    }

    /// A command is to be executed.
    pub(crate) fn command(&self, letter: &str) {
        self.commands.count(&[letter]);
    }
}

impl Source for ServerMetrics {
    fn tell(&self, scrape: &mut Scrape) {
        let load = self.meters.load();
        scrape.count("posto_server_sessions", "Sessions open", load.sessions);
        scrape.count("posto_server_requests_in_flight", "Requests being executed", load.requests_in_flight);
        tell_counts(scrape, &load);
        let turned_away = turned_away(&load);
        let rows = turned_away.iter().map(|(reason, count)| (vec![*reason], float(*count)));
        let help = "Datagrams and handshakes turned away, by reason";
        scrape.rows((Kind::Counter, "posto_server_refusals_total", help), &["reason"], rows);
        scrape.counters(&self.commands);
        self.journal.tell(scrape);
    }
}

fn tell_counts(scrape: &mut Scrape, load: &Load) {
    let counters = &load.counters;
    for (name, help, count) in [
        ("posto_server_sessions_opened_total", "Sessions opened", counters.opened),
        ("posto_server_sessions_closed_total", "Sessions closed, for whatever reason", counters.closed),
        ("posto_server_requests_total", "Requests handed on to be executed", counters.requests),
        ("posto_server_repeats_total", "Requests that came again and were not executed again", counters.repeats),
        ("posto_server_early_acks_total", "Requests announced as taking long", counters.early_acks),
        ("posto_server_busy_total", "Requests answered busy", counters.busy),
        ("posto_server_expired_total", "Requests whose deadline had passed", counters.expired),
        ("posto_server_overloaded_total", "Requests dropped, too many being executed", counters.overloaded),
        ("posto_server_answers_too_large_total", "Answers longer than the peer reads", counters.answers_too_large),
        ("posto_server_resets_total", "Resets sent", counters.resets),
        ("posto_server_resets_withheld_total", "Resets not sent because there were too many", counters.resets_withheld),
        (
            "posto_server_kernel_drops_total",
            "Datagrams that the kernel dropped, the buffer being full",
            load.kernel_dropped,
        ),
    ] {
        scrape.counter(name, help, count);
    }
}

/// How many were turned away, by reason.
fn turned_away(load: &Load) -> Vec<(&'static str, u64)> {
    let counters = &load.counters;
    let mut counts: Vec<_> = Refusal::ALL.map(|reason| (name_of(reason), counters.refused(reason))).into();
    counts.extend([
        ("wrong-checksum", counters.wrong_checksum),
        ("wrong-cookie", counters.wrong_cookie),
        ("replayed-handshake", counters.replayed_handshakes),
        ("unknown-session", counters.unknown_session),
        ("wrong-seal", counters.wrong_seal),
        ("wrong-numbers", counters.wrong_numbers),
        ("syn-flood", counters.syn_floods),
        ("table-full", counters.table_full),
    ]);
    counts
}

/// The label of a reason: it stays the same when the sentence about it is reworded.
const fn name_of(reason: Refusal) -> &'static str {
    match reason {
        Refusal::TooLong => "too-long",
        Refusal::NotUtf8 => "not-utf8",
        Refusal::NotJson => "not-json",
        Refusal::NotObject => "not-object",
        Refusal::TooDeep => "too-deep",
        Refusal::NotFinite => "not-finite",
        Refusal::IntegerRange => "integer-range",
        Refusal::DuplicateMember => "duplicate-member",
        Refusal::LoneSurrogate => "lone-surrogate",
        Refusal::MissingMember => "missing-member",
        Refusal::WrongType => "wrong-type",
    }
}
