//! `--changes`: a day's log of changes played as live traffic, at its own pace or faster.
//!
//! Each row of the log goes out as one record of its station through command `I`, all its prices
//! stamped with the moment it is sent: to the server and everyone who watches it, the day happens
//! now. Rows of one station keep their order. The places of the stations are those that the server
//! knows, from an import of the register before, or in the same command.

mod lane;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use indicatif::ProgressBar;
use posto_client::Pool;
use posto_feeds::Skipped;
use posto_feeds::germany::{self, Changes, TimedChange};
use posto_market::{StationId, Timestamp};
use tokio::sync::mpsc;

use super::limits::LANES;
use super::round::Import;
use super::send::bar;
use super::{aside, input, now};
use crate::explain::{Labels, feed_error};
use crate::language::Language;
use lane::{Lanes, Played};

/// The only feed that publishes a log.
const FEED: &str = "germany";

/// Rows read ahead of those played.
const AHEAD: usize = 256;

/// How fast a log is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// This many times as fast as it happened.
    Times(f64),
    /// As fast as the server takes it.
    Max,
}

/// What a row of the log says of one station.
pub struct Row {
    pub station: StationId,
    /// When it happened.
    pub at: Timestamp,
    pub changes: Vec<TimedChange>,
}

/// Plays a log.
pub async fn play(import: &Import, pool: Option<Arc<Pool>>, changes: &Path) -> anyhow::Result<()> {
    let language = import.language;
    if import.feed.slug != FEED {
        bail!("{}", language.pick("só germany tem um registro de mudanças", "only germany has a log of changes"));
    }
    let bar = bar(language.pick("reproduzidos", "played"));
    let (hand_over, mut rows) = mpsc::channel(AHEAD);
    let (path, reading_bar) = (changes.to_owned(), bar.clone());
    let reading = aside::run(move || read(&path, &reading_bar, &hand_over, language));
    let mut lanes = pool.map(|pool| Lanes::start(&pool, LANES, &import.taken, language));
    let mut pace = Pace::new(import.arguments.speed);
    let mut count: usize = 0;
    let started = Instant::now();
    while let Some(row) = rows.recv().await {
        count += 1;
        let Some(lanes) = &mut lanes else { continue };
        pace.wait_for(row.at).await;
        // A lane that takes nothing more has failed; it says why below.
        if !lanes.send(row).await {
            break;
        }
    }
    drop(rows);
    let so_far = |error: anyhow::Error| anyhow!("{error:#}; {}", import.taken.told(language));
    let played = match lanes {
        Some(lanes) => Some(lanes.finish().await.map_err(so_far)?),
        None => None,
    };
    bar.finish_and_clear();
    let skipped = reading.await.map_err(so_far)?;
    if let Some(played) = &played {
        say!("{} {:.1} s", language.pick("reproduzido em", "played in"), started.elapsed().as_secs_f64());
        print(played, language);
    }
    say!("  {count:>8}  {}", language.pick("linhas do registro", "rows of the log"));
    say!("  {:>8}  {}", skipped.total(), language.pick("recusados", "refused"));
    Ok(())
}

fn print(played: &Played, language: Language) {
    let lines = [
        (played.changed, ("preços novos ou mudados", "new or changed prices")),
        (played.ended, ("preços encerrados", "ended prices")),
        (played.unchanged, ("preços iguais ou mais velhos", "unchanged or older prices")),
        (played.unknown, ("linhas de postos que o servidor não conhece", "rows of stations unknown to the server")),
    ];
    for (count, (pt, en)) in lines {
        say!("  {count:>8}  {}", language.pick(pt, en));
    }
}

/// Reads the log and hands its rows over, in their order.
fn read(path: &Path, bar: &ProgressBar, hand_over: &mpsc::Sender<Row>, language: Language) -> anyhow::Result<Skipped> {
    let mut inputs = input::open(path, bar, language)?.into_iter();
    let (Some(opened), None) = (inputs.next(), inputs.next()) else {
        bail!("{}: {}", path.display(), language.pick("mais de um arquivo dentro", "more than one file inside"));
    };
    let labels = Labels::new([(germany::CHANGES_FILE, opened.name.as_str())].into_iter());
    let explain = |error| feed_error(&error, language, &labels);
    let mut changes = Changes::open(opened.reader, now()).map_err(explain)?;
    let mut row: Option<Row> = None;
    for change in &mut changes {
        let change = change.map_err(explain)?;
        match &mut row {
            Some(row) if continues(row, &change) => row.changes.push(change),
            _ => {
                let next = Row { station: change.station.clone(), at: change.at, changes: vec![change] };
                if let Some(done) = row.replace(next) {
                    hand_over.blocking_send(done).context("interrupted")?;
                }
            }
        }
    }
    if let Some(last) = row {
        hand_over.blocking_send(last).context("interrupted")?;
    }
    Ok(changes.summary().skipped.clone())
}

/// Whether a change is of the same row; a row tells each fuel once.
fn continues(row: &Row, change: &TimedChange) -> bool {
    let known = row.changes.iter().any(|known| known.fuel == change.fuel);
    row.station == change.station && row.at == change.at && !known
}

/// When each row is due.
struct Pace {
    speed: Speed,
    /// The first row's time, and when it was played.
    began: Option<(Timestamp, tokio::time::Instant)>,
}

impl Pace {
    const fn new(speed: Speed) -> Self {
        Self { speed, began: None }
    }

    async fn wait_for(&mut self, at: Timestamp) {
        let (first, began) = *self.began.get_or_insert_with(|| (at, tokio::time::Instant::now()));
        if let Some(delay) = delay(self.speed, at.since(first)) {
            tokio::time::sleep_until(began + delay).await;
        }
    }
}

/// How long after its beginning something is played that happened this long after it.
fn delay(speed: Speed, since: Duration) -> Option<Duration> {
    match speed {
        Speed::Max => None,
        Speed::Times(times) => Duration::try_from_secs_f64(since.as_secs_f64() / times).ok(),
    }
}

/// `1000x` or `max`.
pub fn speed(text: &str) -> Result<Speed, &'static str> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let times = text.strip_suffix('x').and_then(|number| number.parse::<f64>().ok());
    let times = times.filter(|times| (0.1..=1e6).contains(times));
    times.map(Speed::Times).ok_or("expected `max`, or a factor from 0.1x to 1000000x, such as 1000x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_factor_or_as_fast_as_it_goes() {
        assert_eq!(speed("max"), Ok(Speed::Max));
        assert_eq!(speed("1000x"), Ok(Speed::Times(1000.0)));
        assert_eq!(speed("0.5x"), Ok(Speed::Times(0.5)));
        for bad in ["", "x", "1000", "0x", "-1x", "nanx", "infx", "2000000x"] {
            assert!(speed(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_day_takes_as_much_shorter_as_it_is_faster() {
        let day = Duration::from_secs(86_400);
        assert_eq!(delay(Speed::Times(1000.0), day), Some(Duration::from_millis(86_400)));
        assert_eq!(delay(Speed::Times(1.0), day), Some(day));
        assert_eq!(delay(Speed::Max, day), None);
    }
}
