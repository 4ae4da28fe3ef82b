//! The traps of Italy's files, each in a file of a few lines; the real ones are read by
//! `tests/real_files.rs`.

use std::fmt::Write as _;
use std::io::{self, BufReader, Read};

use posto_market::{Currency, Label, Position, Service, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::limits::{MAX_FUEL_NAMES, MAX_LINE_BYTES, OTHER_NAMES};
use crate::summary::FileRows;

const REGISTER: &str = "Estrazione del 2026-08-21\n\
    idImpianto|Gestore|Bandiera|Tipo Impianto|Nome Impianto|Indirizzo|Comune|Provincia|Latitudine|Longitudine\n";
const PRICES: &str = "Estrazione del 2026-08-21\nidImpianto|descCarburante|prezzo|isSelf|dtComu\n";
const MILAN: &str = "7|ROSSI SRL|Pompe Bianche|Stradale|Rossi Centro|VIA ROMA 1|MILANO|MI|45.4642|9.19\n";
/// 2026-08-22T00:00:00Z, the day after the files.
const NOW: Timestamp = Timestamp::from_millis(1_787_356_800_000);
const BENZINA: &str = "7|Benzina|1.979|1|20/08/2026 20:30:14\n";

/// Reads two files and checks that the summary accounts for every row.
fn read_files(register: &[u8], prices: &[u8]) -> Result<(Vec<ImportedStation>, Summary), FeedError> {
    let mut stations = Vec::new();
    let summary = read(register, prices, NOW, |station| stations.push(station))?;
    let others: usize = summary.other_fuels.values().sum();
    let taken = summary.stations + summary.without_prices + summary.prices;
    let left_out = summary.served_beside_self + summary.superseded + others + summary.skipped.total();
    assert_eq!(summary.station_rows + summary.price_rows, taken + left_out);
    assert_eq!(summary.files.iter().map(|file| file.rows).sum::<usize>(), summary.read());
    assert_eq!(summary.stations, stations.len());
    assert_eq!(summary.prices, stations.iter().map(|station| station.prices.len()).sum::<usize>());
    Ok((stations, summary))
}

fn read_rows(register: &str, prices: &str) -> (Vec<ImportedStation>, Summary) {
    read_files(format!("{REGISTER}{register}").as_bytes(), format!("{PRICES}{prices}").as_bytes()).unwrap()
}

/// The prices in thousandths of station 7 when these are the rows of the price file.
fn prices_of(rows: &str) -> Vec<(Fuel, u32)> {
    let (stations, _) = read_rows(MILAN, rows);
    let prices = stations.iter().flat_map(|station| &station.prices);
    prices.map(|price| (price.fuel, price.quote.price.thousandths())).collect()
}

/// The one refusal in these files, as reason, file, line and what was found.
fn refused(register: &str, prices: &str) -> (Reason, &'static str, u32, String) {
    let (_, summary) = read_rows(register, prices);
    let (reason, skips) = summary.skipped.iter().next().expect("something is refused");
    assert_eq!(summary.skipped.total(), 1, "{:?}", summary.skipped);
    (reason, skips.examples[0].file, skips.examples[0].line, skips.examples[0].found.clone())
}

#[test]
fn a_station_with_its_price_is_read_whole() {
    let (stations, summary) = read_rows(MILAN, BENZINA);
    let ImportedStation { station, prices, .. } = &stations[0];
    assert_eq!(station.id.as_str(), "it-7");
    assert_eq!(station.position, Position::from_degrees(45.4642, 9.19).unwrap());
    assert_eq!(station.name, Label::new("Rossi Centro"));
    assert_eq!(station.brand, Label::new("Pompe Bianche"));
    assert_eq!(station.address, Label::new("VIA ROMA 1, MILANO (MI)"));
    assert_eq!(station.source, Label::new("it"));
    let quote = &prices[0].quote;
    assert_eq!((prices.len(), prices[0].fuel), (1, Fuel::Gasoline));
    assert_eq!((quote.price.thousandths(), quote.currency, quote.unit), (1979, Currency::EUR, Unit::Litre));
    assert_eq!(quote.reported_at, Some(Timestamp::from_millis(1_787_250_614_000)), "18:30:14 UTC");
    assert_eq!(quote.coordinates, None);
    let files = [PRICES_FILE, REGISTER_FILE].map(|file| FileRows { file, rows: 1 }).to_vec();
    let counted = Summary { files, station_rows: 1, price_rows: 1, stations: 1, prices: 1, ..Summary::default() };
    assert_eq!(summary, counted);
}

#[test]
fn four_fuels_are_known_and_the_others_counted_by_name() {
    let mut rows = String::new();
    for name in ["Metano", "Benzina", "Blue Diesel", "GPL", "Gasolio", "Blue Diesel", "benzina"] {
        writeln!(rows, "7|{name}|1.500|1|20/08/2026 20:30:14").unwrap();
    }
    let (stations, summary) = read_rows(MILAN, &rows);
    let sold: Vec<_> = stations[0].prices.iter().map(|price| (price.fuel, price.quote.unit)).collect();
    let litre = Unit::Litre;
    let expected = [(Fuel::Diesel, litre), (Fuel::Gasoline, litre), (Fuel::Lpg, litre), (Fuel::Cng, Unit::Kilogram)];
    assert_eq!(sold, expected, "in the order of the codes");
    let others: Vec<_> = summary.other_fuels.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(others, [("Blue Diesel", 2), ("benzina", 1)]);
}

#[test]
fn endless_fuel_names_are_counted_together() {
    let rows: String = (0..MAX_FUEL_NAMES + 20).map(|n| format!("7|Fuel {n}|1.5|1|x\n")).collect();
    let (_, summary) = read_rows(MILAN, &rows);
    assert_eq!(summary.other_fuels.len(), MAX_FUEL_NAMES + 1);
    assert_eq!(summary.other_fuels[OTHER_NAMES], 20);
}

#[test]
fn delimiters_and_quotation_marks_belong_to_the_name() {
    let rows = "7|G|B|Stradale|STOIL \"SIMPLE\" | a|b|VIA ROMA 1|MILANO|MI|45.4642|9.19\n\
                8|G|B|Stradale|\"Aperto|VIA \"X|MILANO||45.4642| 9.19\n";
    let prices = format!("{BENZINA}8|Benzina|1.979|1|20/08/2026 20:30:14\n");
    let (stations, _) = read_rows(rows, &prices);
    assert_eq!(stations[0].station.name, Label::new("STOIL \"SIMPLE\" | a|b"));
    assert_eq!(stations[0].station.address, Label::new("VIA ROMA 1, MILANO (MI)"));
    assert_eq!(stations[1].station.name, Label::new("\"Aperto"));
    assert_eq!(stations[1].station.address, Label::new("VIA \"X, MILANO"));
    assert_eq!(stations[0].station.position, stations[1].station.position, "blanks around a number are nothing");
}

#[test]
fn a_long_street_is_cut_before_the_town_is() {
    let (stations, _) = read_rows(&MILAN.replace("VIA ROMA", &"VIA  ROMA È ".repeat(20)), BENZINA);
    let address = stations[0].station.address.as_ref().unwrap().as_str();
    assert!(address.starts_with("VIA ROMA È VIA ROMA") && address.ends_with(", MILANO (MI)"), "{address}");
    let (stations, _) = read_rows(&MILAN.replace("MILANO", &"MILANO ".repeat(20)), BENZINA);
    assert!(
        stations[0].station.address.as_ref().unwrap().as_str().starts_with("MILANO MILANO"),
        "no room for a street"
    );
}

#[test]
fn each_file_may_have_semicolons_byte_order_mark_and_windows_line_ends() {
    let old = |text: &str| format!("\u{feff}{}", text.replace('|', ";").replace('\n', "\r\n"));
    let register = format!("{REGISTER}{MILAN}");
    let prices = format!("{PRICES}{BENZINA}");
    let expected = read_files(register.as_bytes(), prices.as_bytes()).unwrap();
    assert_eq!(expected.0.len(), 1);
    for (register, prices) in [(old(&register), prices.clone()), (register, old(&prices))] {
        assert_eq!(read_files(register.as_bytes(), prices.as_bytes()).unwrap(), expected);
    }
}

#[test]
fn the_last_line_needs_no_end_and_empty_lines_are_nothing() {
    let expected = read_rows(MILAN, BENZINA);
    assert_eq!(read_rows(MILAN.trim_end(), BENZINA.trim_end()), expected);
    assert_eq!(read_rows(&format!("\n{MILAN}\r\n\n"), &format!("\n\n{BENZINA}\n")), expected);
}

#[test]
fn bytes_that_are_not_utf8_are_replaced() {
    let register = [REGISTER.as_bytes(), MILAN.replace("Rossi", "Caff#").as_bytes()].concat();
    let latin1: Vec<u8> = register.iter().map(|&byte| if byte == b'#' { 0xe8 } else { byte }).collect();
    let (stations, _) = read_files(&latin1, format!("{PRICES}{BENZINA}").as_bytes()).unwrap();
    assert_eq!(stations[0].station.name, Label::new("Caff\u{fffd} Centro"));
}

#[test]
fn self_service_goes_before_served_even_when_older() {
    let served = "7|Benzina|2.199|0|21/08/2026 07:00:00\n";
    assert_eq!(prices_of(&format!("{BENZINA}{served}")), [(Fuel::Gasoline, 1979)]);
    assert_eq!(prices_of(&format!("{served}{BENZINA}")), [(Fuel::Gasoline, 1979)]);
    assert_eq!(prices_of(served), [(Fuel::Gasoline, 2199)], "where there is no other");
    let (_, summary) = read_rows(MILAN, &format!("{served}{BENZINA}{served}"));
    assert_eq!((summary.served_beside_self, summary.superseded), (2, 0));
}

#[test]
fn who_fills_the_tank_is_told_by_all_rows_of_the_station() {
    let served = "7|Gasolio|1.899|0|21/08/2026 07:00:00\n";
    let service = |rows: &str| read_rows(MILAN, rows).0.first().and_then(|read| read.station.service);
    assert_eq!(service(BENZINA), Some(Service::SelfService));
    assert_eq!(service(served), Some(Service::Served));
    for rows in [format!("{BENZINA}{served}"), format!("{served}{BENZINA}{served}{BENZINA}")] {
        assert_eq!(service(&rows), Some(Service::Both));
    }
}

#[test]
fn the_newest_report_counts_and_of_equal_times_the_later_line() {
    let older = "7|Benzina|1.111|1|20/08/2026 20:30:13\n";
    assert_eq!(prices_of(&format!("{BENZINA}{older}")), [(Fuel::Gasoline, 1979)]);
    assert_eq!(prices_of(&format!("{older}{BENZINA}")), [(Fuel::Gasoline, 1979)]);
    let same_time = "7|Benzina|1.222|1|20/08/2026 20:30:14\n";
    assert_eq!(prices_of(&format!("{BENZINA}{same_time}")), [(Fuel::Gasoline, 1222)]);
    let (_, summary) = read_rows(MILAN, &format!("{BENZINA}{older}{same_time}"));
    assert_eq!((summary.served_beside_self, summary.superseded), (0, 2));
}

#[test]
fn a_bad_row_never_replaces_a_good_one() {
    let bad = "7|Benzina|0.001|1|21/08/2026 07:00:00\n7|Benzina|1.5|1|never\n";
    assert_eq!(prices_of(&format!("{BENZINA}{bad}")), [(Fuel::Gasoline, 1979)]);
}

#[test]
fn several_stations_may_share_a_position() {
    let rows = format!("{MILAN}{}", MILAN.replacen('7', "8", 1));
    let (stations, _) = read_rows(&rows, &format!("{BENZINA}{}", BENZINA.replacen('7', "8", 1)));
    assert_eq!(stations.iter().map(|station| station.station.id.as_str()).collect::<Vec<_>>(), ["it-7", "it-8"]);
}

#[test]
fn a_station_without_a_price_is_counted_and_not_handed_out() {
    let (stations, summary) = read_rows(MILAN, "7|Blue Diesel|1.979|1|20/08/2026 20:30:14\n");
    assert_eq!((stations.len(), summary.stations, summary.without_prices), (0, 0, 1));
}

#[test]
fn a_station_that_is_listed_twice_is_handed_out_once() {
    let (reason, file, line, found) = refused(&format!("{MILAN}{MILAN}"), BENZINA);
    assert_eq!((reason, file, line), (Reason::RepeatedStation, REGISTER_FILE, 4));
    assert_eq!(found, "idImpianto \"7\"");
}

#[test]
fn a_station_without_a_place_in_italy_is_refused() {
    for (place, reason) in [
        ("|", Reason::Coordinates),
        ("0|0", Reason::ZeroCoordinates),
        ("0.0|-0.000", Reason::ZeroCoordinates),
        ("45.4642|", Reason::Coordinates),
        ("45,4642|9,19", Reason::Coordinates),
        ("NaN|inf", Reason::Coordinates),
        ("9.19|45.4642", Reason::SwappedCoordinates),
        ("34.999999|9.19", Reason::OutsideCountry),
        ("45.4642|19.0000004", Reason::OutsideCountry),
        ("0|9.19", Reason::OutsideCountry),
        ("1e300|9.19", Reason::OutsideCountry),
    ] {
        let told = refused(&MILAN.replace("45.4642|9.19", place), "");
        let (latitude, longitude) = place.split_once('|').unwrap();
        let found = format!("Latitudine {latitude:?}, Longitudine {longitude:?}");
        assert_eq!(told, (reason, REGISTER_FILE, 3, found));
    }
    assert_eq!(read_rows(&MILAN.replace("45.4642|9.19", "35|19"), BENZINA).0.len(), 1, "the border is Italy's");
}

#[test]
fn a_row_of_the_register_without_number_or_fields_is_refused() {
    assert_eq!(refused(&MILAN.replacen('7', "7a", 1), "").0, Reason::StationNumber);
    assert_eq!(refused(&MILAN.replacen('7', "", 1), "").0, Reason::StationNumber);
    assert_eq!(refused(&MILAN.replacen('7', "99999999999", 1), "").0, Reason::StationNumber);
    assert_eq!(refused(&MILAN.replacen("Rossi Centro|", "", 1), "").0, Reason::Fields);
    assert_eq!(refused("x\n", "").3, "row \"x\"");
}

#[test]
fn a_bad_price_row_is_refused_with_its_place() {
    for (from, to, reason, found) in [
        ("1.979", "0.099", Reason::PriceOutOfRange, "prezzo \"0.099\""),
        ("1.979", "10.000", Reason::TenfoldPrice, "prezzo \"10.000\""),
        ("1.979", "0", Reason::ZeroPrice, "prezzo \"0\""),
        ("1.979", "-1.979", Reason::NegativePrice, "prezzo \"-1.979\""),
        ("1.979", "1979", Reason::ThousandfoldPrice, "prezzo \"1979\""),
        ("1.979", "1,979", Reason::Price, "prezzo \"1,979\""),
        ("1.979", "1.9799", Reason::Price, "prezzo \"1.9799\""),
        ("1.979", "", Reason::Price, "prezzo \"\""),
        ("1.979", "nan", Reason::Price, "prezzo \"nan\""),
        ("|1|", "|true|", Reason::SelfService, "isSelf \"true\""),
        ("|1|", "||", Reason::SelfService, "isSelf \"\""),
        ("20/08", "08/20", Reason::Time, "dtComu \"08/20/2026 20:30:14\""),
        ("20/08", "22/08", Reason::FutureTime, "dtComu \"22/08/2026 20:30:14\""),
        ("7|", "x|", Reason::StationNumber, "idImpianto \"x\""),
        ("|1|", "|", Reason::Fields, "row \"7|Benzina|1.979|20/08/2026 20:30:14\""),
        ("|1|", "|1|1|", Reason::Fields, "row \"7|Benzina|1.979|1|1|20/08/2026 20:30:14\""),
    ] {
        let told = refused(MILAN, &BENZINA.replacen(from, to, 1));
        assert_eq!(told, (reason, PRICES_FILE, 3, found.to_owned()));
    }
    for price in ["0.1", "0.100", "9.999", "2"] {
        assert_eq!(read_rows(MILAN, &BENZINA.replace("1.979", price)).1.prices, 1, "{price}");
    }
}

#[test]
fn every_price_row_of_an_unknown_or_refused_station_is_counted() {
    let served = "9|Benzina|2.199|0|21/08/2026 07:00:00\n";
    let prices = format!("{served}{BENZINA}{}", BENZINA.replacen('7', "9", 1));
    let (stations, summary) = read_rows(&format!("{MILAN}9|G|B|T|N|A|C|P|0|0\n"), &prices);
    assert_eq!((stations.len(), summary.served_beside_self), (1, 0));
    assert_eq!(summary.skipped.count(Reason::UnknownStation), 2);
    let place = &summary.skipped.iter().find(|(reason, _)| *reason == Reason::UnknownStation).unwrap().1.examples;
    assert_eq!((place.len(), place[0].line, place[0].found.as_str()), (1, 5, "idImpianto \"9\""));
}

#[test]
fn another_file_is_refused_with_what_was_expected() {
    let good = (format!("{REGISTER}{MILAN}"), format!("{PRICES}{BENZINA}"));
    let told = |register: &str, prices: &str| match read_files(register.as_bytes(), prices.as_bytes()).unwrap_err() {
        FeedError::Heading { file, line, expected, found } => {
            assert!(expected.starts_with(if line == 1 { "Estrazione del" } else { "idImpianto|" }), "{expected}");
            (file, line, found)
        }
        other => panic!("{other}"),
    };
    assert_eq!(told("", &good.1), (REGISTER_FILE, 1, String::new()));
    assert_eq!(told(&good.0, ""), (PRICES_FILE, 1, String::new()));
    assert_eq!(told(&good.0, "Estrazione del 2026-08-21"), (PRICES_FILE, 2, String::new()));
    assert_eq!(told("<html>\n", &good.1), (REGISTER_FILE, 1, "<html>".to_owned()));
    assert_eq!(told(&good.1, &good.0).1, 2, "the two files are mixed up");
    let renamed = good.1.replace("prezzo", "costo");
    assert_eq!(told(&good.0, &renamed).2, "idImpianto|descCarburante|costo|isSelf|dtComu");
    let message = read_files(good.0.as_bytes(), renamed.as_bytes()).unwrap_err().to_string();
    assert!(
        message.starts_with("prezzo_alle_8.csv, line 2: expected \"idImpianto|descCarburante|prezzo|"),
        "{message}"
    );
}

#[test]
fn empty_tables_are_good() {
    let (stations, summary) = read_rows("", "");
    assert_eq!((stations.len(), summary), (0, Summary::default()));
}

#[test]
fn a_line_without_end_is_refused_before_it_fills_the_memory() {
    let endless = BufReader::new(PRICES.as_bytes().chain(io::repeat(b'x')));
    let error = read(REGISTER.as_bytes(), endless, NOW, |_| {}).unwrap_err();
    let FeedError::LineTooLong { file, line, limit } = error else { panic!("{error}") };
    assert_eq!((file, line, limit), (PRICES_FILE, 3, MAX_LINE_BYTES));
}

#[test]
fn a_broken_register_ends_the_stations_after_the_good_ones() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("unplugged"))
        }
    }
    let register = BufReader::new(format!("{REGISTER}{MILAN}").into_bytes().chain_read(Broken));
    let mut stations = Stations::open(register, format!("{PRICES}{BENZINA}").as_bytes(), NOW).unwrap();
    assert!(stations.next().unwrap().is_ok());
    let error = stations.next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), format!("{REGISTER_FILE}, line 4: unplugged"));
    assert!(stations.next().is_none() && stations.next().is_none());
}

trait ChainRead {
    fn chain_read(self, next: impl Read) -> impl Read;
}

impl ChainRead for Vec<u8> {
    fn chain_read(self, next: impl Read) -> impl Read {
        io::Cursor::new(self).chain(next)
    }
}

/// Rows made of the pieces that real rows are made of, in any order.
fn any_rows() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "|",
        "|",
        "|",
        ";",
        "\n",
        "\n",
        "\r\n",
        "\"",
        " ",
        "7",
        "8",
        "Benzina",
        "GPL",
        "1.979",
        "0",
        "1",
        "-",
        ".",
        "20/08/2026 20:30:14",
        "45.4642",
        "9.19",
        "è",
        "\u{0}",
        MILAN,
        BENZINA,
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        register in prop::collection::vec(any::<u8>(), 0..200),
        prices in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = read_files(&register, &prices);
        let with = |head: &str, rows: &[u8]| [head.as_bytes(), rows].concat();
        prop_assert!(read_files(&with(REGISTER, &register), &with(PRICES, &prices)).is_ok());
    }

    #[test]
    fn every_row_is_accounted_for(register in any_rows(), prices in any_rows()) {
        read_rows(&register, &prices);
    }
}
