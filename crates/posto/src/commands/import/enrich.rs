//! `--enrich`: what a feed leaves blank about its stations, from a file of OpenStreetMap.

use std::path::Path;

use indicatif::ProgressBar;
use posto_feeds::osm::{self, EnrichSummary};
use posto_market::{ImportedStation, Station};

use super::send::Sender;
use super::{aside, input};
use crate::explain::{Labels, feed_error};
use crate::language::Language;

/// Fills the blanks of the stations that were just imported.
pub async fn enrich(file: &Path, known: Vec<Station>, mut sender: Sender, language: Language) -> anyhow::Result<()> {
    let file = file.to_owned();
    let filled = aside::run(move || {
        let mut all = Vec::new();
        for opened in input::open(&file, &ProgressBar::hidden(), language)? {
            let labels = Labels::new([(osm::FILE, opened.name.as_str())].into_iter());
            all.push(osm::enrich(&known, opened.reader).map_err(|error| feed_error(&error, language, &labels))?);
        }
        Ok(all)
    });
    let mut summaries = Vec::new();
    for (stations, summary) in filled.await? {
        for station in stations {
            sender.send(ImportedStation::new(station)).await?;
        }
        summaries.push(summary);
    }
    let totals = sender.finish().await?;
    for summary in summaries {
        print(&summary, language);
    }
    say!("  {:>8}  {}", totals.changed_stations, language.pick("postos completados", "stations filled in"));
    Ok(())
}

fn print(summary: &EnrichSummary, language: Language) {
    say!("OpenStreetMap");
    let lines = [
        (summary.read.stations, ("postos lidos", "stations read")),
        (summary.by_reference, ("achados pelo número", "found by their number")),
        (summary.by_distance, ("achados pelo lugar", "found by their place")),
        (summary.ambiguous, ("ambíguos", "ambiguous")),
        (summary.unknown, ("desconhecidos", "unknown")),
        (summary.read.skipped.total(), ("recusados", "refused")),
    ];
    for (count, (pt, en)) in lines {
        say!("  {count:>8}  {}", language.pick(pt, en));
    }
}
