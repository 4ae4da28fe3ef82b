//! What a reading read and what it left out: the same for every feed, so that all are told alike.

use std::collections::BTreeMap;

use posto_market::ImportedStation;

use crate::limits::{MAX_FUEL_NAMES, OTHER_NAMES};
use crate::report::{Skipped, excerpt};

/// What was read and what was left out. Every station is in exactly one count: `station_rows` =
/// `stations` + `without_prices` + those skipped; and so is every price: `price_rows` = `prices` +
/// `ended` + `served_beside_self` + `superseded` + those of `other_fuels` + those skipped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The files, in the order in which they were first read from.
    pub files: Vec<FileRows>,
    /// Stations read, good or bad.
    pub station_rows: usize,
    /// Prices and ends of prices read, good or bad, whether rows of their own or members of one.
    pub price_rows: usize,
    /// Records handed out, each with one station.
    pub stations: usize,
    /// Prices handed out, at most one a station and fuel.
    pub prices: usize,
    /// Ended prices handed out (out of stock, removed), at most one a station and fuel.
    pub ended: usize,
    /// Good stations left out because they have no price of a fuel known here.
    pub without_prices: usize,
    /// Elements of the file that are no stations.
    pub not_stations: usize,
    /// Served prices left out because the station sells the same fuel at self-service.
    pub served_beside_self: usize,
    /// Prices left out for a newer or a better one of the same station and fuel.
    pub superseded: usize,
    /// Prices of fuels not known here, by their name.
    pub other_fuels: BTreeMap<String, usize>,
    /// Rows and members refused, by reason.
    pub skipped: Skipped,
}

/// How many rows one file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRows {
    /// The feed's own name of the file.
    pub file: &'static str,
    /// Its rows, elements or records, without headings.
    pub rows: usize,
}

/// One line of a summary, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SummaryLine {
    /// How many.
    pub count: usize,
    /// Of what, in Portuguese.
    pub text_pt: &'static str,
    /// Of what, in English.
    pub text_en: &'static str,
}

impl Summary {
    /// The counts as lines for people, without those that are zero, the refused ones last; which
    /// files, fuels and reasons they are is told by the members.
    #[must_use]
    pub fn lines(&self) -> Vec<SummaryLine> {
        let lines = [
            (self.station_rows, "postos lidos", "stations read"),
            (self.not_stations, "elementos que não são postos", "elements that are no stations"),
            (self.without_prices, "postos sem preço", "stations without a price"),
            (self.stations, "postos aproveitados", "stations taken"),
            (self.price_rows, "preços lidos", "prices read"),
            (
                self.served_beside_self,
                "preços servidos ao lado do self-service",
                "served prices beside a self-service one",
            ),
            (self.superseded, "preços superados por outros", "prices superseded by others"),
            (self.other_fuels.values().sum(), "preços de outros combustíveis", "prices of other fuels"),
            (self.prices, "preços aproveitados", "prices taken"),
            (self.ended, "preços encerrados (em falta ou retirados)", "prices ended (out of stock or removed)"),
            (self.skipped.total(), "recusados", "refused"),
        ];
        let lines = lines.into_iter().map(|(count, text_pt, text_en)| SummaryLine { count, text_pt, text_en });
        lines.filter(|line| line.count > 0).collect()
    }

    /// Stations and prices read, of which [`Summary::skipped`] were refused.
    #[must_use]
    pub const fn read(&self) -> usize {
        self.station_rows.saturating_add(self.price_rows)
    }

    /// Counts a row of a file.
    pub(crate) fn count_row(&mut self, file: &'static str) {
        match self.files.iter_mut().find(|known| known.file == file) {
            Some(known) => known.rows += 1,
            None => self.files.push(FileRows { file, rows: 1 }),
        }
    }

    /// Counts a record that is handed out.
    pub(crate) fn count_record(&mut self, record: &ImportedStation) {
        self.stations += 1;
        self.prices += record.prices.len();
        self.ended += record.ended.len();
    }

    /// Counts a price of a fuel that is not known here.
    pub(crate) fn count_other_fuel(&mut self, name: &str) {
        let name = excerpt(name);
        let full = self.other_fuels.len() >= MAX_FUEL_NAMES && !self.other_fuels.contains_key(&name);
        *self.other_fuels.entry(if full { OTHER_NAMES.to_owned() } else { name }).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_tells_only_what_there_is() {
        let mut summary = Summary { station_rows: 2, stations: 2, ..Summary::default() };
        summary.count_row("a");
        summary.count_row("b");
        summary.count_row("a");
        assert_eq!(summary.files, [FileRows { file: "a", rows: 2 }, FileRows { file: "b", rows: 1 }]);
        assert_eq!(
            summary.lines().iter().map(|line| line.text_en).collect::<Vec<_>>(),
            ["stations read", "stations taken"]
        );
        assert_eq!(summary.read(), 2);
    }
}
