//! `posto bench journal`: durable reports a second with so many writers waiting side by side,
//! beside what the disk and plain SQLite do in the same run.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use posto_market::{Fuel, Position, Price, StationWish};
use posto_store::{Entry, Journal, Options, Origin, Report, ReportId, yardstick};
use serde_json::{Value, json};

/// How many writers wait at a time: each sends its next report when the one before is durable.
const WRITERS: [u32; 4] = [1, 16, 64, 256];

/// Places that reports are about, each a station of its own.
pub(super) const PLACES: u32 = 10_000;

#[derive(Debug, Args)]
pub struct JournalArguments {
    /// Seconds for each measurement
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// A directory on the disk to measure; what is written there is deleted again
    #[arg(long, value_name = "DIR", default_value = ".")]
    disk: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What one number of writers reached.
struct Measured {
    writers: u32,
    /// With an id in every report, as our own clients send them.
    ids: bool,
    rate: f64,
    median: Duration,
    high: Duration,
}

pub fn run(arguments: &JournalArguments) -> anyhow::Result<ExitCode> {
    let time = Duration::from_secs(arguments.seconds.max(1));
    let scratch = tempfile::Builder::new().prefix("posto-bench-").tempdir_in(&arguments.disk);
    let scratch = scratch.with_context(|| format!("cannot write in {}", arguments.disk.display()))?;
    let raw = yardstick::raw_syncs(scratch.path(), time).context("cannot write on this disk")?;
    let single = yardstick::single_row_transactions(scratch.path(), time).context("SQLite cannot write here")?;
    if !arguments.json {
        say!("{:<36} {raw:>10.0}/s", "4 KiB written and synced (fdatasync)");
        say!("{:<36} {single:>10.0}/s", "SQLite, one row a transaction");
    }
    let mut measured = Vec::new();
    for (writers, ids) in WRITERS.iter().flat_map(|writers| [(*writers, false), (*writers, true)]) {
        let directory = scratch.path().join(format!("{writers}-{ids}"));
        let reached = reports(&directory, (writers, ids), time)?;
        if !arguments.json {
            print(&reached, single);
        }
        measured.push(reached);
    }
    if arguments.json {
        let journal: Vec<_> = measured.iter().map(|reached| as_json(reached, single)).collect();
        say!("{}", json!({"raw_syncs_per_s": raw, "single_row_transactions_per_s": single, "journal": journal}));
    }
    Ok(ExitCode::SUCCESS)
}

fn print(measured: &Measured, single: f64) {
    let Measured { writers, ids, rate, median, high } = measured;
    let what = format!("journal, {writers} writers{}", if *ids { ", with ids" } else { "" });
    say!(
        "{what:<36} {rate:>10.0}/s {:>6.1} x SQLite   p50 {:>6} us   p99 {:>6} us",
        rate / single,
        median.as_micros(),
        high.as_micros()
    );
}

fn as_json(measured: &Measured, single: f64) -> Value {
    let Measured { writers, ids, rate, median, high } = measured;
    json!({"writers": writers, "ids": ids, "reports_per_s": rate, "times_single_row": rate / single,
        "p50_us": median.as_micros().to_string().parse::<u64>().ok(),
        "p99_us": high.as_micros().to_string().parse::<u64>().ok()})
}

/// Keeps so many reports waiting. Every place is known before the measurement begins.
fn reports(directory: &Path, (writers, ids): (u32, bool), time: Duration) -> anyhow::Result<Measured> {
    let journal = Journal::open(Options::new(directory))?.journal;
    send(&journal, 256, |sent| (sent < PLACES).then(|| report(sent, false)))?;
    let started = Instant::now();
    let mut times = send(&journal, writers, |sent| (started.elapsed() < time).then(|| report(PLACES + sent, ids)))?;
    let took = started.elapsed();
    journal.close()?;
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    let count = u32::try_from(times.len()).map_or(f64::INFINITY, f64::from);
    Ok(Measured { writers, ids, rate: count / took.as_secs_f64(), median: at(50), high: at(99) })
}

/// Sends what `next` makes, so many waiting at a time; how long each took until it was durable.
pub(super) fn send(
    journal: &Journal,
    writers: u32,
    mut next: impl FnMut(u32) -> Option<anyhow::Result<Entry>>,
) -> anyhow::Result<Vec<Duration>> {
    let (done, finished) = mpsc::channel();
    let (mut sent, mut waiting, mut times) = (0, 0, Vec::new());
    loop {
        while waiting < writers
            && let Some(entry) = next(sent)
        {
            let (done, submitted) = (done.clone(), Instant::now());
            journal.submit(entry?, move |outcome| drop(done.send(outcome.map(|_| submitted.elapsed()))))?;
            (sent, waiting) = (sent + 1, waiting + 1);
        }
        if waiting == 0 {
            return Ok(times);
        }
        let first = finished.recv().context("the journal ended")?;
        for outcome in std::iter::once(first).chain(finished.try_iter()) {
            times.push(outcome?);
            waiting -= 1;
        }
    }
}

/// A report at one of the places, half a degree and more from the next one, in no order.
pub(super) fn report(number: u32, id: bool) -> anyhow::Result<Entry> {
    let place = number.wrapping_mul(7919) % PLACES;
    let degree = |part: u32| f64::from(part) * 0.7;
    let position = Position::from_degrees(degree(place / 100) - 35.0, degree(place % 100) - 35.0);
    let wish = StationWish {
        fuel: Fuel::Gasoline,
        position: position.context("a place on Earth")?,
        station: None,
        radius_km: 0.0,
        new: false,
        name: None,
        brand: None,
    };
    let price = Price::from_thousandths(1 + number % 999_999).context("a price")?;
    let id = if id {
        ReportId::new(format!("{:016x}-{number}", u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15)), [7; 32])
    } else {
        None
    };
    let origin = Origin::V1("192.0.2.7:40000".to_owned());
    Ok(Entry::Report(Report { wish, price, currency: None, coordinates: None, id, origin, witness: None }))
}
