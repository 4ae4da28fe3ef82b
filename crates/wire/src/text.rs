//! The texts of v1 answers (PROTOCOL §4), written by our server and read from an original one.

use posto_market::{Currency, Fuel, Position, Price};

/// A price was stored.
pub const STORED: &str = "Dados gravados";
/// No station in the radius sells the fuel (the spelling is the original's).
pub const NOTHING_FOUND: &str = "Nenhuma posto encontrado para esses parâmetros.";
/// The original's answer while it has no file of records.
pub const NO_RECORDS: &str = "Nenhum valor encontrado!";
/// A packet without data on an open session.
pub const NO_DATA: &str = "Sem dados enviados";
/// A SYN on a session's own port.
pub const ALREADY_CONNECTED: &str = "Cliente já conectado!";
/// A SYN while no session can be opened.
pub const SERVER_FULL: &str = "Servidor cheio, tente mais tarde";

/// What a SYN gets while the server stops.
pub const GOING_AWAY: &str = "Servidor encerrando, tente mais tarde";

/// What a SYN of v1 gets where only v2 is served (`--v1 off`).
pub const V2_ONLY: &str = "Este servidor exige a versão 2 do protocolo";
/// The answer was longer than a v1 peer reads.
pub const TOO_LARGE: &str = "erro: resposta_grande";

/// The answer to `P` when something was found. `coordinates` is the text as it was reported.
#[must_use]
pub fn cheapest(fuel: Fuel, price: Price, currency: Currency, coordinates: &str) -> String {
    let (name, symbol) = (fuel.name_pt(), currency.symbol());
    format!("Tipo combustível: {name}\nPreço: {symbol} {price}\ncoordenadas: {coordinates}")
}

/// What an original server's answer to `P` says.
#[derive(Debug, Clone, PartialEq)]
pub struct CheapestText {
    /// The price; an original server knows only reais.
    pub price: Price,
    /// Where the station is.
    pub position: Position,
}

/// Reads the answer to `P`: `Ok(None)` where nothing was found.
///
/// # Errors
/// The text itself, where it is neither.
pub fn read_cheapest(text: &str) -> Result<Option<CheapestText>, String> {
    if text == NOTHING_FOUND || text == NO_RECORDS {
        return Ok(None);
    }
    let line = |prefix: &str| text.lines().find_map(|line| line.strip_prefix(prefix));
    let price = line("Preço: ").and_then(|money| Price::from_decimal(money.rsplit(' ').next()?));
    let position = line("coordenadas: ").and_then(|text| Position::from_coordinates(text).ok());
    match price.zip(position) {
        Some((price, position)) => Ok(Some(CheapestText { price, position })),
        None => Err(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_answer_reads_back() {
        let price = Price::from_thousandths(4999).unwrap();
        let text = cheapest(Fuel::Gasoline, price, Currency::BRL, "(-22.0000;-23.1234)");
        assert_eq!(text, "Tipo combustível: gasolina\nPreço: R$ 4.999\ncoordenadas: (-22.0000;-23.1234)");
        let position = Position::from_degrees(-22.0, -23.1234).unwrap();
        assert_eq!(read_cheapest(&text), Ok(Some(CheapestText { price, position })));
        assert_eq!(read_cheapest(NOTHING_FOUND), Ok(None));
        assert_eq!(read_cheapest(NO_RECORDS), Ok(None));
        assert_eq!(read_cheapest("???"), Err("???".to_owned()));
    }
}
