//! Brazil: the price survey of the agency of petroleum (ANP), placed by its register or by
//! OpenStreetMap.
//!
//! **Where it comes from.** The Agência Nacional do Petróleo, Gás Natural e Biocombustíveis publishes
//! its Levantamento de Preços de Combustíveis every week, as open data, in tables of four weeks
//! (petrol and ethanol, diesel and GNV), months and half-years; any number of them may be given. The
//! survey tells no places. They come from the replies of the agency's register of retailers
//! (`/v1/combustivel`, one file a page, any number), from OpenStreetMap (`osm.rs`), or both; a source
//! is named in [`ATTRIBUTION`].
//!
//! **How it is read.** The survey is a table with `;` and quotation marks in UTF-8, with decimal
//! commas and days `dd/mm/yyyy`, which are midnight by the clock of the state. All its files come
//! first, into a table by CNPJ of the newest price of each fuel (`survey.rs`), so that the same row in
//! several files counts once; of several prices of one day the later line counts. Then the
//! registers pass by, one station at a time (`register.rs`), and leave their places in that table: by
//! CNPJ those of the agency, then those of OpenStreetMap (`ref:CNPJ`, `ref:vatin`), then by name and
//! municipality those of OpenStreetMap that have no CNPJ, where both are unmistakable
//! (`names.rs`). Memory grows with the surveyed stations only, neither with the rows nor with the
//! register. Stations are handed out in the order of the survey.
//!
//! **How its fuels map.** GASOLINA, GASOLINA ADITIVADA (premium), ETANOL, DIESEL, DIESEL S10 (premium:
//! the fuel table has one more diesel and S10 is the better one) by the litre, GNV by the cubic metre,
//! all in reais; other products, as GLP in bottles, are counted and left out.
//!
//! **What it refuses.** These are skipped and counted ([`Summary::skipped`]): a row with a wrong number
//! of fields, an unreadable CNPJ, price or day, a price outside 1.000..=19.999, a day that has
//! not come, a unit that is not the fuel's; a register's station without readable coordinates or
//! outside 34.0 S..=5.5 N and 74.0 W..=28.5 W, where the survey has prices for it; and every price of
//! a station that none of the files has a place for ([`Reason::NoPlace`]). Files that leave all prices
//! without a place are refused: they are another country's or state's.

mod names;
mod register;
mod survey;

use std::vec;

use posto_market::{Fuel, ImportedStation};

use self::register::Placed;
use self::survey::{Survey, Surveyed};
use crate::error::FeedError;
use crate::feed::{Address, Feed, FeedFile, Inputs, Pages, Records, Terms};
use crate::osm;
use crate::report::{Reason, Refusal};
use crate::sanity::{Checks, Country};
use crate::summary::Summary;

/// The source label of every station of this feed; its ids are `br-<CNPJ>`.
pub const SOURCE: &str = "br";

/// The line that names where prices and places come from.
pub const ATTRIBUTION: &str =
    "Dados: ANP, Levantamento de Preços de Combustíveis; locais: ANP e © colaboradores do OpenStreetMap (ODbL)";

/// What places and errors call the tables of the survey, whatever their paths.
pub const SURVEY_FILE: &str = "ultimas-4-semanas.csv";

/// What places and errors call the replies of the register, whatever their paths.
pub const REGISTER_FILE: &str = "revendedores-combustivel.json";

/// The feed.
pub static FEED: Feed = Feed {
    slug: "brazil",
    name_pt: "Brasil: levantamento de preços da ANP",
    name_en: "Brazil: the price survey of the ANP",
    source: Some(SOURCE),
    attribution: Some(ATTRIBUTION),
    files: &[
        FeedFile {
            name: SURVEY_FILE,
            about_pt: "os preços; podem ser várias tabelas",
            about_en: "the prices; there may be several tables",
            address: Some(Address::Whole(
                "https://www.gov.br/anp/pt-br/centrais-de-conteudo/dados-abertos/arquivos/shpc/qus/ultimas-4-semanas-gasolina-etanol.csv",
            )),
            recognise: |beginning| beginning.starts_with("Regiao - Sigla;"),
        },
        FeedFile {
            name: REGISTER_FILE,
            about_pt: "os postos e seus locais, do cadastro da ANP; podem ser várias páginas",
            about_en: "the stations and their places, from the ANP's register; there may be several pages",
            address: Some(Address::Pages(Pages {
                url: "https://revendedoresapi.anp.gov.br/v1/combustivel?numeropagina={page}",
                is_past_end: register::is_empty,
            })),
            recognise: |beginning| beginning.contains("\"codigoSIMP\""),
        },
        FeedFile {
            name: osm::FILE,
            about_pt: "em lugar do cadastro ou além dele: locais do OpenStreetMap",
            about_en: "instead of the register or beside it: places of OpenStreetMap",
            address: None,
            recognise: osm::recognise,
        },
    ],
    country: Some(&COUNTRY),
    open,
};

/// A station beyond these has another's coordinates; a price beyond them is a typing error.
static COUNTRY: Country = Country {
    latitudes: -34.0..=5.5,
    longitudes: -74.0..=-28.5,
    thousandths: 1000..=19_999,
    zone: "America/Sao_Paulo",
};

fn open(mut inputs: Inputs, terms: &Terms) -> Result<Box<dyn Records>, FeedError> {
    let mut summary = Summary::default();
    let mut survey = Survey::new(Checks::new(&COUNTRY, terms.now));
    survey.read(inputs.need(SURVEY_FILE)?, &mut summary)?;
    while let Some(file) = inputs.take(SURVEY_FILE) {
        survey.read(file, &mut summary)?;
    }
    let mut placed = Placed::new(survey.into_stations());
    let mut registers = 0_usize;
    while let Some(file) = inputs.take(REGISTER_FILE) {
        placed.read_register(file, &mut summary)?;
        registers += 1;
    }
    while let Some(file) = inputs.take(osm::FILE) {
        placed.read_osm(file, &mut summary)?;
        registers += 1;
    }
    if registers == 0 {
        inputs.need(REGISTER_FILE)?;
    }
    inputs.finish()?;
    placed.check()?;
    let refused = placed.refused();
    Ok(Box::new(Stations { stations: placed.into_stations().into_iter(), refused, summary, ended: false }))
}

/// The surveyed stations that have a place, one at a time.
struct Stations {
    stations: vec::IntoIter<Surveyed>,
    /// Rows of the registers that were refused.
    refused: usize,
    summary: Summary,
    ended: bool,
}

impl Iterator for Stations {
    type Item = Result<ImportedStation, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        for surveyed in self.stations.by_ref() {
            match surveyed.record() {
                Ok((record, superseded)) => {
                    self.summary.superseded += superseded;
                    self.summary.count_record(&record);
                    return Some(Ok(record));
                }
                Err(Unplaced { lines, cnpj, unseen }) => {
                    let refusal = Refusal::of(Reason::NoPlace, "CNPJ da Revenda", &cnpj);
                    for line in lines {
                        self.summary.skipped.add(&refusal, SURVEY_FILE, line);
                    }
                    self.summary.skipped.add_unseen(Reason::NoPlace, unseen);
                }
            }
        }
        if !std::mem::replace(&mut self.ended, true) {
            // Every row of the registers that was not needed to give a surveyed station its place.
            let needed = self.refused + self.summary.stations;
            self.summary.without_prices = self.summary.station_rows.saturating_sub(needed);
        }
        None
    }
}

impl Records for Stations {
    fn summary(&self) -> Summary {
        self.summary.clone()
    }
}

/// The prices of a station without a place.
struct Unplaced {
    cnpj: String,
    /// The lines of the prices that would count.
    lines: Vec<u32>,
    /// How many others there were.
    unseen: usize,
}

/// The fuel that a product of the survey means; `None` for one that is not compared.
fn fuel_of(product: &str) -> Option<Fuel> {
    match names::plain(product).as_str() {
        "GASOLINA" | "GASOLINA COMUM" => Some(Fuel::Gasoline),
        "GASOLINA ADITIVADA" => Some(Fuel::GasolinePremium),
        "ETANOL" | "ETANOL HIDRATADO" => Some(Fuel::Ethanol),
        "DIESEL" | "OLEO DIESEL" | "DIESEL S500" | "OLEO DIESEL S500" => Some(Fuel::Diesel),
        "DIESEL S10" | "OLEO DIESEL S10" => Some(Fuel::DieselPremium),
        "GNV" => Some(Fuel::Cng),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
