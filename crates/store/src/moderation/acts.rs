//! An operator's order carried out: in a batch of its own, whole or not at all.

use posto_market::{Act, Change, Fuel, ImportedPrice, Price, Quote, Standing, StationId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::{ActRefusal, Moderated, Moderation, audit, flags};
use crate::batch::Batch;
use crate::limits::{ACTS_REACH, MAX_WITHDRAWN};
use crate::outcome::Outcome;
use crate::rows::{self, AFTER_QUOTE, QUOTE_COLUMNS, ReportRow};

/// An order while it is carried out.
struct Work {
    /// Its number in the audit.
    number: i64,
    at: Timestamp,
    /// What is older counts only where all servers have it ([`reached`]).
    oldest: Timestamp,
    /// Who the rows come from that it writes.
    origin: String,
    done: Moderated,
}

/// A station by both its names.
struct Place<'a> {
    id: &'a StationId,
    number: i64,
}

/// The last row of a fuel at a station that counts: neither withdrawn nor standing in for another.
struct Counting {
    sequence: i64,
    quote: Quote,
    /// The row says that the price before it holds no more since then.
    ended: Option<Timestamp>,
    origin: String,
}

impl Batch<'_> {
    /// Carries out an order. What comes of a trial, or of an order that changes nothing, is rolled
    /// back, the audit too. Nothing may precede it in the batch.
    pub(crate) fn moderate(&mut self, order: &Moderation) -> Result<Outcome> {
        // From here on the index has all rows but those that the order itself writes.
        self.indexing.catch_up(self.rows)?;
        let before = (self.indexing.newest(), self.times.last());
        self.rows.execute_batch("SAVEPOINT act")?;
        let outcome = self.perform(order)?;
        if !matches!(&outcome, Outcome::Moderated(done) if done.changed && !done.dry_run) {
            self.rows.execute_batch("ROLLBACK TO act")?;
            self.pending.clear();
            self.changes.clear();
            self.indexing.note_report(before.0);
            self.times.set_last(before.1);
        }
        self.rows.execute_batch("RELEASE act")?;
        Ok(outcome)
    }

    fn perform(&mut self, order: &Moderation) -> Result<Outcome> {
        if let Some(refusal) = self.refusal(&order.act) {
            return Ok(refusal);
        }
        let at = self.times.take_now();
        let origin = order.operator.as_ref().map_or_else(|| "operator".to_owned(), |name| format!("operator {name}"));
        let number = audit::begin(self.rows, order, at)?;
        let done = Moderated { dry_run: order.dry_run, ..Moderated::default() };
        // A server alone reaches as far as its history.
        let oldest = self.position.map_or(Timestamp::from_millis(i64::MIN), |_| at.before(ACTS_REACH));
        let mut work = Work { number, at, oldest, origin, done };
        match &order.act {
            Act::End { station, fuel } => self.end(&mut work, station, *fuel)?,
            Act::Hide { station } => self.hide(&mut work, station, None)?,
            Act::Show { station } => self.show(&mut work, station)?,
            Act::Merge { from, into } => self.merge(&mut work, from, into)?,
            Act::Withdraw { origin, since } => {
                if !self.withdraw(&mut work, origin, *since)? {
                    return Ok(Outcome::ActRefused(ActRefusal::TooMany { most: MAX_WITHDRAWN }));
                }
            }
            Act::Dismiss { .. } => {}
        }
        work.done.flags = flags::settle(self.rows, &order.act, number)?;
        work.done.changed |= work.done.flags > 0;
        audit::finish(self.rows, number, &work.done)?;
        work.done.number = (work.done.changed && !order.dry_run).then_some(number);
        Ok(Outcome::Moderated(work.done))
    }

    fn refusal(&self, act: &Act) -> Option<Outcome> {
        let (one, other) = match act {
            Act::End { station, .. } | Act::Hide { station } | Act::Show { station } | Act::Dismiss { station } => {
                (Some(station), None)
            }
            Act::Merge { from, into } => (Some(from), Some(into)),
            Act::Withdraw { .. } => (None, None),
        };
        let unknown = one.into_iter().chain(other).find(|id| self.book.in_sight_or_not(id).is_none());
        if let Some(unknown) = unknown {
            return Some(Outcome::UnknownStation(unknown.clone()));
        }
        if one == other && one.is_some() {
            return Some(Outcome::ActRefused(ActRefusal::IntoItself));
        }
        let out_of_sight = other.filter(|into| self.book.standing(into) != Standing::Open)?;
        Some(Outcome::ActRefused(ActRefusal::OutOfSight(out_of_sight.clone())))
    }

    /// A real end, as a feed tells one: what is reported later begins anew.
    fn end(&mut self, work: &mut Work, station: &StationId, fuel: Fuel) -> Result<()> {
        let Some(quote) = self.view().quote(station, fuel) else { return Ok(()) };
        let ended = Some(quote.reported_at.map_or(work.at, |reported_at| reported_at.max(work.at)));
        let (recorded_at, origin) = (work.at, work.origin.as_str());
        self.put_price(&ReportRow { station, fuel, quote: &quote, ended, recorded_at, origin })?;
        work.done.ended += 1;
        work.done.changed = true;
        Ok(())
    }

    fn hide(&mut self, work: &mut Work, station: &StationId, into: Option<&StationId>) -> Result<()> {
        let wanted = into.map_or(Standing::Hidden, |into| Standing::MergedInto(into.clone()));
        work.done.changed = self.book.standing(station) != wanted;
        self.pending.push(Change::Hide { station: station.clone(), into: into.cloned() });
        self.settle_all(work, station, false)
    }

    fn show(&mut self, work: &mut Work, station: &StationId) -> Result<()> {
        if self.book.standing(station) == Standing::Open {
            return Ok(());
        }
        work.done.changed = true;
        self.pending.push(Change::Show { station: station.clone() });
        self.settle_all(work, station, true)
    }

    /// The other station takes over what is newer than its own; then this one disappears.
    fn merge(&mut self, work: &mut Work, from: &StationId, into: &StationId) -> Result<()> {
        let number = rows::station_number(self.rows, from)?;
        for fuel in Fuel::ALL {
            let Some(quote) = self.view().quote(from, fuel) else { continue };
            let price = ImportedPrice { fuel, quote: Quote { coordinates: None, ..quote } };
            if !self.view().is_news(into, &price) {
                continue;
            }
            let origin = last_counting(self.rows, (number, fuel), work.oldest)?
                .map_or_else(|| work.origin.clone(), |row| row.origin);
            let (recorded_at, origin) = (work.at, origin.as_str());
            let quote = &price.quote;
            self.put_price(&ReportRow { station: into, fuel, quote, ended: None, recorded_at, origin })?;
            work.done.moved += 1;
        }
        self.hide(work, from, Some(into))
    }

    /// Whether it was few enough.
    fn withdraw(&mut self, work: &mut Work, origin: &str, since: Timestamp) -> Result<bool> {
        let first = first_since(self.rows, since)?;
        let most = i64::try_from(MAX_WITHDRAWN).unwrap_or(i64::MAX);
        let sql = format!(
            "INSERT INTO withdrawn (report, act)
             SELECT sequence, ?1 FROM reports WHERE sequence >= ?2 AND recorded_at >= ?3 AND {OF_ORIGIN}
             AND {}
             AND NOT EXISTS (SELECT 1 FROM withdrawn AS earlier WHERE earlier.report = sequence)
             AND NOT EXISTS (SELECT 1 FROM stand_ins WHERE stand_ins.report = sequence)
             ORDER BY sequence LIMIT ?5 + 1",
            reached("?6")
        );
        let parameters = params![work.number, first, since.millis(), origin, most, work.oldest.millis()];
        let withdrawn = self.rows.prepare(&sql)?.execute(parameters)?;
        work.done.withdrawn = u64::try_from(withdrawn).unwrap_or(u64::MAX);
        work.done.changed = withdrawn > 0;
        if withdrawn > MAX_WITHDRAWN {
            return Ok(false);
        }
        for (station, number, fuel) in touched(self.rows, work.number)? {
            let in_sight = self.book.standing(&station) == Standing::Open;
            self.settle(work, &Place { id: &station, number }, fuel, in_sight)?;
        }
        Ok(true)
    }

    fn settle_all(&mut self, work: &mut Work, station: &StationId, in_sight: bool) -> Result<()> {
        let place = Place { id: station, number: rows::station_number(self.rows, station)? };
        Fuel::ALL.into_iter().try_for_each(|fuel| self.settle(work, &place, fuel, in_sight))
    }

    /// Makes the last row of a fuel at a station say what counts, by one that stands in for it.
    fn settle(&mut self, work: &mut Work, place: &Place<'_>, fuel: Fuel, in_sight: bool) -> Result<()> {
        let held = self.view().quote(place.id, fuel);
        let counting = last_counting(self.rows, (place.number, fuel), work.oldest)?;
        let repeats = counting.as_ref().map(|row| row.sequence);
        let (quote, ended) = match (counting, &held) {
            (Some(row), _) if in_sight => {
                let is_told = match row.ended {
                    None => held.as_ref() == Some(&row.quote),
                    Some(ended) => held.is_none() && self.view().ended(place.id, fuel) == Some(ended),
                };
                if is_told {
                    return Ok(());
                }
                (row.quote, row.ended)
            }
            (_, None) => return Ok(()),
            (None, Some(held)) if in_sight => {
                (held.clone(), Some(first_withdrawn(self.rows, (place.number, fuel), work.oldest)?.unwrap_or(work.at)))
            }
            (_, Some(held)) => (held.clone(), Some(held.reported_at.map_or(work.at, |at| at.max(work.at)))),
        };
        let (recorded_at, origin) = (work.at, work.origin.as_str());
        let row = ReportRow { station: place.id, fuel, quote: &quote, ended, recorded_at, origin };
        let sequence = self.put_price(&row)?;
        audit::note_stand_in(self.rows, sequence, repeats, work.number)?;
        match ended {
            None => work.done.restored += 1,
            Some(_) if held.is_some() => work.done.ended += 1,
            Some(_) => {}
        }
        Ok(())
    }
}

/// Whether a row comes from origin `?4`: the very text, or the text with a port behind it.
pub(super) const OF_ORIGIN: &str = "(origin = ?4 OR (substr(origin, 1, length(?4) + 1) = ?4 || ':'
    AND length(origin) > length(?4) + 1 AND ltrim(substr(origin, length(?4) + 2), '0123456789') = ''))";

/// The first place of the history that was recorded then or later, found by halving: rows stand in the
/// order of that time.
pub(super) fn first_since(connection: &Connection, since: Timestamp) -> Result<i64> {
    let (mut low, mut high): (i64, i64) = connection.query_row(
        "SELECT coalesce(min(sequence), 1), coalesce(max(sequence), 0) + 1 FROM reports",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let next = "SELECT sequence, recorded_at FROM reports WHERE sequence >= ?1 ORDER BY sequence LIMIT 1";
    let mut next = connection.prepare_cached(next)?;
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(i64, i64)> = next.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((sequence, at)) if at < since.millis() => low = sequence + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// Of which fuels at which stations an order withdrew prices.
fn touched(connection: &Connection, act: i64) -> Result<Vec<(StationId, i64, Fuel)>> {
    let sql = "SELECT DISTINCT stations.id, stations.number, reports.fuel
               FROM withdrawn CROSS JOIN reports ON sequence = withdrawn.report JOIN stations ON number = station
               WHERE withdrawn.act = ?1 ORDER BY stations.number, reports.fuel";
    let mut statement = connection.prepare(sql)?;
    let touched =
        statement.query_map([act], |row| Ok((rows::station_id(row, 0)?, row.get(1)?, rows::fuel(row, 2)?)))?;
    touched.collect()
}

/// Whether a row of the history is there at every server of a replicated log, however short each keeps
/// it: it is not older than the parameter, or the last of its fuel at its station, or one of these stands
/// in for it. These are the rows that are never forgotten (`retention.rs`).
fn reached(oldest: &str) -> String {
    let stays = |row: &str| {
        format!(
            "({row}.recorded_at >= {oldest} OR NOT EXISTS (
                 SELECT 1 FROM reports_by_station AS newer WHERE newer.station = {row}.station
                 AND newer.fuel = {row}.fuel AND newer.report > {row}.sequence))"
        )
    };
    format!(
        "({} OR EXISTS (SELECT 1 FROM stand_ins AS later JOIN reports AS told ON told.sequence = later.report
                        WHERE later.repeats = reports.sequence AND {}))",
        stays("reports"),
        stays("told")
    )
}

fn last_counting(connection: &Connection, (station, fuel): (i64, Fuel), oldest: Timestamp) -> Result<Option<Counting>> {
    let sql = format!(
        "SELECT {QUOTE_COLUMNS}, sequence, origin
         FROM reports_by_station AS entry CROSS JOIN reports ON sequence = entry.report
         WHERE entry.station = ?1 AND entry.fuel = ?2
         AND NOT EXISTS (SELECT 1 FROM withdrawn WHERE withdrawn.report = sequence)
         AND NOT EXISTS (SELECT 1 FROM stand_ins WHERE stand_ins.report = sequence)
         AND {}
         ORDER BY entry.report DESC LIMIT 1",
        reached("?3")
    );
    let read = |row: &rusqlite::Row<'_>| {
        let said = rows::said(row)?;
        let ended = if said.price.is_none() { said.at } else { None };
        let price = said.price.unwrap_or(Price::MIN);
        let (sequence, origin) = (row.get(AFTER_QUOTE)?, row.get(AFTER_QUOTE + 1)?);
        Ok(Counting { sequence, ended, quote: said.quote(row, price)?, origin })
    };
    connection.prepare_cached(&sql)?.query_row(params![station, fuel.code(), oldest.millis()], read).optional()
}

/// When the first withdrawn price of a fuel at a station was reported, else recorded.
fn first_withdrawn(
    connection: &Connection,
    (station, fuel): (i64, Fuel),
    oldest: Timestamp,
) -> Result<Option<Timestamp>> {
    let sql = format!(
        "SELECT coalesce(reported_at, recorded_at)
         FROM reports_by_station AS entry CROSS JOIN reports ON sequence = entry.report
         WHERE entry.station = ?1 AND entry.fuel = ?2
         AND EXISTS (SELECT 1 FROM withdrawn WHERE withdrawn.report = sequence)
         AND {}
         ORDER BY entry.report LIMIT 1",
        reached("?3")
    );
    let values = params![station, fuel.code(), oldest.millis()];
    let at = connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(at.map(Timestamp::from_millis))
}
