//! What may be typed at the prompt: `D FUEL PRICE LAT LON`, `P FUEL RADIUS LAT LON`, `sair`.

use posto_client::ServerKind;
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
    coordinates: String,
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

impl Command {
    /// Whether it only asks.
    pub fn changes_nothing(&self) -> bool {
        self.action.eq_ignore_ascii_case("p")
    }

    /// The members of the original's command, in its order.
    pub fn to_value(&self) -> Value {
        let number = if self.changes_nothing() { "raio" } else { "valor" };
        Object::new()
            .with("acao", self.action.as_str())
            .with("tipoCombustivel", self.fuel.code().to_string())
            .with("coordenadas", self.coordinates.as_str())
            .with(number, self.number)
            .into()
    }
}

/// The fuels that a server of this kind knows.
pub fn fuels(kind: ServerKind) -> &'static [Fuel] {
    match kind {
        ServerKind::Original => Fuel::ALL.split_at(3).0,
        ServerKind::Posto => &Fuel::ALL,
    }
}

/// Understands a line; the mistakes are looked for in the original's order.
pub fn read(line: &str, kind: ServerKind) -> Result<Typed, TypedMistake> {
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
    let known = fuels(kind).iter().find(|known| known.code().to_string() == fuel);
    let fuel = *known.ok_or(TypedMistake::Fuel)?;
    let number = positive(number).ok_or(if reports { TypedMistake::Price } else { TypedMistake::Radius })?;
    if reports && Price::from_thousandths(number).is_none() {
        return Err(TypedMistake::PriceTooHigh);
    }
    let coordinates = format!("({latitude};{longitude})");
    Position::from_coordinates(&coordinates).map_err(|error| match error {
        CoordinatesError::NotAPair => TypedMistake::Coordinates,
        CoordinatesError::Latitude => TypedMistake::Latitude,
        CoordinatesError::Longitude => TypedMistake::Longitude,
    })?;
    Ok(Typed::Command(Command { action: action.to_owned(), fuel, number, coordinates }))
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
        let Ok(Typed::Command(command)) = read("D 2 4999 -22.0000 -23.1234", ServerKind::Original) else { panic!() };
        let expected = r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(-22.0000;-23.1234)", "valor": 4999}"#;
        assert_eq!(dumps(&command.to_value()), expected);
        let Ok(Typed::Command(command)) = read("p 1 1 1 1", ServerKind::Original) else { panic!() };
        assert_eq!(
            dumps(&command.to_value()),
            r#"{"acao": "p", "tipoCombustivel": "1", "coordenadas": "(1;1)", "raio": 1}"#
        );
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
            assert_eq!(read(line, ServerKind::Posto), Err(mistake), "{line:?}");
        }
    }

    #[test]
    fn an_original_server_is_never_asked_for_a_fuel_it_does_not_know() {
        assert_eq!(read("P 5 5 1 1", ServerKind::Original), Err(TypedMistake::Fuel));
        assert!(read("P 5 5 1 1", ServerKind::Posto).is_ok());
    }

    #[test]
    fn leaving_and_help_are_words_of_both_languages() {
        for word in ["sair", "SAIR", "exit", "quit"] {
            assert_eq!(read(word, ServerKind::Posto), Ok(Typed::Leave));
        }
        assert_eq!(read("ajuda", ServerKind::Posto), Ok(Typed::Help));
    }
}
