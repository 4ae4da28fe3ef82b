//! The lanes of a replay: each sends the rows of its stations one after the other, so that no
//! station's rows overtake each other, while all of them together keep the server busy.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use anyhow::Context as _;
use posto_client::{Call, ClientError, Pool};
use posto_market::{ImportedStation, Label, Position, Station, StationId, Timestamp};
use posto_wire::ErrorCode;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::super::limits::PATIENCE;
use super::super::now;
use super::super::send::Taken;
use super::Row;
use crate::explain::client_error;
use crate::language::Language;

/// Rows that wait in one lane.
const WAITING: usize = 4;

const CALL: Call<'static> = Call::within(PATIENCE);

/// What the server said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Played {
    pub changed: usize,
    pub ended: usize,
    pub unchanged: usize,
    /// Rows of stations that the server does not know.
    pub unknown: usize,
}

/// All lanes.
pub struct Lanes {
    entries: Vec<mpsc::Sender<Row>>,
    running: JoinSet<anyhow::Result<Played>>,
}

impl Lanes {
    pub fn start(pool: &Arc<Pool>, lanes: usize, taken: &Taken, language: Language) -> Self {
        let mut running = JoinSet::new();
        let entries = (0..lanes).map(|_| {
            let (entry, rows) = mpsc::channel(WAITING);
            let lane = Lane {
                pool: Arc::clone(pool),
                taken: taken.clone(),
                language,
                stations: HashMap::new(),
                played: Played::default(),
            };
            running.spawn(lane.run(rows));
            entry
        });
        Self { entries: entries.collect(), running }
    }

    /// Puts a row into its station's lane; `false` where that has ended.
    pub async fn send(&self, row: Row) -> bool {
        let mut hasher = DefaultHasher::new();
        row.station.hash(&mut hasher);
        let lanes = u64::try_from(self.entries.len()).unwrap_or(1).max(1);
        let lane = usize::try_from(hasher.finish() % lanes).unwrap_or(0);
        match self.entries.get(lane) {
            Some(entry) => entry.send(row).await.is_ok(),
            None => false,
        }
    }

    /// Waits until all is played.
    pub async fn finish(self) -> anyhow::Result<Played> {
        let Self { entries, mut running } = self;
        drop(entries);
        let mut all = Played::default();
        while let Some(ended) = running.join_next().await {
            let played = ended.context("a lane ended by a defect")??;
            all = Played {
                changed: all.changed + played.changed,
                ended: all.ended + played.ended,
                unchanged: all.unchanged + played.unchanged,
                unknown: all.unknown + played.unknown,
            };
        }
        Ok(all)
    }
}

struct Lane {
    pool: Arc<Pool>,
    taken: Taken,
    language: Language,
    /// What the server told of the stations met so far, and the time of the last row of each;
    /// `None` for one that it does not know.
    stations: HashMap<StationId, Option<(Station, Timestamp)>>,
    played: Played,
}

impl Lane {
    async fn run(mut self, mut rows: mpsc::Receiver<Row>) -> anyhow::Result<Played> {
        while let Some(row) = rows.recv().await {
            self.play(row).await.map_err(|error| client_error(error, self.language))?;
        }
        Ok(self.played)
    }

    async fn play(&mut self, row: Row) -> Result<(), ClientError> {
        let known = match self.stations.entry(row.station.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let station = station(&self.pool, row.station.clone()).await?;
                unknown.insert(station.map(|station| (station, Timestamp::from_millis(0))))
            }
        };
        let Some((station, last)) = known else {
            self.played.unknown += 1;
            return Ok(());
        };
        // Two rows within a millisecond: the second one is the later one all the same.
        *last = now().max(Timestamp::from_millis(last.millis().saturating_add(1)));
        let imported = self.pool.import(CALL, record(&row, station, *last)).await?;
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        self.played.changed += count(imported.prices_changed);
        self.played.ended += count(imported.prices_ended);
        self.played.unchanged += count(imported.prices_unchanged);
        self.taken.one_more();
        Ok(())
    }
}

/// As much of a station as says which one it is; `None` where the server does not know it.
async fn station(pool: &Pool, id: StationId) -> Result<Option<Station>, ClientError> {
    let told = match pool.station(CALL, id.clone()).await {
        Ok(told) => told.station,
        Err(ClientError::Refused(mistake)) if mistake.code == ErrorCode::PostoDesconhecido => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(position) = Position::from_degrees(told.lat, told.lon) else { return Ok(None) };
    let source = told.source.as_deref().and_then(Label::new);
    Ok(Some(Station { source, ..Station::at(id, position) }))
}

/// A row as a record that says it happened at this moment.
fn record(row: &Row, station: &Station, moment: Timestamp) -> ImportedStation {
    let mut record = ImportedStation::new(station.clone());
    for change in &row.changes {
        let one = change.record(station.clone());
        record.prices.extend(one.prices);
        record.ended.extend(one.ended);
    }
    record.prices.iter_mut().for_each(|price| price.quote.reported_at = Some(moment));
    record.ended.iter_mut().for_each(|end| end.at = moment);
    record
}
