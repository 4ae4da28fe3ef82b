//! What the dialogue prints: in Portuguese what the original client printed (spelling included),
//! in English the same said in English.

use posto_client::ServerKind;
use posto_session::{Answer, Retransmission};
use posto_wire::{Value, python, text};

use super::typed::{Command, TypedMistake, fuels};
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
        let lines = self.language.pick(
            "D combustível preço latitude longitude   grava um preço, em milésimos (4999 = 4,999)\n\
             P combustível raio latitude longitude    procura o mais barato, raio em km\n\
             sair                                     encerra\ncombustíveis:\n",
            "D fuel price latitude longitude   report a price, in thousandths (4999 = 4.999)\n\
             P fuel radius latitude longitude  find the cheapest, radius in km\n\
             exit                              end\nfuels:\n",
        );
        format!("{lines}{}", self.fuel_lines(kind))
    }

    pub fn mistake(self, mistake: &TypedMistake, kind: ServerKind) -> String {
        let (pt, en) = match mistake {
            TypedMistake::Count => ("Numero inválido de parâmetros", "Wrong number of parameters"),
            TypedMistake::Action => {
                ("Tipo de ação inválida. Os valores permitidos são: D ou P", "Unknown action. Allowed are: D or P")
            }
            TypedMistake::Fuel => {
                let intro = self
                    .language
                    .pick("Tipo de combustível inválido. Os valores permitidos são:", "Unknown fuel. Allowed are:");
                return format!("{intro}\n{}", self.fuel_lines(kind));
            }
            TypedMistake::Radius => {
                ("Você deve fornecer um inteiro positivo para o raio", "The radius must be a positive integer")
            }
            TypedMistake::Price => {
                ("Você deve fornecer um inteiro positivo para o preço", "The price must be a positive integer")
            }
            TypedMistake::PriceTooHigh => {
                ("O preço vai de 1 a 999999 milésimos", "The price goes from 1 to 999999 thousandths")
            }
            TypedMistake::Coordinates => ("As coordenas devem ser numéricas", "The coordinates must be numbers"),
            TypedMistake::Latitude => ("A latitude vai de -90 a 90", "The latitude goes from -90 to 90"),
            TypedMistake::Longitude => ("A longitude vai de -180 a 180", "The longitude goes from -180 to 180"),
        };
        self.language.pick(pt, en).to_owned()
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

    fn fuel_lines(self, kind: ServerKind) -> String {
        let name = |fuel: &posto_market::Fuel| self.language.pick(fuel.name_pt(), fuel.name_en());
        let lines = fuels(kind).iter().map(|fuel| format!("{} - {}", fuel.code(), name(fuel)));
        lines.collect::<Vec<_>>().join("\n")
    }
}
