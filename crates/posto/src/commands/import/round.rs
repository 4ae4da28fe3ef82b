//! One import from beginning to end.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use posto_client::{Call, Pool, PoolOptions};
use posto_feeds::{Feed, Terms};
use posto_market::{ImportedStation, Station};
use posto_wire::answer::ServerTime;
use tokio::sync::mpsc;

use super::enrich::enrich;
use super::files::{self, Files};
use super::limits::{ASK_PATIENCE, SESSIONS};
use super::reading::{self, Job, Told};
use super::samples::Samples;
use super::send::{Sender, Taken, Totals, bar};
use super::{ImportArguments, now, replay, told};
use crate::explain::client_error;
use crate::language::Language;

/// What all rounds share.
pub struct Import {
    pub arguments: ImportArguments,
    pub feed: &'static Feed,
    pub language: Language,
    /// `None` for a dry run.
    pool: Option<Arc<Pool>>,
    pub taken: Taken,
}

impl Import {
    /// # Errors
    /// What is wrong with the key file.
    pub fn new(arguments: ImportArguments, feed: &'static Feed) -> anyhow::Result<Self> {
        let options = arguments.session.pool_options(&arguments.server)?;
        let options = PoolOptions { sessions: SESSIONS, ..options };
        let pool = (!arguments.dry_run).then(|| Arc::new(Pool::new(options)));
        Ok(Self { language: arguments.language(), arguments, feed, pool, taken: Taken::default() })
    }

    /// Imports once, then plays the log of changes, if there is one.
    pub async fn round(&self) -> anyhow::Result<ExitCode> {
        let before = self.server().await?;
        let samples = Samples::look(self.pool.as_deref(), before.as_ref(), self.language).await?;
        let book = before.as_ref().map(|before| before.book.as_str());
        let files = files::get(&self.arguments, self.feed, book).await?;
        let mut code = ExitCode::SUCCESS;
        // What fills in blanks has to know all stations.
        if files.taken && self.arguments.enrich.is_none() {
            say!("{}", self.language.pick("nada mudou desde a última importação", "unchanged since the last import"));
        } else if !files.paths.is_empty() || self.arguments.changes.is_none() {
            code = self.import(&files).await?;
            if let Some(book) = book {
                files::note_taken(&files, book)?;
            }
        }
        if let Some(pool) = &self.pool {
            samples.offer(pool, &self.arguments).await?;
        }
        if let Some(changes) = &self.arguments.changes {
            replay::play(self, self.pool.clone(), changes).await?;
        }
        Ok(code)
    }

    /// Ends the sessions.
    pub async fn close(&self) {
        if let Some(pool) = &self.pool {
            pool.close().await;
        }
    }

    /// What the server holds before.
    async fn server(&self) -> anyhow::Result<Option<ServerTime>> {
        let Some(pool) = &self.pool else { return Ok(None) };
        let told = pool.time(Call::within(ASK_PATIENCE)).await;
        told.map(Some).map_err(|error| client_error(error, self.language))
    }

    async fn import(&self, files: &Files) -> anyhow::Result<ExitCode> {
        let language = self.language;
        let terms = Terms { now: now(), currency: self.arguments.currency };
        let bar = bar(language.pick("lidos", "read"));
        let job = Job { feed: self.feed, paths: files.paths.clone(), terms, language };
        let (mut records, read) = reading::start(job, bar.clone());
        let mut known: Vec<Station> = Vec::new();
        let sent = self.send(&mut records, &mut known).await;
        drop(records);
        bar.finish_and_clear();
        // What was read before an error is sent by now, so that the count is right.
        let so_far = |error: anyhow::Error| match self.pool {
            Some(_) => anyhow!("{error:#}; {}", self.taken.told(language)),
            None => error,
        };
        let totals = sent.map_err(so_far)?;
        let read = read.await.map_err(so_far)?;
        told::print(&read, &totals, self.arguments.dry_run, language);
        if let Some(file) = &self.arguments.enrich {
            let sender = Sender::new(self.pool.clone(), self.taken.clone(), language);
            enrich(file, known, sender, language).await?;
        }
        Ok(self.verdict(&read, &totals))
    }

    async fn send(
        &self,
        records: &mut mpsc::Receiver<ImportedStation>,
        known: &mut Vec<Station>,
    ) -> anyhow::Result<Totals> {
        let mut sender = Sender::new(self.pool.clone(), self.taken.clone(), self.language);
        while let Some(record) = records.recv().await {
            if self.arguments.enrich.is_some() {
                known.push(record.station.clone());
            }
            sender.send(record).await?;
        }
        sender.finish().await
    }

    fn verdict(&self, read: &Told, totals: &Totals) -> ExitCode {
        let (skipped, all) = (read.summary.skipped.total() + totals.refused, read.summary.read());
        let code = self.arguments.verdict(skipped, all);
        if code != ExitCode::SUCCESS {
            let (pt, en) = (format!("{skipped} de {all} recusados"), format!("{skipped} of {all} refused"));
            eprintln!("posto: {}", self.language.choose(pt, en));
        }
        code
    }
}
