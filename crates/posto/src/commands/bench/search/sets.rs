//! The markets that are searched: made-up ones of any size, and Italy's.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context as _;
use posto_feeds::italy;
use posto_market::synthetic::{self, Dice};
use posto_market::{Change, Fuel, Position, Price, Timestamp};

const SEED: u64 = 7;

/// Drivers ask up to so far from a station, in millionths of a degree: about 5 km.
const AROUND: u32 = 45_000;

/// One market.
pub struct Set {
    pub name: String,
    /// The moment it is looked at.
    pub now: Timestamp,
    source: Source,
}

enum Source {
    MadeUp(u32),
    Read { changes: Vec<Change>, positions: Vec<Position> },
}

impl Set {
    pub fn made_up(stations: u32) -> Self {
        Self { name: format!("made up, {stations}"), now: synthetic::NOW, source: Source::MadeUp(stations) }
    }

    /// Reads the register and prices of Italy.
    pub fn italy(directory: &Path) -> anyhow::Result<Self> {
        let open = |name: &str| {
            let path = directory.join(name);
            File::open(&path).map(BufReader::new).with_context(|| path.display().to_string())
        };
        let (register, prices) = (open("anagrafica_impianti_attivi.csv")?, open("prezzo_alle_8.csv")?);
        let (mut changes, mut positions) = (Vec::new(), Vec::new());
        italy::read(register, prices, Timestamp::from_millis(i64::MAX), |imported| {
            let station = imported.station.id.clone();
            positions.push(imported.station.position);
            changes.push(Change::Station(imported.station));
            let quotes = imported.prices.into_iter();
            changes.extend(quotes.map(|price| Change::Quote {
                station: station.clone(),
                fuel: price.fuel,
                quote: price.quote,
            }));
        })?;
        let times = changes.iter().filter_map(|change| match change {
            Change::Quote { quote, .. } => quote.reported_at,
            _ => None,
        });
        let now = times.max().context("no price has a time")?;
        Ok(Self { name: "Italy".to_owned(), now, source: Source::Read { changes, positions } })
    }

    /// What makes the market, one change after another.
    pub fn changes(&self) -> Box<dyn Iterator<Item = Change> + '_> {
        match &self.source {
            Source::MadeUp(stations) => Box::new(synthetic::market(u64::from(*stations), SEED)),
            Source::Read { changes, .. } => Box::new(changes.iter().cloned()),
        }
    }

    /// A place where somebody may ask.
    pub fn place(&self, dice: &mut Dice) -> Position {
        let Source::Read { positions, .. } = &self.source else { return synthetic::asking(dice) };
        let one = dice.below(u32::try_from(positions.len()).unwrap_or(u32::MAX));
        let station = usize::try_from(one).ok().and_then(|one| positions.get(one));
        let mut near = |microdegrees: i32| {
            microdegrees.saturating_add_unsigned(dice.below(2 * AROUND)).saturating_sub_unsigned(AROUND)
        };
        let place = station.and_then(|place| {
            Position::from_microdegrees(near(place.latitude_microdegrees()), near(place.longitude_microdegrees()))
        });
        place.unwrap_or_else(|| synthetic::asking(dice))
    }

    /// A new price at one of the stations.
    pub fn change(&self, dice: &mut Dice) -> Option<Change> {
        let changes = match &self.source {
            Source::MadeUp(stations) => return synthetic::change(dice, *stations),
            Source::Read { changes, .. } => changes,
        };
        let one = dice.below(u32::try_from(changes.len()).ok()?);
        match changes.get(usize::try_from(one).ok()?)?.clone() {
            Change::Quote { station, fuel, mut quote } => {
                quote.price = Price::from_thousandths(quote.price.thousandths() + dice.below(20))?;
                quote.reported_at = Some(self.now);
                Some(Change::Quote { station, fuel, quote })
            }
            _ => None,
        }
    }

    /// Where gasoline is sold, and for how many thousandths.
    pub fn gasoline(&self) -> Vec<(Position, u32)> {
        let mut place = None;
        let mut prices = Vec::new();
        for change in self.changes() {
            match change {
                Change::Station(station) => place = Some(station.position),
                Change::Quote { fuel: Fuel::Gasoline, quote, .. } => {
                    prices.extend(place.map(|place| (place, quote.price.thousandths())));
                }
                _ => {}
            }
        }
        prices
    }
}
