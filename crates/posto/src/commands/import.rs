//! `posto import`: a public feed into a running server, through command `I`.
//!
//! Reading a feed is `posto-feeds`; sending its records is `import/send.rs`.

mod send;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use posto_feeds::{dados, italy};
use posto_market::{Currency, ImportedStation};

use crate::explain::{allowed_in_dados, feed_error};
use crate::language::Language;
use send::{Sender, Totals};

#[derive(Debug, Args)]
#[command(after_help = "Exit code 3 when 5 % or more of what was read was refused.")]
pub struct ImportArguments {
    #[command(subcommand)]
    feed: Feed,
    /// The server; it must be bound to a loopback address
    #[arg(long, global = true, env = "POSTO_SERVER", value_name = "HOST:PORT", default_value = "127.0.0.1:5000")]
    server: String,
    /// Read the files and say what would be sent, but send nothing
    #[arg(long, global = true)]
    dry_run: bool,
    /// Language of what is printed [default: from LANG, else en]
    #[arg(long, global = true, env = "POSTO_LANG", value_enum)]
    lang: Option<Language>,
}

#[derive(Debug, Subcommand)]
enum Feed {
    /// Italy: the MIMIT register of stations and its daily prices
    Italy {
        /// anagrafica_impianti_attivi.csv
        #[arg(long, value_name = "FILE")]
        stations: PathBuf,
        /// prezzo_alle_8.csv
        #[arg(long, value_name = "FILE")]
        prices: PathBuf,
    },
    /// Posto's own dados.json, which is also the original server's
    Dados {
        /// The file
        file: PathBuf,
        /// The currency of its prices
        #[arg(long, default_value = "BRL", value_parser = currency)]
        currency: Currency,
    },
}

/// Exit code where 5 % or more of what was read had to be skipped.
const MANY_SKIPPED: u8 = 3;

pub fn run(arguments: ImportArguments) -> anyhow::Result<ExitCode> {
    let language = arguments.lang.unwrap_or_else(|| Language::of_environment(Language::En));
    let sender = Sender::new((!arguments.dry_run).then_some(arguments.server), language);
    super::block_on(async move {
        match arguments.feed {
            Feed::Italy { stations, prices } => italy(sender, &stations, &prices, language).await,
            Feed::Dados { file, currency } => dados(sender, &file, currency, language).await,
        }
    })
}

async fn italy(mut sender: Sender, stations: &Path, prices: &Path, language: Language) -> anyhow::Result<ExitCode> {
    let rows = count_lines(stations)?;
    sender.expect(rows);
    let named = |file: &str| {
        let path = if file == italy::REGISTER_FILE { stations } else { prices };
        path.display().to_string()
    };
    let explain = |error| feed_error(&error, language, named);
    let mut feed = italy::Stations::open(open(stations)?, open(prices)?).map_err(explain)?;
    for record in &mut feed {
        sender.send(record.map_err(explain)?).await?;
    }
    let totals = sender.finish().await?;
    let summary = feed.into_summary();
    print_totals(&totals, language);
    let lines = [
        (summary.station_rows, ("postos lidos", "stations read")),
        (summary.without_prices, ("postos sem preço", "stations without a price")),
        (summary.price_rows, ("preços lidos", "prices read")),
        (
            summary.served_beside_self,
            ("preços servidos ao lado do self-service", "served prices beside a self-service one"),
        ),
        (summary.superseded, ("preços superados por outros mais novos", "prices superseded by newer ones")),
        (summary.other_fuels.values().sum(), ("preços de outros combustíveis", "prices of other fuels")),
        (summary.skipped.total(), ("linhas recusadas", "rows refused")),
    ];
    for (count, (pt, en)) in lines {
        say!("  {count:>8}  {}", language.pick(pt, en));
    }
    for (reason, skips) in summary.skipped.iter() {
        say!("  {:>8}  - {}", skips.count, language.pick(reason.text_pt(), reason.text_en()));
        for place in &skips.examples {
            say!("              {}:{}: {}", named(place.file), place.line, place.found);
        }
    }
    Ok(verdict(summary.skipped.total(), summary.station_rows + summary.price_rows))
}

async fn dados(mut sender: Sender, file: &Path, currency: Currency, language: Language) -> anyhow::Result<ExitCode> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let read = dados::read(&bytes).map_err(|error| feed_error(&error, language, |_| file.display().to_string()))?;
    let stations: Vec<ImportedStation> = dados::stations(&read.records, currency);
    sender.expect(stations.len());
    for station in stations {
        sender.send(station).await?;
    }
    let totals = sender.finish().await?;
    let (good, bad) = (read.records.len(), read.skipped.len());
    print_totals(&totals, language);
    say!("  {:>8}  {}", good + bad, language.pick("registros lidos", "records read"));
    say!("  {bad:>8}  {}", language.pick("registros recusados", "records refused"));
    for skipped in &read.skipped {
        let (member, found) = (skipped.member.unwrap_or("-"), skipped.found.as_deref().unwrap_or("-"));
        let allowed = allowed_in_dados(skipped.member, language);
        say!("            #{}: {member}: {found} ({allowed})", skipped.index);
    }
    Ok(verdict(bad, good + bad))
}

fn print_totals(totals: &Totals, language: Language) {
    if !totals.sent {
        let head = language.pick("simulação: nada foi enviado", "dry run: nothing was sent");
        say!("{head}");
        return say!("  {:>8}  {}", totals.stations, language.pick("postos a enviar", "stations to send"));
    }
    say!("{} {:.1} s", language.pick("importado em", "imported in"), totals.took.as_secs_f64());
    let lines = [
        (totals.stations, ("postos enviados", "stations sent")),
        (totals.new_stations, ("postos novos", "new stations")),
        (totals.changed_stations, ("postos mudados", "changed stations")),
        (totals.prices_changed, ("preços novos ou mudados", "new or changed prices")),
        (totals.prices_unchanged, ("preços iguais ou mais velhos", "unchanged or older prices")),
    ];
    for (count, (pt, en)) in lines {
        say!("  {count:>8}  {}", language.pick(pt, en));
    }
}

fn verdict(skipped: usize, read: usize) -> ExitCode {
    let many = skipped.saturating_mul(20) >= read.max(1);
    if many { ExitCode::from(MANY_SKIPPED) } else { ExitCode::SUCCESS }
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

/// How many lines a file has: what the progress bar runs up to.
fn count_lines(path: &Path) -> anyhow::Result<usize> {
    let mut reader = open(path)?;
    let mut lines = 0;
    loop {
        let chunk = std::io::BufRead::fill_buf(&mut reader).with_context(|| path.display().to_string())?;
        if chunk.is_empty() {
            return Ok(lines);
        }
        lines += chunk.iter().filter(|byte| **byte == b'\n').count();
        let length = chunk.len();
        std::io::BufRead::consume(&mut reader, length);
    }
}

fn currency(text: &str) -> Result<Currency, &'static str> {
    Currency::from_code(text).ok_or("expected an ISO 4217 code of three capital letters, such as BRL")
}
