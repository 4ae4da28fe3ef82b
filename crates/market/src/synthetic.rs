//! Made-up markets for measurements: any number of stations, clustered as the Italian register has
//! them (two thirds in towns, the rest along roads), the same for the same seed.

use std::time::Duration;

use crate::change::Change;
use crate::fuel::Fuel;
use crate::position::Position;
use crate::price::{Currency, Price};
use crate::station::{Quote, Station, StationId};
use crate::time::Timestamp;

/// The three fuels that every made-up station sells.
pub const FUELS: [Fuel; 3] = [Fuel::Diesel, Fuel::Gasoline, Fuel::Lpg];

/// The moment at which a made-up market is looked at.
pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// One town for so many stations: Italy has some 22,000 stations in some 2,000 places of note.
const STATIONS_PER_TOWN: u64 = 11;

/// In a thousand prices so many are dead: dirt cheap and years old, as in the Italian register.
const DEAD_IN_THOUSAND: u64 = 10;

/// A seeded source of numbers: SplitMix64 (Steele, Lea, Flood, 2014).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The same numbers for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`, which is above 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.roll() % u64::from(bound.max(1))).unwrap_or(0)
    }

    /// Around 0, most within `spread` of it: the sum of three dice.
    fn around(&mut self, spread: i32) -> i32 {
        let side = u32::try_from(spread).unwrap_or(1);
        (0..3).map(|_| i32::try_from(self.below(side)).unwrap_or(0)).sum::<i32>() - spread * 3 / 2
    }
}

/// The changes that make a market of so many stations, each with its prices after it.
pub fn market(stations: u64, seed: u64) -> impl Iterator<Item = Change> {
    let mut dice = Dice::new(seed);
    let towns: Vec<_> = (0..(stations / STATIONS_PER_TOWN).max(1)).map(|_| anywhere(&mut dice)).collect();
    (0..stations).flat_map(move |number| {
        let position = if dice.below(3) == 0 { anywhere(&mut dice) } else { in_town(&mut dice, &towns) };
        let Some(id) = StationId::parse(&format!("it-{number}")) else { unreachable!("such an id is short and plain") };
        let quotes = FUELS.map(|fuel| Change::Quote { station: id.clone(), fuel, quote: quote(&mut dice, fuel) });
        let station = Change::Station(Station::at(id.clone(), position));
        std::iter::once(station).chain(quotes)
    })
}

/// A new price, of the last hour, at one of so many stations.
pub fn change(dice: &mut Dice, stations: u32) -> Option<Change> {
    let station = StationId::parse(&format!("it-{}", dice.below(stations)))?;
    let fuel = FUELS[crate::number::index(dice.below(3))];
    let age = Duration::from_millis(u64::from(dice.below(3_600_000)));
    Some(Change::Quote { station, fuel, quote: Quote { reported_at: Some(NOW.before(age)), ..quote(dice, fuel) } })
}

/// Somewhere a driver may ask: near where stations are, mostly.
pub fn asking(dice: &mut Dice) -> Position {
    anywhere(dice)
}

/// Within Italy's outline, roughly: a slanted band from the Alps to Sicily.
fn anywhere(dice: &mut Dice) -> Position {
    let south = i32::try_from(dice.below(9_500_000)).unwrap_or(0);
    let latitude = 37_000_000 + south;
    let longitude = 16_500_000 - south / 10 * 9 + dice.around(1_300_000);
    let Some(position) = Position::from_microdegrees(latitude, longitude) else { unreachable!("Italy is on Earth") };
    position
}

fn in_town(dice: &mut Dice, towns: &[Position]) -> Position {
    // The square of a die makes few towns large and many small.
    let die = dice.roll() % 1_000;
    let town = towns[crate::number::place(die * die * crate::number::long(towns.len()) / 1_000_000)];
    let latitude = town.latitude_microdegrees() + dice.around(25_000);
    Position::from_microdegrees(latitude, town.longitude_microdegrees() + dice.around(35_000)).unwrap_or(town)
}

fn quote(dice: &mut Dice, fuel: Fuel) -> Quote {
    let usual = match fuel {
        Fuel::Lpg => 700,
        Fuel::Diesel => 1_600,
        _ => 1_750,
    };
    let dead = dice.roll() % 1_000 < DEAD_IN_THOUSAND;
    let thousandths =
        if dead { usual / 2 + dice.below(300) } else { usual + dice.below(60) + dice.below(60) + dice.below(60) };
    let days = if dead { 400 + dice.below(1_000) } else { dice.below(8) };
    let age = Duration::from_millis(u64::from(days) * 86_400_000 + u64::from(dice.below(86_400_000)));
    Quote {
        price: Price::from_thousandths(thousandths).unwrap_or(Price::MIN),
        currency: Currency::EUR,
        unit: fuel.default_unit(),
        reported_at: Some(NOW.before(age)),
        coordinates: None,
    }
}
