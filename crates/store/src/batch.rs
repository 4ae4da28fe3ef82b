//! One batch: each entry is decided over the book and over what precedes it in the batch, and its
//! rows go into the open transaction.

use std::sync::Arc;

use posto_market::{
    Book, Change, Currency, Identity, ImportedStation, Pending, Quote, Standing, Station, StationWish, Timestamp, View,
};
use rusqlite::{Connection, Result};

use crate::claims;
use crate::entry::{Entry, Report};
use crate::id::ReportId;
use crate::indexing::Indexing;
use crate::moderation::{Flag, flags};
use crate::options::SeedRecord;
use crate::origin::Origin;
use crate::outcome::{Outcome, Reported};
use crate::queue::Slot;
use crate::rows::{self, ReportRow};
use crate::seen;
use crate::tail::PriceChange;
use crate::times::Times;
use crate::vouched;

/// The batch being decided.
pub(crate) struct Batch<'a> {
    /// The open transaction.
    pub(crate) rows: &'a Connection,
    /// What is durable.
    pub(crate) book: &'a Book,
    /// What is decided over it; applied to the book once it is durable.
    pub(crate) pending: &'a mut Pending,
    /// The prices among it, in their order.
    pub(crate) changes: &'a mut Vec<PriceChange>,
    pub(crate) times: &'a mut Times,
    pub(crate) indexing: &'a mut Indexing,
    pub(crate) default_currency: Currency,
    /// Where a replicated log has the entry; `None`: none orders them.
    pub(crate) position: Option<u64>,
}

/// The station that a report is counted for.
struct Place {
    station: Arc<Station>,
    new: bool,
    /// New, or more is known about it than before.
    changed: bool,
}

impl Batch<'_> {
    /// Executes one entry. After an error the batch must be rolled back.
    pub(crate) fn execute(&mut self, entry: &Entry) -> Result<Outcome> {
        match entry {
            Entry::Report(report) => {
                let outcome = self.report_once(report)?;
                Ok(self.at_position(outcome))
            }
            Entry::Import(record, origin) => self.import(record, origin),
            Entry::Flag(flag) => self.flag(flag),
            Entry::Moderate(order) => self.moderate(order),
            Entry::Seed(records) => {
                records.iter().try_for_each(|record| self.seed(record))?;
                Ok(Outcome::Seeded)
            }
        }
    }

    /// What is executed from here on is at this place of a replicated log, and happens when the log says.
    pub(crate) fn take(&mut self, slot: &Slot, now: Timestamp) {
        self.times.tell(now);
        self.default_currency = slot.default_currency;
        self.position = Some(slot.position);
    }

    /// Forgets outdated ids, some.
    pub(crate) fn forget_ids(&mut self) -> Result<()> {
        seen::forget(self.rows, self.indexing, self.times.now())
    }

    /// Who follows a replicated log counts by its places, others by the rows of the history.
    fn at_position(&self, outcome: Outcome) -> Outcome {
        match (outcome, self.position) {
            (Outcome::Reported(reported), Some(position)) => Outcome::Reported(Reported { position, ..reported }),
            (outcome, _) => outcome,
        }
    }

    /// A price of unknown age that a new directory starts with. A wish for an exact place is never
    /// refused.
    pub(crate) fn seed(&mut self, record: &SeedRecord) -> Result<()> {
        let wish = StationWish {
            fuel: record.fuel,
            position: record.position,
            station: None,
            radius_km: 0.0,
            new: false,
            name: record.name.clone(),
            brand: None,
        };
        if let Ok(place) = self.place(&wish) {
            let quote = Quote {
                price: record.price,
                currency: self.default_currency,
                unit: record.fuel.default_unit(),
                reported_at: None,
                coordinates: own_coordinates(&place.station, &wish, Some(&record.coordinates)),
            };
            let (recorded_at, origin) = (self.times.take_now(), Origin::Seed.to_string());
            self.put_place(&place)?;
            let (station, fuel) = (&place.station.id, record.fuel);
            self.put_price(&ReportRow { station, fuel, quote: &quote, ended: None, recorded_at, origin: &origin })?;
        }
        Ok(())
    }

    fn report_once(&mut self, report: &Report) -> Result<Outcome> {
        let Some(id) = &report.id else { return Ok(self.report(report)?.0) };
        if let Some(outcome) = seen::recall(self.rows, self.indexing, id, self.times.now())? {
            return Ok(outcome);
        }
        let (outcome, sequence) = self.report(report)?;
        self.remember(id, &outcome, sequence)?;
        Ok(outcome)
    }

    /// Only what was written is remembered: a refusal can be made good under the same id.
    fn remember(&mut self, id: &ReportId, outcome: &Outcome, sequence: Option<i64>) -> Result<()> {
        match (outcome, sequence) {
            (Outcome::Reported(reported), Some(sequence)) => {
                seen::remember(self.rows, self.indexing, id, (sequence, reported))
            }
            _ => Ok(()),
        }
    }

    /// The outcome and, where the report was written, its place in the history.
    fn report(&mut self, report: &Report) -> Result<(Outcome, Option<i64>)> {
        let place = match self.place(&report.wish) {
            Ok(place) => place,
            Err(refusal) => return Ok((refusal, None)),
        };
        let (fuel, station) = (report.wish.fuel, &place.station);
        let replaced = self.view().quote(&station.id, fuel);
        if !self.is_believed(report, &place)? {
            let distance_km = report.wish.position.distance_km(station.position);
            return Ok((Outcome::Unconfirmed(place.station, distance_km), None));
        }
        let (currency, unit) = self.view().money(station, fuel, self.default_currency);
        let at = self.times.take_next();
        let quote = Quote {
            price: report.price,
            currency: report.currency.unwrap_or(currency),
            unit,
            reported_at: Some(at),
            coordinates: own_coordinates(station, &report.wish, report.coordinates.as_deref()),
        };
        let mut reported = Reported {
            station: station.id.clone(),
            new_station: place.new,
            first_price: replaced.is_none(),
            replaced: replaced.map(|quote| quote.price),
            price: quote.price,
            currency: quote.currency,
            unit: quote.unit,
            at,
            position: 0,
        };
        let origin = report.origin.to_string();
        self.put_place(&place)?;
        let station = &place.station.id;
        let sequence =
            self.put_price(&ReportRow { station, fuel, quote: &quote, ended: None, recorded_at: at, origin: &origin })?;
        reported.position = u64::try_from(sequence).unwrap_or(0);
        Ok((Outcome::Reported(reported), Some(sequence)))
    }

    /// Whether the report may be written: nobody vouches for its reporter, and it says something else
    /// than a fresh price of somebody for whom somebody does, needs a second reporter who agrees.
    fn is_believed(&mut self, report: &Report, place: &Place) -> Result<bool> {
        let Some(witness) = report.witness.as_deref().filter(|_| !place.new) else { return Ok(true) };
        let (station, fuel, now) = (&place.station.id, report.wish.fuel, self.times.now());
        if self.view().quote(station, fuel).is_some_and(|quote| quote.price == report.price) {
            return Ok(true);
        }
        match vouched::since(self.rows, self.indexing, (station, fuel), now)? {
            None => Ok(true),
            Some(since) => claims::is_second(self.rows, (station, fuel), (witness, report.price), (since, now)),
        }
    }

    fn import(&mut self, record: &ImportedStation, origin: &Origin) -> Result<Outcome> {
        let (changes, effect) = self.view().import(record);
        let origin = origin.to_string();
        for change in changes {
            match change {
                Change::Station(station) => self.put_station(&station)?,
                Change::Quote { station, fuel, quote } => {
                    let recorded_at = self.times.take_now();
                    let (ended, origin) = (None, origin.as_str());
                    self.put_price(&ReportRow { station: &station, fuel, quote: &quote, ended, recorded_at, origin })?;
                }
                // An import takes nothing out of sight.
                Change::Hide { .. } | Change::Show { .. } => {}
                Change::End { station, fuel, at } => {
                    // What the book does not hold does not end.
                    let Some(quote) = self.view().quote(&station, fuel) else { continue };
                    let (ended, recorded_at, origin) = (Some(at), self.times.take_now(), origin.as_str());
                    self.put_price(&ReportRow { station: &station, fuel, quote: &quote, ended, recorded_at, origin })?;
                }
            }
        }
        Ok(Outcome::Imported(effect))
    }

    /// What a user points out about a station changes nothing by itself.
    fn flag(&mut self, flag: &Flag) -> Result<Outcome> {
        let station = match self.book.standing(&flag.station) {
            Standing::Open => flag.station.clone(),
            Standing::MergedInto(other) => other,
            Standing::Hidden => return Ok(Outcome::UnknownStation(flag.station.clone())),
        };
        if self.view().station(&station).is_none() {
            return Ok(Outcome::UnknownStation(station));
        }
        let at = self.times.now();
        Ok(Outcome::Flagged { counted: flags::put(self.rows, flag, &station, at)? })
    }

    /// The station that a wish means, or why there is none.
    fn place(&self, wish: &StationWish) -> std::result::Result<Place, Outcome> {
        match self.view().identify(wish) {
            Identity::New(station) => Ok(Place { station: Arc::new(station), new: true, changed: true }),
            Identity::Known { changed: Some(station), .. } => {
                Ok(Place { station: Arc::new(station), new: false, changed: true })
            }
            Identity::Known { id, changed: None } => {
                let station = self.view().station(&id).ok_or(Outcome::UnknownStation(id))?;
                Ok(Place { station, new: false, changed: false })
            }
            Identity::Ambiguous(candidates) => Err(Outcome::Ambiguous(candidates)),
            Identity::Unknown(id) => Err(Outcome::UnknownStation(id)),
            Identity::Hidden(id) => Err(Outcome::HiddenStation(id)),
        }
    }

    fn put_place(&mut self, place: &Place) -> Result<()> {
        if place.changed { self.put_station(&place.station) } else { Ok(()) }
    }

    fn put_station(&mut self, station: &Station) -> Result<()> {
        rows::put_station(self.rows, station)?;
        self.pending.push(Change::Station(station.clone()));
        Ok(())
    }

    /// Writes a price, or the end of one; its place in the history.
    pub(crate) fn put_price(&mut self, row: &ReportRow<'_>) -> Result<i64> {
        let sequence = rows::put_report(self.rows, row)?;
        self.indexing.note_report(sequence);
        self.changes.push(PriceChange::of(row, sequence));
        let (station, fuel) = (row.station.clone(), row.fuel);
        self.pending.push(match row.ended {
            None => Change::Quote { station, fuel, quote: row.quote.clone() },
            Some(at) => Change::End { station, fuel, at },
        });
        Ok(sequence)
    }

    pub(crate) fn view(&self) -> View<'_> {
        View { book: self.book, pending: self.pending }
    }
}

/// The coordinates as written, where they mean the station's own position and the station's own
/// form of it says something else.
fn own_coordinates(station: &Station, wish: &StationWish, written: Option<&str>) -> Option<Arc<str>> {
    let is_own = || wish.position.distance_km(station.position) <= 0.0;
    written.filter(|written| **written != station.position.to_string() && is_own()).map(Arc::from)
}
