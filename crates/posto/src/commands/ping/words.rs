//! What `posto ping` prints, in Portuguese and in English, or as JSON.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;

use super::exchange::{Ended, Exchange, wait_after};
use super::{Totals, millis};
use crate::language::Language;
use crate::output::write;

/// How it is printed.
#[derive(Debug, Clone, Copy)]
pub struct PingWords {
    pub language: Language,
    pub json: bool,
}

impl PingWords {
    pub fn begins(self, server: SocketAddr) {
        if !self.json {
            let to = self.language.pick("posto ping para", "posto ping to");
            say!("{to} {server}");
        }
    }

    /// A datagram was sent for the `times`th time, and is waited for.
    pub fn waiting(self, kind: &str, number: u32, times: u32) {
        if self.json {
            return;
        }
        if times == 1 {
            let name = match kind {
                "handshake" => self.language.pick("conexão", "handshake").to_owned(),
                _ => format!("{} {number}", self.language.pick("pedido", "request")),
            };
            write(format_args!("{name}: {}", self.language.pick("aguardando", "waiting")));
        }
        write(format_args!(" {} …", self.seconds(wait_after(times))));
    }

    /// An exchange has ended.
    pub fn ended(self, kind: &str, number: u32, exchange: &Exchange) {
        let Exchange { ended, took, repeats, sent, received, .. } = exchange;
        if self.json {
            let refused = if let Ended::Refused(words) = ended { Some(words) } else { None };
            return say!(
                "{}",
                json!({"kind": kind, "number": number, "answered": *ended == Ended::Answered, "refused": refused,
                    "took_ms": millis(*took), "repeats": repeats, "sent_bytes": sent.1, "received_bytes": received.1})
            );
        }
        match ended {
            Ended::Answered => {
                let sizes = self.language.choose(
                    format!("{} bytes enviados, {} recebidos", sent.1, received.1),
                    format!("{} bytes sent, {} received", sent.1, received.1),
                );
                let again = match repeats {
                    0 => String::new(),
                    1 => self.language.pick(", 1 repetição", ", 1 repeat").to_owned(),
                    more => self.language.choose(format!(", {more} repetições"), format!(", {more} repeats")),
                };
                say!(" {} ms ({sizes}{again})", self.number(millis(*took)));
            }
            Ended::Refused(words) => {
                say!(" {}: {words}", self.language.pick("o servidor recusou", "the server refused"));
            }
            Ended::Silent => say!(
                " {}",
                self.language.pick(
                    "desisto: nenhuma resposta, o servidor parece fora do ar",
                    "giving up: no answer, the server seems to be down"
                )
            ),
        }
    }

    pub fn summary(self, totals: &Totals) {
        if self.json {
            return say!("{}", totals.to_json());
        }
        let Totals { wanted, answered, repeats, sent, received, strangers, .. } = totals;
        say!(
            "{}",
            self.language.choose(
                format!(
                    "{wanted} pedidos, {answered} respondidos; {} datagramas enviados ({} bytes), {} recebidos ({} bytes); \
                     {repeats} repetidos por perda",
                    sent.0, sent.1, received.0, received.1
                ),
                format!(
                    "{wanted} requests, {answered} answered; {} datagrams sent ({} bytes), {} received ({} bytes); \
                     {repeats} repeated for a loss",
                    sent.0, sent.1, received.0, received.1
                ),
            )
        );
        if let Some(trips) = totals.round_trips_ms() {
            let [least, mean, most] = trips.map(|trip| self.number(trip));
            let words = self.language.pick("ida e volta mín/média/máx", "round trip min/mean/max");
            say!("{words} {least}/{mean}/{most} ms");
        }
        if *strangers > 0 {
            say!(
                "{}",
                self.language.choose(
                    format!("{strangers} datagramas de outros endereços ou portas, ignorados"),
                    format!("{strangers} datagrams from other addresses or ports, ignored"),
                )
            );
        }
        if *answered == 0 {
            say!("{}", self.language.pick("O servidor parece fora do ar.", "The server seems to be down."));
        }
    }

    fn seconds(self, time: Duration) -> String {
        format!("{} s", self.number(time.as_secs_f64()))
    }

    fn number(self, number: f64) -> String {
        let text = number.to_string();
        self.language.choose(text.replace('.', ","), text.clone())
    }
}
