//! Records sent side by side through a pool of sessions, with a progress bar.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use posto_client::{Call, ClientError, Pool, PoolOptions};
use posto_market::ImportedStation;
use posto_wire::answer::Imported;
use tokio::task::JoinSet;

use crate::explain::client_error;
use crate::language::Language;

/// Records in the air at once: as many as the journal takes into one transaction with its
/// neighbours, and few enough for one host.
const SESSIONS: usize = 64;

/// How long one record may take, a server restart included.
const PATIENCE: Duration = Duration::from_secs(15);

/// What an import did.
#[derive(Debug, Default)]
pub struct Totals {
    /// Whether anything was sent at all.
    pub sent: bool,
    pub took: Duration,
    pub stations: usize,
    pub new_stations: usize,
    pub changed_stations: usize,
    pub prices_changed: usize,
    pub prices_unchanged: usize,
}

/// Sends records; made without a server, it only counts them.
pub struct Sender {
    pool: Option<Arc<Pool>>,
    in_the_air: JoinSet<Result<Imported, ClientError>>,
    totals: Totals,
    bar: ProgressBar,
    language: Language,
    started: Instant,
}

impl Sender {
    pub fn new(server: Option<String>, language: Language) -> Self {
        let pool = server.map(|server| Arc::new(Pool::new(PoolOptions::new(server))));
        let what = language.pick("postos", "stations");
        let style = ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {what} {{eta}}"));
        let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let totals = Totals { sent: pool.is_some(), ..Totals::default() };
        Self { pool, in_the_air: JoinSet::new(), totals, bar, language, started: Instant::now() }
    }

    /// How many records are to come, about.
    pub fn expect(&self, records: usize) {
        self.bar.set_length(u64::try_from(records).unwrap_or(u64::MAX));
    }

    /// Sends a record as soon as there is room for it.
    pub async fn send(&mut self, record: ImportedStation) -> anyhow::Result<()> {
        self.totals.stations += 1;
        self.bar.inc(1);
        let Some(pool) = self.pool.clone() else { return Ok(()) };
        if self.in_the_air.len() >= SESSIONS {
            self.conclude_one().await?;
        }
        self.in_the_air.spawn(async move {
            let call = Call::within(PATIENCE);
            pool.import(call, record).await
        });
        Ok(())
    }

    /// Waits for what is in the air.
    pub async fn finish(mut self) -> anyhow::Result<Totals> {
        while !self.in_the_air.is_empty() {
            self.conclude_one().await?;
        }
        if let Some(pool) = &self.pool {
            pool.close().await;
        }
        self.bar.finish_and_clear();
        self.totals.took = self.started.elapsed();
        Ok(self.totals)
    }

    async fn conclude_one(&mut self) -> anyhow::Result<()> {
        let Some(ended) = self.in_the_air.join_next().await else { return Ok(()) };
        let imported =
            ended.context("a sender ended by a defect")?.map_err(|error| client_error(error, self.language))?;
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        self.totals.new_stations += usize::from(imported.new_station);
        self.totals.changed_stations += usize::from(imported.changed_station);
        self.totals.prices_changed += count(imported.prices_changed);
        self.totals.prices_unchanged += count(imported.prices_unchanged);
        Ok(())
    }
}
