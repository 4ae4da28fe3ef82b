//! A feed read on a thread of its own, its records handed over one by one: what comes slowly
//! (standard input) holds nobody up, and what is refused is told when all is read.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use posto_feeds::{Feed, Input, Summary, Terms};
use posto_market::ImportedStation;
use tokio::sync::mpsc;

use super::{aside, input, moment};
use crate::explain::{Labels, feed_error};
use crate::language::Language;

/// Records read ahead of those sent.
const AHEAD: usize = 256;

/// What to read.
pub struct Job {
    pub feed: &'static Feed,
    pub paths: Vec<PathBuf>,
    pub terms: Terms,
    pub language: Language,
}

/// What was read.
pub struct Told {
    pub summary: Summary,
    /// What the person calls the feed's files.
    pub labels: Labels,
}

/// Begins to read: the records as they come, and what to tell once they have ended.
pub fn start(
    job: Job,
    bar: ProgressBar,
) -> (mpsc::Receiver<ImportedStation>, impl Future<Output = anyhow::Result<Told>>) {
    let (hand_over, records) = mpsc::channel(AHEAD);
    (records, aside::run(move || read(&job, &bar, &hand_over)))
}

fn read(job: &Job, bar: &ProgressBar, hand_over: &mpsc::Sender<ImportedStation>) -> anyhow::Result<Told> {
    let language = job.language;
    if job.paths.is_empty() {
        bail!("{}", nothing_to_read(job.feed, language));
    }
    let plain = Labels::default();
    let mut inputs = Vec::new();
    for path in &job.paths {
        for opened in input::open(path, bar, language)? {
            let input = Input::new(opened.name, opened.reader).map_err(|error| feed_error(&error, language, &plain))?;
            inputs.push(match opened.written_at {
                Some(time) => input.written_at(moment(time)),
                None => input,
            });
        }
    }
    let sorted = job.feed.sort(inputs).map_err(|error| feed_error(&error, language, &plain))?;
    let labels = Labels::new(sorted.names());
    let explain = |error| feed_error(&error, language, &labels);
    let mut records = job.feed.read(sorted, &job.terms).map_err(explain)?;
    for record in &mut records {
        // Whoever took them has stopped.
        hand_over.blocking_send(record.map_err(explain)?).context("interrupted")?;
    }
    Ok(Told { summary: records.summary(), labels })
}

fn nothing_to_read(feed: &Feed, language: Language) -> String {
    let files: Vec<_> = feed
        .files
        .iter()
        .map(|file| format!("{} ({})", file.name, language.pick(file.about_pt, file.about_en)))
        .collect();
    let files = files.join(", ");
    language.choose(
        format!("diga os arquivos de {}: {files}; ou --download", feed.slug),
        format!("name the files of {}: {files}; or --download", feed.slug),
    )
}

/// Whether one of the files is standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}
