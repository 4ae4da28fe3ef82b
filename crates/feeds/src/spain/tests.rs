//! The traps of Spain's answer, each in a few lines; a real one is read by `tests/real_spain.rs`.

use posto_market::Position;
use proptest::prelude::*;

use super::*;
use crate::feed::Input;

const STATION: &str = r#"{"C.P.": "08630", "Dirección": "CALLE HOSTAL DEL PI, 4", "Horario": "L-V: 07:00-22:00; S: 08:00-14:00 y 17:00-21:30",
  "Latitud": "41,507833", "Localidad": "ENTITAT", "Longitud (WGS84)": "1,902972", "Municipio": "Abrera",
  "Precio Adblue": "0,729", "Precio Gasoleo A": "1,339", "Precio Gasoleo Premium": "", "Precio Gasolina 95 E5": "1,369",
  "Precio Gases licuados del petróleo": "0,899", "Precio Gas Natural Comprimido": "1,199",
  "Precio Gasolina 95 E5 Premium": "1,389", "Precio Gasolina 98 E5": "1,489", "Provincia": "BARCELONA",
  "Rótulo": "NIEVES", "Tipo Venta": "P", "IDEESS": "1736"}"#;

/// 2025-09-27T16:05:47Z, when the answer was written.
const WRITTEN: Timestamp = Timestamp::from_millis(1_758_989_147_000);

fn answer(stations: &str) -> String {
    format!(
        "{{\"Fecha\": \"27/09/2025 18:05:47\", \"ListaEESSPrecio\": [\n{stations}\n], \"ResultadoConsulta\": \"OK\"}}"
    )
}

/// The records of an answer and its summary, which must account for everything.
fn read(bytes: &[u8]) -> Result<(Vec<FeedRecord>, Summary), FeedError> {
    let mut stations = Stations::open(bytes, WRITTEN)?;
    let records: Vec<_> = stations.by_ref().collect::<Result<_, _>>()?;
    let summary = stations.into_summary();
    let taken = summary.stations + summary.without_prices + summary.prices + summary.superseded;
    let others: usize = summary.other_fuels.values().sum();
    assert_eq!(summary.read(), taken + others + summary.skipped.total(), "{summary:?}");
    Ok((records, summary))
}

fn read_stations(stations: &str) -> (Vec<FeedRecord>, Summary) {
    read(answer(stations).as_bytes()).unwrap()
}

#[test]
fn a_station_with_its_prices_is_read_whole() {
    let (records, summary) = read_stations(STATION);
    let FeedRecord { station, prices, .. } = &records[0];
    assert_eq!(station.id.as_str(), "es-1736");
    assert_eq!(station.position, Position::from_degrees(41.507833, 1.902972).unwrap());
    assert_eq!((&station.brand, &station.name), (&Label::new("NIEVES"), &None));
    assert_eq!(station.address, Label::new("CALLE HOSTAL DEL PI, 4, 08630 Abrera"));
    assert_eq!(station.hours.as_ref().unwrap().as_str(), "Mo-Fr 07:00-22:00; Sa 08:00-14:00,17:00-21:30");
    assert_eq!((station.members_only, station.service), (Some(false), None));
    let told: Vec<_> = prices.iter().map(|price| (price.fuel, price.quote.price.thousandths())).collect();
    let expected = [
        (Fuel::Diesel, 1339),
        (Fuel::Gasoline, 1369),
        (Fuel::GasolinePremium, 1489),
        (Fuel::Lpg, 899),
        (Fuel::Cng, 1199),
    ];
    assert_eq!(told, expected);
    assert_eq!((prices[3].quote.unit, prices[4].quote.unit), (Unit::Litre, Unit::Kilogram));
    assert!(prices.iter().all(|price| price.quote.reported_at == Some(WRITTEN)));
    assert_eq!((summary.price_rows, summary.superseded, summary.other_fuels["Adblue"]), (7, 1, 1));
}

#[test]
fn what_the_sale_is_restricted_to_and_strange_hours_are_told() {
    let restricted = STATION.replace("\"P\"", "\"R\"").replace("L-V: 07:00", "laborables");
    let (records, _) = read_stations(&restricted);
    assert_eq!((records[0].station.members_only, &records[0].station.hours), (Some(true), &None));
}

#[test]
fn a_bad_station_is_refused_with_its_place() {
    for (from, to, reason, found) in [
        ("1736", "", Reason::StationNumber, "IDEESS \"\""),
        ("1736", "17 36", Reason::StationNumber, "IDEESS \"17 36\""),
        ("41,507833", "", Reason::Coordinates, "IDEESS 1736, Latitud \"\", Longitud \"1,902972\""),
        ("41,507833", "0,000000", Reason::OutsideCountry, "IDEESS 1736, Latitud \"0,000000\", Longitud \"1,902972\""),
        ("41,507833", "48,85", Reason::OutsideCountry, "IDEESS 1736, Latitud \"48,85\", Longitud \"1,902972\""),
        ("1,339", "13,39", Reason::TenfoldPrice, "IDEESS 1736, Gasoleo A \"13,39\""),
        ("1,339", "133,9", Reason::HundredfoldPrice, "IDEESS 1736, Gasoleo A \"133,9\""),
        ("1,339", "1339", Reason::ThousandfoldPrice, "IDEESS 1736, Gasoleo A \"1339\""),
        ("1,339", "0,000", Reason::ZeroPrice, "IDEESS 1736, Gasoleo A \"0,000\""),
        ("1,339", "-1,339", Reason::NegativePrice, "IDEESS 1736, Gasoleo A \"-1,339\""),
        ("1,339", "1,339 €", Reason::Price, "IDEESS 1736, Gasoleo A \"1,339 €\""),
    ] {
        let (_, summary) = read_stations(&STATION.replacen(from, to, 1));
        let (told, skips) = summary.skipped.iter().next().unwrap();
        assert_eq!((told, skips.examples[0].line, skips.examples[0].found.as_str()), (reason, 2, found), "{to}");
    }
    let swapped = STATION.replace("41,507833", "x").replace("1,902972", "41,507833").replace("\"x\"", "\"1,902972\"");
    assert_eq!(read_stations(&swapped).1.skipped.count(Reason::SwappedCoordinates), 1);
    let zero = STATION.replace("41,507833", "0").replace("1,902972", "0,0");
    assert_eq!(read_stations(&zero).1.skipped.count(Reason::ZeroCoordinates), 1);
    let (records, summary) = read_stations(&format!("{STATION},{STATION},7"));
    assert_eq!((records.len(), summary.skipped.count(Reason::RepeatedStation), summary.skipped.total()), (1, 1, 2));
}

#[test]
fn an_answer_that_is_none_is_told_with_its_line() {
    let told = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
    let good = answer(STATION);
    assert_eq!(told(""), "EstacionesTerrestres.json, line 1: expected a JSON object");
    assert_eq!(told("{}"), "EstacionesTerrestres.json, line 1: the JSON object has no array \"ListaEESSPrecio\"");
    assert!(told(&good[..good.len() / 2]).contains("the file ends too early"));
    assert!(told(&good.replace("\"P\"", "P")).contains("not JSON"));
    assert!(told(&good.replace("\"Fecha\"", "\"Hora\"")).ends_with("unreadable time: Fecha \"\""));
    assert!(told(&good.replace("27/09/2025", "28/09/2025")).contains("time in the future: Fecha \"28/09/2025"));
    let latin1: Vec<u8> = good.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert!(read(&latin1).unwrap_err().to_string().contains("line 2: not JSON: invalid unicode"));
    let feed = |text: String| {
        let terms = Terms { now: WRITTEN, currency: Currency::BRL };
        let inputs = FEED.sort(vec![Input::new("a", std::io::Cursor::new(text)).unwrap()]);
        let read = inputs.and_then(|inputs| FEED.read(inputs, &terms)?.collect::<Result<Vec<_>, _>>());
        read.map(|records| records.len()).map_err(|error| error.to_string())
    };
    assert_eq!(feed(good.clone()), Ok(1));
    assert_eq!(feed(answer("")), Err("spain: no station or price in what was read".to_owned()));
    let abroad = good.replace("41,507833", "48,85");
    assert_eq!(feed(abroad), Err("spain: none of the 1 stations read is in the country".to_owned()));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..900) {
        let _ = read(&bytes);
        let _ = read(answer(&String::from_utf8_lossy(&bytes)).as_bytes());
        let mut spoiled = answer(STATION).into_bytes();
        let end = spoiled.len();
        spoiled.splice(at.min(end)..(at + 3).min(end), bytes);
        let _ = read(&spoiled);
    }
}
