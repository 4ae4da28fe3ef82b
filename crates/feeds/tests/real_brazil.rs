//! What there is of Brazil's real data: `../../../shared/data/samples`, never committed. The samples
//! have other columns than the agency's own files, so each is brought into their form first.

use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use posto_feeds::{FeedRecord, Input, Reason, Summary, Terms, named};
use posto_market::{Currency, Fuel, Timestamp};

const HEADING: &str = "\u{feff}Regiao - Sigla;Estado - Sigla;Municipio;Revenda;CNPJ da Revenda;Nome da Rua;Numero Rua;\
    Complemento;Bairro;Cep;Produto;Data da Coleta;Valor de Venda;Valor de Compra;Unidade de Medida;Bandeira\n";

/// 2026-08-21.
const NOW: Timestamp = Timestamp::from_millis(1_787_292_000_000);

/// The rows of a sample as fields, or `None` with a message where it is absent.
fn sample(name: &str, delimiter: char) -> Option<Vec<Vec<String>>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/samples").join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not here", path.display());
        return None;
    };
    Some(text.lines().skip(1).map(|line| fields(line, delimiter)).collect())
}

fn fields(line: &str, delimiter: char) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            other if other == delimiter && !quoted => fields.push(String::new()),
            other => fields.iter_mut().last().expect("there is a first field").push(other),
        }
    }
    fields
}

fn read(survey: &str, register: &str) -> (Vec<FeedRecord>, Summary) {
    let input = |text: &str| Input::new("sample", Cursor::new(text.to_owned())).expect("memory can be read");
    let feed = named("brazil").expect("a feed");
    let inputs = feed.sort(vec![input(survey), input(register)]).expect("its files");
    let mut records = feed.read(inputs, &Terms { now: NOW, currency: Currency::BRL }).expect("good files");
    let read = records.by_ref().map(|record| record.expect("a good record")).collect();
    (read, records.summary())
}

fn retailer(cnpj: &str, latitude: &str, longitude: &str) -> String {
    format!(
        "{{\"codigoSIMP\": \"1\", \"cnpj\": \"{cnpj}\", \"latitude\": \"{latitude}\", \"longitude\": \"{longitude}\"}}"
    )
}

#[test]
fn every_real_business_number_and_place_is_read_and_joined() {
    let Some(rows) = sample("brazil_anp_gnv_truck_stations_coords.csv", ';') else { return };
    let (mut survey, mut retailers) = (HEADING.to_owned(), Vec::new());
    for row in &rows {
        let (name, town, state, cnpj) = (&row[1], &row[4], &row[7], row.last().unwrap());
        let written = format!("{}.{}.{}/{}-{}", &cnpj[..2], &cnpj[2..5], &cnpj[5..8], &cnpj[8..12], &cnpj[12..]);
        writeln!(survey, "X;{state};{town};{name}; {written};;;;;;GNV;20/08/2026;4,99;;R$ / m³;{}", row[10]).unwrap();
        retailers.push(retailer(cnpj, &row[8], &row[9]));
    }
    let register = format!("{{\"status\": 200, \"data\": [{}]}}", retailers.join(",\n"));
    let (records, summary) = read(&survey, &register);
    let skipped = [Reason::Coordinates, Reason::NoPlace].map(|reason| summary.skipped.count(reason));
    assert_eq!((rows.len(), records.len()), (230, 227), "three have no coordinates: {:?}", summary.skipped);
    assert_eq!((skipped, summary.skipped.total()), ([3, 3], 6));
    let placed = rows.iter().filter(|row| !row[8].is_empty());
    assert!(records.iter().zip(placed).all(|(record, row)| record.station.id.as_str().ends_with(row.last().unwrap())));
}

#[test]
fn every_real_price_of_salvador_is_accounted_for() {
    let Some(rows) = sample("brazil_anp_salvador_2025_derived.csv", ',') else { return };
    let (mut survey, mut names) = (HEADING.to_owned(), Vec::new());
    for row in &rows {
        // The sample has no number: the place among the names stands for it.
        let known = names.iter().position(|name| *name == &row[8]);
        let number = known.unwrap_or_else(|| {
            names.push(&row[8]);
            names.len() - 1
        });
        let day: Vec<_> = row[10].split('-').rev().collect();
        writeln!(
            survey,
            "NE;{};{};{}; {number:014};;;;{};{};{};{};{};;{};",
            row[1],
            row[2],
            row[8],
            row[3],
            row[9],
            row[4],
            day.join("/"),
            row[5],
            row[7]
        )
        .unwrap();
    }
    let retailers: Vec<_> = (0..names.len()).map(|n| retailer(&format!("{n:014}"), "-12.97", "-38.50")).collect();
    let (records, summary) = read(&survey, &format!("{{\"data\": [{}]}}", retailers.join(",")));
    assert_eq!((rows.len(), summary.price_rows, summary.skipped.total()), (100, 100, 0), "{:?}", summary.skipped);
    assert_eq!((summary.prices + summary.superseded, summary.other_fuels.len()), (100, 0));
    assert_eq!((records.len(), summary.skipped.count(Reason::NoPlace)), (names.len(), 0));
    assert!(records.iter().flat_map(|record| &record.prices).any(|price| price.fuel == Fuel::Cng));
}
