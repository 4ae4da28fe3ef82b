//! `posto import`: public feeds into a running server, through command `I`.
//!
//! One round: get the files (`files.rs`, `download.rs`), open them (`input.rs`), read them beside
//! (`reading.rs`, with `posto-feeds`), send their records (`send.rs`), tell what became of them
//! (`told.rs`). `watch.rs` repeats rounds; `replay.rs` plays a log of changes instead.

mod aside;
mod download;
mod enrich;
mod files;
mod input;
mod limits;
mod reading;
mod replay;
mod round;
mod samples;
mod send;
mod told;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use posto_feeds::Feed;
use posto_market::{Currency, Timestamp};

use crate::arguments::DataArguments;
use crate::language::Language;
use crate::session::SessionArguments;
use limits::NICENESS;

const AFTER_HELP: &str = "\
Files may be packed with gzip or zip; `-` is standard input. Their order does not matter.
What is downloaded is kept under `downloads` in the directory of prices, beside what its server
said of it, so that the next time only what is newer is fetched.
Exit code 3 when 5 % or more of what was read was refused.";

#[derive(Debug, Args, Clone)]
#[command(after_help = AFTER_HELP)]
pub struct ImportArguments {
    /// Whose data it is
    #[arg(value_parser = feeds())]
    feed: &'static str,
    /// The feed's files
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The file of stations: the same as FILE
    #[arg(long, value_name = "FILE")]
    stations: Option<PathBuf>,
    /// The file of prices: the same as FILE
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Fill in what the feed does not know of its stations from a file of OpenStreetMap
    #[arg(long, value_name = "OSM-FILE")]
    enrich: Option<PathBuf>,
    /// Fetch the files from the feed's own address; FILEs are read beside them
    #[arg(long)]
    download: bool,
    /// Fetch this file instead; once for each file. Where a feed comes in pages, {page} stands for
    /// their number
    #[arg(long, value_name = "URL")]
    url: Vec<String>,
    /// Import again and again, with this much time between: `30m`, `1h`
    #[arg(long, value_name = "TIME", value_parser = watch::interval)]
    watch: Option<Duration>,
    /// Play this log of changes (germany) as live reports, after the import of FILE, if any
    #[arg(long, value_name = "FILE", conflicts_with = "watch")]
    changes: Option<PathBuf>,
    /// How fast --changes plays: `1x` as it happened, `1000x`, or `max`
    #[arg(long, value_name = "FACTOR", default_value = "1x", value_parser = replay::speed)]
    speed: replay::Speed,
    /// The currency of prices whose feed does not tell it (dados)
    #[arg(long, default_value = "BRL", value_name = "CODE", value_parser = currency)]
    currency: Currency,
    /// The server; it must be bound to a loopback address, or have the key of --psk-file
    #[arg(long, env = "POSTO_SERVER", value_name = "HOST:PORT", default_value = "127.0.0.1:5000")]
    server: String,
    /// Read the files and say what would be sent, but send nothing
    #[arg(long)]
    dry_run: bool,
    /// End the sample prices that a new server starts with
    #[arg(long)]
    drop_samples: bool,
    /// Exit code 3 when anything was refused
    #[arg(long, conflicts_with = "lenient")]
    strict: bool,
    /// Exit code 0 however much was refused
    #[arg(long)]
    lenient: bool,
    /// Language of what is printed [default: from LANG, else en]
    #[arg(long, env = "POSTO_LANG", value_enum)]
    lang: Option<Language>,
    #[command(flatten)]
    session: SessionArguments,
    #[command(flatten)]
    data: DataArguments,
}

impl ImportArguments {
    fn language(&self) -> Language {
        self.lang.unwrap_or_else(|| Language::of_environment(Language::En))
    }

    fn feed(&self) -> Option<&'static Feed> {
        posto_feeds::named(self.feed)
    }

    /// Every file that was named.
    fn paths(&self) -> Vec<PathBuf> {
        self.stations.iter().chain(&self.prices).chain(&self.files).cloned().collect()
    }

    /// What an import ends with that refused `skipped` of `read`.
    fn verdict(&self, skipped: usize, read: usize) -> ExitCode {
        let most = limits::MANY_SKIPPED_PERCENT;
        let many = skipped > 0 && (self.strict || skipped.saturating_mul(100) >= read.max(1).saturating_mul(most));
        if many && !self.lenient { ExitCode::from(MANY_SKIPPED) } else { ExitCode::SUCCESS }
    }
}

/// Exit code where too much of what was read had to be skipped.
const MANY_SKIPPED: u8 = 3;

pub fn run(arguments: ImportArguments) -> anyhow::Result<ExitCode> {
    give_way();
    super::block_on(watch::run(arguments))
}

/// Whoever searches on the same machine comes first: an import has time. Before any thread is started, as
/// each has the priority of the one that starts it.
fn give_way() {
    // Where the system will not have it the import is only less considerate.
    let _ = rustix::process::nice(NICENESS);
}

fn feeds() -> impl clap::builder::TypedValueParser<Value = &'static str> {
    let values = posto_feeds::all().iter().map(|feed| {
        let files: Vec<_> = feed.files.iter().map(|file| file.about_en).collect();
        PossibleValue::new(feed.slug).help(format!("{}: {}", feed.name_en, files.join("; ")))
    });
    PossibleValuesParser::new(values).map(|name| posto_feeds::named(&name).map_or("", |feed| feed.slug))
}

/// The time of this machine.
fn now() -> Timestamp {
    moment(SystemTime::now())
}

fn moment(time: SystemTime) -> Timestamp {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn currency(text: &str) -> Result<Currency, &'static str> {
    Currency::from_code(text).ok_or("expected an ISO 4217 code of three capital letters, such as BRL")
}
