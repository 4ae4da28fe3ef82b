//! What the menu prints, in Portuguese and in English.

use jiff::tz::Offset;
use posto_market::{Fuel, Price, Timestamp};
use posto_wire::answer::{Reported, StationPrice};

use crate::language::Language;

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct MenuWords {
    pub language: Language,
}

/// A question, and what may be answered.
type Question = (String, String);

impl MenuWords {
    pub fn menu(self) -> &'static str {
        self.language.pick(
            "1 - Posto mais barato perto de mim\n2 - Informar um preço\n3 - Listar postos\n\
             4 - Data e hora do servidor\n5 - Encerrar",
            "1 - Cheapest station near me\n2 - Report a price\n3 - List stations\n\
             4 - The server's date and time\n5 - End",
        )
    }

    pub fn option(self) -> &'static str {
        self.language.pick("Opção: ", "Option: ")
    }

    pub fn invalid(self, typed: &str) -> String {
        self.language.choose(
            format!("Opção inválida: {typed:?}. Digite um número de 1 a 5"),
            format!("Invalid option: {typed:?}. Type a number from 1 to 5"),
        )
    }

    pub fn not_allowed(self, typed: &str, allowed: &str) -> String {
        self.language.choose(
            format!("Valor inválido: {typed:?}. Permitido: {allowed}; \"voltar\" volta ao menu"),
            format!("Invalid value: {typed:?}. Allowed: {allowed}; \"back\" goes back to the menu"),
        )
    }

    pub fn fuel(self, fuels: &[Fuel]) -> Question {
        let name = |fuel: &Fuel| format!("{} {}", fuel.code(), self.language.pick(fuel.name_pt(), fuel.name_en()));
        let names = fuels.iter().map(name).collect::<Vec<_>>().join(", ");
        (self.language.choose(format!("Combustível ({names})"), format!("Fuel ({names})")), names)
    }

    pub fn radius(self) -> Question {
        self.of((("Raio em km", "um número maior que 0, até 20016"), ("Radius in km", "a number above 0, up to 20016")))
    }

    pub fn latitude(self) -> Question {
        self.of((("Latitude", "graus de -90 a 90"), ("Latitude", "degrees from -90 to 90")))
    }

    pub fn longitude(self) -> Question {
        self.of((("Longitude", "graus de -180 a 180"), ("Longitude", "degrees from -180 to 180")))
    }

    pub fn price(self) -> Question {
        self.of((
            ("Preço", "de 0,001 a 999,999, com até três casas decimais"),
            ("Price", "0.001 to 999.999 with at most three decimals"),
        ))
    }

    pub fn cheapest(self, found: Option<&StationPrice>) -> String {
        let Some(StationPrice { station, price, distance_m, .. }) = found else {
            return self.language.pick("Nenhum posto encontrado", "No station found").to_owned();
        };
        let name = station.name.as_deref().or(station.brand.as_deref()).unwrap_or(&station.id);
        let (amount, per) = (amount(price.price), format!("{}/{}", price.currency, price.unit));
        let distance = distance_m.map(|metres| format!(", {:.2} km", metres / 1000.0)).unwrap_or_default();
        format!("{amount} {per}  {name}{distance}  ({:.6};{:.6})", station.lat, station.lon)
    }

    pub fn stored(self, stored: &Reported) -> String {
        let (amount, per) = (amount(stored.price), format!("{}/{}", stored.currency, stored.unit));
        self.language.choose(
            format!("Dados gravados: {amount} {per}, posto {}", stored.station),
            format!("Stored: {amount} {per}, station {}", stored.station),
        )
    }

    /// The server's date and time of day, by its own clock.
    pub fn server_time(self, now: Timestamp, ahead_of_utc_s: i32) -> String {
        let offset = Offset::from_seconds(ahead_of_utc_s).unwrap_or(Offset::UTC);
        let Ok(at) = jiff::Timestamp::from_millisecond(now.millis()) else { return String::new() };
        let there = offset.to_datetime(at);
        self.language.choose(
            format!("Data e hora no servidor: {}", there.strftime("%d/%m/%Y, %H:%M:%S")),
            format!("Date and time at the server: {}", there.strftime("%Y-%m-%d %H:%M:%S")),
        )
    }

    fn of(self, (pt, en): ((&str, &str), (&str, &str))) -> Question {
        let (question, allowed) = self.language.pick(pt, en);
        (question.to_owned(), allowed.to_owned())
    }
}

fn amount(thousandths: u32) -> String {
    Price::from_thousandths(thousandths).map(|price| price.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_s_time_is_told_by_its_own_clock() {
        let now = posto_wire::time::parse("2022-03-25T22:46:34.5Z").unwrap();
        let pt = MenuWords { language: Language::Pt }.server_time(now, -3 * 3600);
        assert_eq!(pt, "Data e hora no servidor: 25/03/2022, 19:46:34");
        let en = MenuWords { language: Language::En }.server_time(now, 0);
        assert_eq!(en, "Date and time at the server: 2022-03-25 22:46:34");
    }
}
