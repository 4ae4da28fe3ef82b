//! What the relay prints: in Portuguese with the words of the original, in English the same.

use std::time::Duration;

use anyhow::anyhow;
use posto_relay::{BindError, Both, Counters, Event, Loss, Report, Summary};

use crate::commands::list::table;
use crate::language::Language;

/// What is counted, in Portuguese and in English, and where.
type Row = (&'static str, &'static str, fn(&Counters) -> u64);

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub language: Language,
}

impl Words {
    pub fn bind_error(self, BindError { address, cause }: &BindError) -> anyhow::Error {
        let cannot = self.language.pick("não é possível usar a porta UDP", "cannot bind UDP");
        anyhow!("{cannot} {address}: {cause}")
    }

    /// One line of verbose mode.
    pub fn report(self, report: &Report) -> String {
        let choose = |pt, en| self.language.choose(pt, en);
        match report {
            Report::Fault { from, length, event } => {
                let (done, more) = self.fault(*event);
                let (pretending, packet) =
                    self.language.pick(("Fingindo", "pacote de"), ("Pretending to", "packet from"));
                format!("{pretending} {done} {packet} {from} ({length} bytes){more}")
            }
            Report::Rebound { client, port } => choose(
                format!("Nova porta até o servidor para {client}: {port}"),
                format!("New port towards the server for {client}: {port}"),
            ),
            Report::Evicted { client } => choose(
                format!("Clientes demais: {client}, calado há mais tempo, perdeu seu lugar"),
                format!("Too many clients: {client}, silent for longest, lost its place"),
            ),
            Report::Unsent { to, cause } => {
                choose(format!("Não foi possível enviar a {to}: {cause}"), format!("Could not send to {to}: {cause}"))
            }
        }
    }

    /// What is done to a packet, and more about it.
    fn fault(self, event: Event) -> (&'static str, String) {
        let pick = |pt, en| self.language.pick(pt, en);
        let by = |time| format!("{} {}", pick(" em", " by"), self.millis(time));
        match event {
            Event::Lost(loss) => {
                let why = match loss {
                    Loss::Dropped => "",
                    Loss::BlackedOut => pick(": apagão", ": blackout"),
                    Loss::QueueFull => pick(": fila cheia", ": queue full"),
                };
                (pick("descartar", "drop"), why.to_owned())
            }
            Event::Repeated => (pick("duplicar", "duplicate"), String::new()),
            Event::Delayed(time) => (pick("atrasar", "delay"), by(time)),
            Event::Straggles(time) => (pick("atrasar muito", "delay much"), by(time)),
            Event::HeldBack => (pick("trocar a ordem de", "reorder"), String::new()),
            Event::Corrupted => (pick("corromper", "corrupt"), String::new()),
        }
    }

    fn millis(self, time: Duration) -> String {
        let micros = time.as_micros();
        format!("{}{}{} ms", micros / 1000, self.language.pick(",", "."), micros / 100 % 10)
    }

    /// The table at the end.
    pub fn summary(self, summary: &Summary, seed: u64) -> String {
        let pick = |pt, en| self.language.pick(pt, en);
        let Both { up, down } = &summary.counters;
        let heading = ["", pick("ao servidor", "to the server"), pick("aos clientes", "to the clients")];
        let row = |(pt, en, count): Row| vec![pick(pt, en).to_owned(), count(up).to_string(), count(down).to_string()];
        let rows: [Row; 11] = [
            ("recebidos", "received", |of| of.received),
            ("  bytes", "  bytes", |of| of.received_bytes),
            ("descartados", "dropped", |of| of.dropped),
            ("perdidos em apagões", "lost in blackouts", |of| of.blacked_out),
            ("perdidos, fila cheia", "lost, queue full", |of| of.overflowed),
            ("duplicados", "duplicated", |of| of.repeated),
            ("fora de ordem", "reordered", |of| of.held_back),
            ("muito atrasados", "delayed much", |of| of.straggled),
            ("corrompidos", "corrupted", |of| of.corrupted),
            ("entregues", "delivered", |of| of.delivered),
            ("  bytes", "  bytes", |of| of.delivered_bytes),
        ];
        let heading = heading.map(str::to_owned).to_vec();
        let both_ways: Vec<_> = std::iter::once(heading).chain(rows.into_iter().map(row)).collect();
        let Summary { on_the_way, clients, evicted, rebound, strangers, unsent, .. } = summary;
        let in_all = [
            (pick("ainda a caminho", "still on the way"), on_the_way.to_string()),
            (pick("clientes", "clients"), clients.to_string()),
            (pick("clientes que perderam o lugar", "clients that lost their place"), evicted.to_string()),
            (pick("trocas de porta", "changes of port"), rebound.to_string()),
            (pick("de estranhos, não repassados", "from strangers, not relayed"), strangers.to_string()),
            (pick("que não puderam ser enviados", "that could not be sent"), unsent.to_string()),
            (pick("semente", "seed"), seed.to_string()),
        ];
        let in_all = in_all.map(|(what, count)| vec![what.to_owned(), count]);
        format!("{}\n{}", table(&both_ways), table(&in_all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(event: Event) -> [String; 2] {
        let report = Report::Fault { from: ([127, 0, 0, 1], 40_000).into(), length: 212, event };
        [Language::Pt, Language::En].map(|language| Words { language }.report(&report))
    }

    #[test]
    fn what_is_done_to_a_packet_is_said_as_the_original_said_it() {
        let cases = [
            (
                Event::Lost(Loss::Dropped),
                "Fingindo descartar pacote de 127.0.0.1:40000 (212 bytes)",
                "Pretending to drop packet from 127.0.0.1:40000 (212 bytes)",
            ),
            (
                Event::Lost(Loss::BlackedOut),
                "Fingindo descartar pacote de 127.0.0.1:40000 (212 bytes): apagão",
                "Pretending to drop packet from 127.0.0.1:40000 (212 bytes): blackout",
            ),
            (
                Event::Delayed(Duration::from_micros(43_250)),
                "Fingindo atrasar pacote de 127.0.0.1:40000 (212 bytes) em 43,2 ms",
                "Pretending to delay packet from 127.0.0.1:40000 (212 bytes) by 43.2 ms",
            ),
            (
                Event::HeldBack,
                "Fingindo trocar a ordem de pacote de 127.0.0.1:40000 (212 bytes)",
                "Pretending to reorder packet from 127.0.0.1:40000 (212 bytes)",
            ),
        ];
        for (event, pt, en) in cases {
            assert_eq!(told(event), [pt, en]);
        }
        assert!(told(Event::Repeated)[0].starts_with("Fingindo duplicar pacote de"));
        assert!(told(Event::Corrupted)[0].starts_with("Fingindo corromper pacote de"));
    }

    #[test]
    fn the_table_has_a_column_for_each_direction() {
        let counters = Both { up: Counters { dropped: 3, ..Counters::default() }, down: Counters::default() };
        let summary = Summary { counters, clients: 2, ..Summary::default() };
        let printed = Words { language: Language::En }.summary(&summary, 7);
        assert!(printed.contains("dropped            3              0\n"), "{printed}");
        assert!(printed.contains("seed                           7\n"), "{printed}");
        assert!(Words { language: Language::Pt }.summary(&summary, 7).contains("descartados"), "{printed}");
    }
}
