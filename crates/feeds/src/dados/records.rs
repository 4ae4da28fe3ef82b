//! `dados.json` as a feed: its stations one at a time, and the summary of what was refused.

use std::io::{BufRead, Read as _};
use std::vec;

use posto_market::{Currency, ImportedStation};

use super::{Dados, SkippedRecord, read, stations};
use crate::error::FeedError;
use crate::feed::{Feed, FeedFile, Inputs, Records, Terms};
use crate::limits::MAX_DADOS_BYTES;
use crate::report::{Reason, Refusal};
use crate::summary::{FileRows, Summary};

/// What places and errors call the file, whatever its path.
pub const FILE: &str = "dados.json";

/// The feed.
pub static FEED: Feed = Feed {
    slug: "dados",
    name_pt: "o dados.json do próprio Posto e do sistema original",
    name_en: "the dados.json of Posto itself and of the original system",
    source: None,
    attribution: None,
    files: &[FeedFile {
        name: FILE,
        about_pt: "os postos e seus preços",
        about_en: "the stations and their prices",
        address: None,
        recognise: |beginning| beginning.trim_start().starts_with('[') && beginning.contains("\"tipoCombustivel\""),
    }],
    country: None,
    open: |mut inputs: Inputs, terms: &Terms| {
        let stations = Stations::open(inputs.need(FILE)?, terms.currency)?;
        inputs.finish()?;
        Ok(Box::new(stations))
    },
};

/// The stations of a file.
struct Stations {
    stations: vec::IntoIter<ImportedStation>,
    summary: Summary,
}

impl Stations {
    fn open(input: impl BufRead, currency: Currency) -> Result<Self, FeedError> {
        let mut bytes = Vec::new();
        let most = u64::try_from(MAX_DADOS_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let taken = input.take(most).read_to_end(&mut bytes);
        taken.map_err(|source| FeedError::Read { file: FILE, line: 1, source })?;
        if bytes.len() > MAX_DADOS_BYTES {
            return Err(FeedError::LineTooLong { file: FILE, line: 1, limit: MAX_DADOS_BYTES });
        }
        let Dados { records, skipped } = read(&bytes)?;
        let stations = stations(&records, currency);
        let mut summary = Summary { price_rows: records.len() + skipped.len(), ..Summary::default() };
        summary.files.push(FileRows { file: FILE, rows: summary.price_rows });
        summary.superseded = records.len() - stations.iter().map(|station| station.prices.len()).sum::<usize>();
        for record in &skipped {
            summary.skipped.add(&refusal(record), FILE, record.line);
        }
        Ok(Self { stations: stations.into_iter(), summary })
    }
}

fn refusal(record: &SkippedRecord) -> Refusal {
    let reason = match record.member {
        None => Reason::Fields,
        Some("tipoCombustivel") => Reason::Fuel,
        Some("valor") => Reason::Price,
        Some("coordenadas") => Reason::Coordinates,
        Some(_) => Reason::Facts,
    };
    let member = record.member.map(|member| format!("{member} ")).unwrap_or_default();
    Refusal { reason, found: format!("{member}{}", record.found.as_deref().unwrap_or("(missing)")) }
}

impl Iterator for Stations {
    type Item = Result<ImportedStation, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.stations.next()?;
        self.summary.station_rows += 1;
        self.summary.count_record(&record);
        Some(Ok(record))
    }
}

impl Records for Stations {
    fn summary(&self) -> Summary {
        self.summary.clone()
    }
}

#[cfg(test)]
mod tests {
    use posto_market::Timestamp;

    use super::*;
    use crate::feed::Input;

    #[test]
    fn the_records_of_one_place_are_one_station_and_bad_ones_are_counted() {
        let text = r#"[
            {"tipoCombustivel": "0", "valor": 4000, "coordenadas": "(-22.2;-54.7)"},
            {"tipoCombustivel": "0", "valor": 4100, "coordenadas": "(-22.2;-54.7)"},
            {"tipoCombustivel": "1", "valor": 0, "coordenadas": "(-22.2;-54.7)"}, 7
        ]"#;
        let terms = Terms { now: Timestamp::from_millis(0), currency: Currency::EUR };
        let inputs = FEED.sort(vec![Input::new("x", text.as_bytes()).unwrap()]).unwrap();
        let mut records = FEED.read(inputs, &terms).unwrap();
        let read: Vec<_> = records.by_ref().map(Result::unwrap).collect();
        let prices = read[0].prices.iter().map(|price| (price.quote.price.thousandths(), price.quote.currency));
        assert_eq!((read.len(), prices.collect::<Vec<_>>()), (1, vec![(4100, Currency::EUR)]));
        let summary = records.summary();
        assert_eq!((summary.price_rows, summary.prices, summary.superseded), (4, 1, 1));
        assert_eq!((summary.skipped.count(Reason::Price), summary.skipped.count(Reason::Fields)), (1, 1));
        let places: Vec<_> = summary.skipped.iter().flat_map(|(_, skips)| &skips.examples).collect();
        assert_eq!((places[0].line, places[0].found.as_str()), (4, "7"));
        assert_eq!(places[1].found, "valor 0");
    }
}
