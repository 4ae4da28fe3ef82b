//! What the dialogue prints: in Portuguese what the original client printed (spelling included),
//! in English the same said in English.

use std::net::SocketAddr;

use posto_client::ServerKind;
use posto_line::LineError;
use posto_line::syntax::{Command, HELP, TypedMistake, fuel_lines};
use posto_market::Fuel;
use posto_session::{Answer, Retransmission};
use posto_wire::{Value, python, text};

use crate::language::Language;

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub language: Language,
}

impl Words {
    pub fn prompt(self) -> &'static str {
        self.language.pick("Entrada: ", "Command: ")
    }

    pub fn connected(self) -> &'static str {
        self.language.pick("Conexão estabilizada", "Connected")
    }

    pub fn still_connecting(self, number: u32) -> String {
        let trying = self.language.pick("Tentando conexão com o servidor", "Trying to reach the server");
        format!("{trying} ({number}/5)")
    }

    pub fn server_silent(self) -> &'static str {
        self.language.pick(
            "\nNenhuma resposta do servidor, tenha certeza que o mesmo está operando. Este cliente será encerrado\n",
            "\nNo answer from the server, make sure that it is running. This client ends here\n",
        )
    }

    pub fn perhaps_the_key(self) -> &'static str {
        self.language.pick(
            "Um servidor sem chave, ou com outra que a de --psk-file, também fica calado\n",
            "A server without a key, or with another one than that of --psk-file, stays silent, too\n",
        )
    }

    pub fn server_refused(self, text: &str) -> String {
        let failed = self.language.pick("Falha na conexão com o servidor", "The server refused the connection");
        format!("{failed}\n\n{text}\n")
    }

    pub fn retransmission(self, again: Retransmission) -> String {
        let word = self.language.pick("Retransmissão", "Retransmission");
        match again.of {
            Some(of) => format!("{word} ({}/{of})", again.number),
            None => format!("{word} ({})", again.number),
        }
    }

    pub fn failed(self) -> &'static str {
        self.language.pick("Falha ao enviar os dados!", "The data could not be sent!")
    }

    pub fn reconnecting(self) -> &'static str {
        self.language.pick(
            "O servidor não conhece mais esta sessão; abrindo outra",
            "The server does not know this session any more; opening another",
        )
    }

    pub fn help(self, kind: ServerKind) -> String {
        let menu = self.language.pick(
            "menu                                     mostra um menu numerado\n",
            "menu                              show a numbered menu\n",
        );
        let fuels = self.language.pick("combustíveis:\n", "fuels:\n");
        format!("{}{menu}{fuels}{}", self.language.pick(HELP.0, HELP.1), self.of_both(fuel_lines(fuels_of(kind))))
    }

    pub fn mistake(self, mistake: TypedMistake, kind: ServerKind) -> String {
        self.of_both(mistake.told(fuels_of(kind)))
    }

    pub fn found(self, server: SocketAddr) -> String {
        let found = self.language.pick("Servidor encontrado na rede local", "Server found on the local network");
        format!("{found}: {server}")
    }

    pub fn nobody_known(self) -> &'static str {
        self.language.pick(
            "nenhum servidor se anuncia na rede local (posto serve --lan)",
            "no server makes itself known on the local network (posto serve --lan)",
        )
    }

    pub fn over_tcp(self, address: SocketAddr) -> String {
        self.language.choose(
            format!("Sem resposta por UDP; a conversa segue por TCP ({address})"),
            format!("No answer over UDP; going on over TCP ({address})"),
        )
    }

    pub fn tcp_failed(self, error: &LineError) -> String {
        self.language.choose(format!("Tampouco por TCP: {error}"), format!("Nor over TCP: {error}"))
    }

    pub fn server_gone(self) -> &'static str {
        self.language
            .pick("Conexão encerrada por inatividade do servidor.", "Connection closed: the server does not answer.")
    }

    /// At the end of the session, with the time of day here.
    pub fn closed(self) -> String {
        let time = jiff::Zoned::now().strftime("%H:%M:%S");
        self.language.choose(format!("Conexão encerrada às {time}"), format!("Connection closed at {time}"))
    }

    /// What an answer says; in v1 the packet without its data first, as the original client did.
    pub fn answer(self, command: &Command, answer: &Answer) -> String {
        let said = match &answer.data {
            Value::Text(text) => text.clone(),
            other => python::dumps(other),
        };
        let word = self.language.pick("Pacote recebido", "Packet received");
        let packet = answer.packet.as_ref().map_or_else(String::new, |packet| {
            format!("\n{word}: {}\n", python::dumps_indented(&Value::Object(packet.header.clone())))
        });
        let heading = self.language.pick("Dados do posto encontrado", "Station found");
        let found = command.changes_nothing() && text::read_cheapest(&said).is_ok_and(|found| found.is_some());
        let heading = if found { format!("\n{heading}\n------------------------------\n") } else { String::new() };
        format!("{packet}{heading}{}\n", self.translated(&said))
    }

    /// A server's answers are in Portuguese; those that are known are told in English too.
    fn translated(self, said: &str) -> String {
        if self.language == Language::Pt {
            return said.to_owned();
        }
        match said {
            text::STORED => "Stored".to_owned(),
            text::NOTHING_FOUND | text::NO_RECORDS => "No station found".to_owned(),
            _ => {
                let english = [("Tipo combustível:", "Fuel:"), ("Preço:", "Price:"), ("coordenadas:", "Coordinates:")];
                let fuels = [("Fuel: álcool", "Fuel: ethanol"), ("Fuel: gasolina", "Fuel: gasoline")];
                english.iter().chain(&fuels).fold(said.to_owned(), |text, (pt, en)| text.replace(pt, en))
            }
        }
    }

    fn of_both(self, (pt, en): (String, String)) -> String {
        self.language.choose(pt, en)
    }
}

/// The fuels that a server of this kind knows.
pub fn fuels_of(kind: ServerKind) -> &'static [Fuel] {
    match kind {
        ServerKind::Original => Fuel::ALL.split_at(3).0,
        ServerKind::Posto => &Fuel::ALL,
    }
}
