//! What a line of words may say: `D FUEL PRICE LAT LON`, `P FUEL RADIUS LAT LON`, `sair`, `ajuda`; the
//! same at the prompt of `posto client` and over TCP. The words are those of the client of 2019.

use posto_market::{CoordinatesError, Fuel, Position, Price};
use posto_wire::{Object, Value};

/// One line understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Typed {
    /// A command for the server.
    Command(Command),
    /// Show what may be typed.
    Help,
    /// End the session.
    Leave,
}

/// A command as it goes to the server: what was typed, letter for letter.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    action: String,
    fuel: Fuel,
    number: u32,
    coordinates: (String, String),
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypedMistake {
    /// Not five words.
    Count,
    /// Neither `D` nor `P`.
    Action,
    /// No fuel has this number.
    Fuel,
    /// Not an integer above 0.
    Radius,
    /// Not an integer above 0.
    Price,
    /// Above 999999 thousandths.
    PriceTooHigh,
    /// Not two decimal numbers.
    Coordinates,
    /// Outside -90..=90.
    Latitude,
    /// Outside -180..=180.
    Longitude,
}

/// A text in both languages: Portuguese, English.
pub type Both = (String, String);

/// What may be typed, without the fuels.
pub const HELP: (&str, &str) = (
    "D combustível preço latitude longitude   grava um preço, em milésimos (4999 = 4,999)\n\
     P combustível raio latitude longitude    procura o mais barato, raio em km\n\
     sair                                     encerra\n",
    "D fuel price latitude longitude   report a price, in thousandths (4999 = 4.999)\n\
     P fuel radius latitude longitude  find the cheapest, radius in km\n\
     exit                              end\n",
);

impl Command {
    /// Whether it only asks.
    #[must_use]
    pub fn changes_nothing(&self) -> bool {
        self.action.eq_ignore_ascii_case("p")
    }

    /// The members of the original's command, in its order.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let number = if self.changes_nothing() { "raio" } else { "valor" };
        let (latitude, longitude) = &self.coordinates;
        Object::new()
            .with("acao", self.action.as_str())
            .with("tipoCombustivel", self.fuel.code().to_string())
            .with("coordenadas", format!("({latitude};{longitude})"))
            .with(number, self.number)
            .into()
    }

    /// The line that says the same.
    #[must_use]
    pub fn to_line(&self) -> String {
        let (latitude, longitude) = &self.coordinates;
        format!("{} {} {} {latitude} {longitude}", self.action, self.fuel.code(), self.number)
    }
}

/// Understands a line, in front of a server that knows these fuels; the mistakes are looked for in
/// the original's order.
///
/// # Errors
/// The first mistake.
pub fn read(line: &str, fuels: &[Fuel]) -> Result<Typed, TypedMistake> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [action, fuel, number, latitude, longitude] = match words.as_slice() {
        [word] if is_any(word, &["sair", "exit", "quit"]) => return Ok(Typed::Leave),
        [word] if is_any(word, &["ajuda", "help", "?"]) => return Ok(Typed::Help),
        [action, fuel, number, latitude, longitude] => [*action, *fuel, *number, *latitude, *longitude],
        _ => return Err(TypedMistake::Count),
    };
    let reports = is_any(action, &["d"]);
    if !reports && !is_any(action, &["p"]) {
        return Err(TypedMistake::Action);
    }
    let known = fuels.iter().find(|known| known.code().to_string() == fuel);
    let fuel = *known.ok_or(TypedMistake::Fuel)?;
    let number = positive(number).ok_or(if reports { TypedMistake::Price } else { TypedMistake::Radius })?;
    if reports && Price::from_thousandths(number).is_none() {
        return Err(TypedMistake::PriceTooHigh);
    }
    Position::from_coordinates(&format!("({latitude};{longitude})")).map_err(|error| match error {
        CoordinatesError::NotAPair => TypedMistake::Coordinates,
        CoordinatesError::Latitude => TypedMistake::Latitude,
        CoordinatesError::Longitude => TypedMistake::Longitude,
    })?;
    let coordinates = (latitude.to_owned(), longitude.to_owned());
    Ok(Typed::Command(Command { action: action.to_owned(), fuel, number, coordinates }))
}

impl TypedMistake {
    /// What is told of it.
    #[must_use]
    pub fn told(self, fuels: &[Fuel]) -> Both {
        let (pt, en) = match self {
            Self::Count => ("Numero inválido de parâmetros", "Wrong number of parameters"),
            Self::Action => {
                ("Tipo de ação inválida. Os valores permitidos são: D ou P", "Unknown action. Allowed are: D or P")
            }
            Self::Fuel => {
                let (pt, en) = fuel_lines(fuels);
                let pt = format!("Tipo de combustível inválido. Os valores permitidos são:\n{pt}");
                return (pt, format!("Unknown fuel. Allowed are:\n{en}"));
            }
            Self::Radius => {
                ("Você deve fornecer um inteiro positivo para o raio", "The radius must be a positive integer")
            }
            Self::Price => {
                ("Você deve fornecer um inteiro positivo para o preço", "The price must be a positive integer")
            }
            Self::PriceTooHigh => {
                ("O preço vai de 1 a 999999 milésimos", "The price goes from 1 to 999999 thousandths")
            }
            Self::Coordinates => ("As coordenas devem ser numéricas", "The coordinates must be numbers"),
            Self::Latitude => ("A latitude vai de -90 a 90", "The latitude goes from -90 to 90"),
            Self::Longitude => ("A longitude vai de -180 a 180", "The longitude goes from -180 to 180"),
        };
        (pt.to_owned(), en.to_owned())
    }
}

/// The fuels and their numbers, one a line.
#[must_use]
pub fn fuel_lines(fuels: &[Fuel]) -> Both {
    let lines = |name: fn(Fuel) -> &'static str| {
        let lines = fuels.iter().map(|fuel| format!("{} - {}", fuel.code(), name(*fuel)));
        lines.collect::<Vec<_>>().join("\n")
    };
    (lines(Fuel::name_pt), lines(Fuel::name_en))
}

fn is_any(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

fn positive(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use posto_wire::python::dumps;

    #[test]
    fn a_command_goes_out_letter_for_letter() {
        let Ok(Typed::Command(command)) = read("D 2 4999 -22.0000 -23.1234", &Fuel::ALL) else { panic!() };
        let expected = r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(-22.0000;-23.1234)", "valor": 4999}"#;
        assert_eq!(dumps(&command.to_value()), expected);
        let Ok(Typed::Command(command)) = read(" p 1  1 1 1 ", &Fuel::ALL) else { panic!() };
        assert_eq!(
            dumps(&command.to_value()),
            r#"{"acao": "p", "tipoCombustivel": "1", "coordenadas": "(1;1)", "raio": 1}"#
        );
        assert_eq!(command.to_line(), "p 1 1 1 1");
    }

    #[test]
    fn each_mistake_is_its_own() {
        let cases = [
            ("", TypedMistake::Count),
            ("P 2 5", TypedMistake::Count),
            ("X 2 5 1 1", TypedMistake::Action),
            ("P 9 5 1 1", TypedMistake::Fuel),
            ("P 02 5 1 1", TypedMistake::Fuel),
            ("P 2 -5 1 1", TypedMistake::Radius),
            ("P 2 2.5 1 1", TypedMistake::Radius),
            ("D 2 0 1 1", TypedMistake::Price),
            ("D 2 1000000 1 1", TypedMistake::PriceTooHigh),
            ("P 2 5 a 1", TypedMistake::Coordinates),
            ("P 2 5 nan 1", TypedMistake::Coordinates),
            ("P 2 5 91 1", TypedMistake::Latitude),
            ("P 2 5 1 -181", TypedMistake::Longitude),
        ];
        for (line, mistake) in cases {
            assert_eq!(read(line, &Fuel::ALL), Err(mistake), "{line:?}");
        }
    }

    #[test]
    fn a_fuel_that_the_server_does_not_know_is_a_mistake_which_names_those_it_knows() {
        let three = Fuel::ALL.split_at(3).0;
        assert_eq!(read("P 5 5 1 1", three), Err(TypedMistake::Fuel));
        assert!(read("P 5 5 1 1", &Fuel::ALL).is_ok());
        let (pt, en) = TypedMistake::Fuel.told(three);
        assert!(pt.ends_with("\n2 - gasolina") && en.ends_with("\n2 - gasoline"), "{pt} {en}");
    }

    #[test]
    fn leaving_and_help_are_words_of_both_languages() {
        for word in ["sair", "SAIR", "exit", "quit"] {
            assert_eq!(read(word, &Fuel::ALL), Ok(Typed::Leave));
        }
        assert_eq!(read("ajuda", &Fuel::ALL), Ok(Typed::Help));
    }
}
