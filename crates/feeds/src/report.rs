//! What a reader refused: counted by reason, with the first few places as examples.

use std::collections::BTreeMap;

use crate::limits::{MAX_EXAMPLES, MAX_EXCERPT_CHARACTERS};

/// Why a row of a feed was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The row has too few fields, or more than can be told apart.
    Fields,
    /// The station's number is not a number.
    StationNumber,
    /// The coordinates are missing or unreadable.
    Coordinates,
    /// The coordinates are (0,0): nobody filled them in.
    ZeroCoordinates,
    /// Latitude and longitude are exchanged: only the other way round the place is in the country.
    SwappedCoordinates,
    /// The position is outside the feed's country.
    OutsideCountry,
    /// The station appeared before in the same file.
    RepeatedStation,
    /// Self-service or served? The row does not say.
    SelfService,
    /// The price is not a decimal number with at most three decimals.
    Price,
    /// The price is zero.
    ZeroPrice,
    /// The price is below zero.
    NegativePrice,
    /// The price is too high, and a tenth of it would be one.
    TenfoldPrice,
    /// The price is too high, and a hundredth of it would be one: cents.
    HundredfoldPrice,
    /// The price is too high, and a thousandth of it would be one: thousandths.
    ThousandfoldPrice,
    /// The price is too low or too high to be one.
    PriceOutOfRange,
    /// The time of the report is unreadable.
    Time,
    /// The time of the report has not come yet.
    FutureTime,
    /// The kind of change is none that the feed has.
    ChangeCode,
    /// A price for a station that the register lacks, or whose own row was refused.
    UnknownStation,
    /// A price for a station that no file says the place of.
    NoPlace,
    /// The fuel is not one of those that Posto compares.
    Fuel,
    /// The currency is not three capital letters.
    Currency,
    /// The unit is not one, or not the one that the fuel is sold by.
    Unit,
    /// What is told about opening hours, service or membership is unreadable.
    Facts,
}

impl Reason {
    /// The reason told in English, after "skipped: ".
    #[must_use]
    pub const fn text_en(self) -> &'static str {
        match self {
            Self::Fields => "wrong number of fields",
            Self::StationNumber => "unreadable station number",
            Self::Coordinates => "no readable coordinates",
            Self::ZeroCoordinates => "coordinates (0,0)",
            Self::SwappedCoordinates => "latitude and longitude exchanged",
            Self::OutsideCountry => "outside the country",
            Self::RepeatedStation => "repeated station",
            Self::SelfService => "neither self-service nor served",
            Self::Price => "unreadable price",
            Self::ZeroPrice => "price zero",
            Self::NegativePrice => "negative price",
            Self::TenfoldPrice => "price ten times too high",
            Self::HundredfoldPrice => "price a hundred times too high",
            Self::ThousandfoldPrice => "price a thousand times too high",
            Self::PriceOutOfRange => "implausible price",
            Self::Time => "unreadable time",
            Self::FutureTime => "time in the future",
            Self::ChangeCode => "unknown kind of change",
            Self::UnknownStation => "price of a station not in the register",
            Self::NoPlace => "price of a station of unknown place",
            Self::Fuel => "unknown fuel",
            Self::Currency => "unreadable currency",
            Self::Unit => "wrong unit",
            Self::Facts => "unreadable opening hours, service or membership",
        }
    }

    /// The reason told in Portuguese, after "ignorados: ".
    #[must_use]
    pub const fn text_pt(self) -> &'static str {
        match self {
            Self::Fields => "número de campos errado",
            Self::StationNumber => "número do posto ilegível",
            Self::Coordinates => "sem coordenadas legíveis",
            Self::ZeroCoordinates => "coordenadas (0,0)",
            Self::SwappedCoordinates => "latitude e longitude trocadas",
            Self::OutsideCountry => "fora do país",
            Self::RepeatedStation => "posto repetido",
            Self::SelfService => "nem autosserviço nem atendido",
            Self::Price => "preço ilegível",
            Self::ZeroPrice => "preço zero",
            Self::NegativePrice => "preço negativo",
            Self::TenfoldPrice => "preço dez vezes alto demais",
            Self::HundredfoldPrice => "preço cem vezes alto demais",
            Self::ThousandfoldPrice => "preço mil vezes alto demais",
            Self::PriceOutOfRange => "preço implausível",
            Self::Time => "data e hora ilegíveis",
            Self::FutureTime => "data e hora no futuro",
            Self::ChangeCode => "tipo de mudança desconhecido",
            Self::UnknownStation => "preço de um posto fora do cadastro",
            Self::NoPlace => "preço de um posto sem local conhecido",
            Self::Fuel => "combustível desconhecido",
            Self::Currency => "moeda ilegível",
            Self::Unit => "unidade errada",
            Self::Facts => "horário, serviço ou associação ilegíveis",
        }
    }
}

/// Where a refused row is and what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The feed's own name of the file.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The member at fault and its value as the file has it (`prezzo "abc"`), cut to
    /// [`MAX_EXCERPT_CHARACTERS`].
    pub found: String,
}

/// The rows refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Skips {
    /// How many.
    pub count: usize,
    /// The first [`MAX_EXAMPLES`] of them.
    pub examples: Vec<Place>,
}

/// The rows refused, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Skipped(BTreeMap<Reason, Skips>);

impl Skipped {
    /// How many rows were refused for this reason.
    #[must_use]
    pub fn count(&self, reason: Reason) -> usize {
        self.0.get(&reason).map_or(0, |skips| skips.count)
    }

    /// How many rows were refused in all.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.values().map(|skips| skips.count).sum()
    }

    /// Every reason that occurred, with its rows.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, &Skips)> {
        self.0.iter().map(|(&reason, skips)| (reason, skips))
    }

    /// Counts one row and keeps it while there are few of its reason.
    pub(crate) fn add(&mut self, refusal: &Refusal, file: &'static str, line: u32) {
        let skips = self.0.entry(refusal.reason).or_default();
        skips.count += 1;
        if skips.examples.len() < MAX_EXAMPLES {
            skips.examples.push(Place { file, line, found: excerpt(&refusal.found) });
        }
    }

    /// Counts rows of which nothing but the reason is remembered.
    pub(crate) fn add_unseen(&mut self, reason: Reason, count: usize) {
        if count > 0 {
            self.0.entry(reason).or_default().count += count;
        }
    }
}

/// Why one row is refused, before anyone knows where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) found: String,
}

impl Refusal {
    /// A refusal for what one member of the row holds.
    pub(crate) fn of(reason: Reason, member: &str, value: &str) -> Self {
        Self { reason, found: format!("{member} {value:?}") }
    }
}

/// The beginning of a text, short enough for a message.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(MAX_EXCERPT_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_counted_and_the_first_three_are_kept() {
        let mut skipped = Skipped::default();
        for line in 3..8 {
            skipped.add(&Refusal::of(Reason::Price, "prezzo", &"9".repeat(500)), "prices", line);
        }
        skipped.add(&Refusal::of(Reason::Time, "dtComu", ""), "prices", 9);
        assert_eq!((skipped.count(Reason::Price), skipped.count(Reason::Fields), skipped.total()), (5, 0, 6));
        let (reason, skips) = skipped.iter().next().unwrap();
        assert_eq!(reason, Reason::Price);
        assert_eq!(skips.examples.iter().map(|place| place.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(skips.examples[0].found.chars().count(), MAX_EXCERPT_CHARACTERS);
    }
}
