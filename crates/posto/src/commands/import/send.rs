//! Records sent side by side through a pool of sessions, with a progress bar.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use posto_client::{Call, ClientError, Pool};
use posto_market::{ImportedStation, StationId};
use posto_wire::ErrorCode;
use posto_wire::answer::Imported;
use tokio::task::JoinSet;

use super::limits::{PATIENCE, SESSIONS};
use crate::explain::client_error;
use crate::language::Language;

/// Refused records that are told one by one; the others are only counted.
const TOLD_REFUSALS: usize = 3;

/// What an import did.
#[derive(Debug, Default)]
pub struct Totals {
    pub took: Duration,
    pub stations: usize,
    pub new_stations: usize,
    pub changed_stations: usize,
    pub unchanged_stations: usize,
    /// Stations that an operator hid: nothing of them counts.
    pub hidden_stations: usize,
    pub prices_changed: usize,
    pub prices_ended: usize,
    pub prices_unchanged: usize,
    /// Records that the server would not take, the first few with its words.
    pub refused: usize,
    pub refusals: Vec<String>,
}

/// How many records the server has taken: told where an import does not come to its end.
#[derive(Debug, Clone, Default)]
pub struct Taken(Arc<AtomicUsize>);

impl Taken {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The count as the end of a message.
    pub fn told(&self, language: Language) -> String {
        let count = self.count();
        let (pt, en) = match count {
            0 => ("nada tinha sido enviado".to_owned(), "nothing had been sent".to_owned()),
            1 => ("1 posto já tinha sido enviado".to_owned(), "1 station had been sent already".to_owned()),
            _ => (format!("{count} postos já tinham sido enviados"), format!("{count} stations had been sent already")),
        };
        language.choose(pt, en)
    }
}

/// Sends records; made without a pool, it only counts them.
pub struct Sender {
    pool: Option<Arc<Pool>>,
    in_the_air: JoinSet<(StationId, Result<Imported, ClientError>)>,
    totals: Totals,
    taken: Taken,
    language: Language,
    started: Instant,
}

impl Sender {
    pub fn new(pool: Option<Arc<Pool>>, taken: Taken, language: Language) -> Self {
        let (in_the_air, totals) = (JoinSet::new(), Totals::default());
        Self { pool, in_the_air, totals, taken, language, started: Instant::now() }
    }

    /// Sends a record as soon as there is room for it.
    pub async fn send(&mut self, record: ImportedStation) -> anyhow::Result<()> {
        self.totals.stations += 1;
        let Some(pool) = self.pool.clone() else { return Ok(()) };
        if self.in_the_air.len() >= SESSIONS {
            self.conclude_one().await?;
        }
        self.in_the_air.spawn(async move {
            let call = Call::within(PATIENCE);
            (record.station.id.clone(), pool.import(call, record).await)
        });
        Ok(())
    }

    /// Waits for what is in the air.
    pub async fn finish(mut self) -> anyhow::Result<Totals> {
        while !self.in_the_air.is_empty() {
            self.conclude_one().await?;
        }
        self.totals.took = self.started.elapsed();
        Ok(self.totals)
    }

    async fn conclude_one(&mut self) -> anyhow::Result<()> {
        let Some(ended) = self.in_the_air.join_next().await else { return Ok(()) };
        let (id, outcome) = ended.context("a sender ended by a defect")?;
        match outcome {
            Ok(imported) => self.count(imported),
            Err(error) if is_the_records_own(&error) => {
                self.totals.refused += 1;
                if self.totals.refusals.len() < TOLD_REFUSALS {
                    self.totals.refusals.push(format!("{id}: {}", client_error(error, self.language)));
                }
            }
            Err(error) => return Err(client_error(error, self.language)),
        }
        Ok(())
    }

    fn count(&mut self, imported: Imported) {
        self.taken.one_more();
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let totals = &mut self.totals;
        totals.hidden_stations += usize::from(imported.hidden);
        totals.new_stations += usize::from(imported.new_station);
        totals.changed_stations += usize::from(imported.changed_station);
        totals.unchanged_stations +=
            usize::from(!imported.new_station && !imported.changed_station && !imported.hidden);
        totals.prices_changed += count(imported.prices_changed);
        totals.prices_ended += count(imported.prices_ended);
        totals.prices_unchanged += count(imported.prices_unchanged);
    }
}

/// Whether the server refused this record for what it says, and may take the next one.
pub fn is_the_records_own(error: &ClientError) -> bool {
    match error {
        ClientError::Refused(mistake) => matches!(
            mistake.code,
            ErrorCode::ParametroInvalido | ErrorCode::ParametroVazio | ErrorCode::CoordenadasInvalidas
        ),
        ClientError::TooLarge { .. } => true,
        _ => false,
    }
}

/// A bar of bytes; it is drawn on standard error, and only where that is a terminal.
pub fn bar(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {msg} {eta}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_message(what)
}
