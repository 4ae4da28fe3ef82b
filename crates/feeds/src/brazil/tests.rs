//! The traps of Brazil's files, each in a file of a few lines.

use posto_market::{Currency, Label, Position, Timestamp, Unit};
use proptest::prelude::*;

use super::survey::Cnpj;
use super::*;
use crate::feed::Input;

const HEADING: &str = "\u{feff}Regiao - Sigla;Estado - Sigla;Municipio;Revenda;CNPJ da Revenda;Nome da Rua;Numero Rua;\
    Complemento;Bairro;Cep;Produto;Data da Coleta;Valor de Venda;Valor de Compra;Unidade de Medida;Bandeira\r\n";
const MITAI: &str = "CO;MS;DOURADOS;AUTO POSTO MITAI LTDA; 12.345.678/0001-95;RUA MATO GROSSO;100;\"LOJA; 2\";CENTRO;\
    79800-000;GASOLINA;20/08/2026;5,99;;R$ / litro;BRANCA\r\n";
const REGISTER: &str = r#"{"status": 200, "title": "Dados Encontrados", "succeeded": true, "data": [
{"codigoSIMP": "1", "razaoSocial": "AUTO POSTO MITAI LTDA", "cnpj": "12345678000195", "municipio": "DOURADOS", "uf": "MS",
 "distribuidora": "BANDEIRA BRANCA", "produtos": [{"produto": "GASOLINA C COMUM", "tancagem": 30}],
 "latitude": "-22.217551", "longitude": "-54.765349"}], "searchPageFilter": {"totalPagina": 1}}"#;
const OSM: &str = r#"<osm><node id="7" lat="-22.3" lon="-54.8"><tag k="amenity" v="fuel"/>
    <tag k="name" v="Auto Posto Mitaí"/><tag k="addr:city" v="Dourados"/></node></osm>"#;
const NOW: Timestamp = Timestamp::from_millis(1_787_356_800_000);

type Outcome = Result<(Vec<ImportedStation>, Summary), FeedError>;

fn read_all(files: &[Vec<u8>]) -> Outcome {
    let input =
        |(index, bytes): (usize, &Vec<u8>)| Input::new(index.to_string(), std::io::Cursor::new(bytes.clone())).unwrap();
    let inputs = FEED.sort(files.iter().enumerate().map(input).collect())?;
    let mut records = FEED.read(inputs, &Terms { now: NOW, currency: Currency::EUR })?;
    let read = records.by_ref().collect::<Result<Vec<_>, _>>()?;
    let summary = records.summary();
    let others: usize = summary.other_fuels.values().sum();
    let counted = summary.prices + summary.superseded + others + summary.stations + summary.without_prices;
    assert_eq!(summary.read(), counted + summary.skipped.total(), "{summary:?}");
    assert_eq!(summary.stations, read.len());
    Ok((read, summary))
}

fn read(files: &[&str]) -> Outcome {
    read_all(&files.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>())
}

fn survey(rows: &str) -> String {
    format!("{HEADING}{rows}")
}

/// The reading of these rows with the register.
fn rows(rows: &str) -> (Vec<ImportedStation>, Summary) {
    read(&[&survey(rows), REGISTER]).unwrap()
}

fn prices(record: &ImportedStation) -> Vec<(Fuel, u32)> {
    record.prices.iter().map(|price| (price.fuel, price.quote.price.thousandths())).collect()
}

#[test]
fn a_row_with_its_place_is_read_whole() {
    let (records, summary) = rows(MITAI);
    let ImportedStation { station, prices, .. } = &records[0];
    assert_eq!(station.id.as_str(), "br-12345678000195");
    assert_eq!(station.position, Position::from_degrees(-22.217551, -54.765349).unwrap());
    assert_eq!((&station.name, &station.brand), (&Label::new("AUTO POSTO MITAI LTDA"), &Label::new("BRANCA")));
    assert_eq!(station.address, Label::new("RUA MATO GROSSO, 100, DOURADOS - MS"));
    assert_eq!(station.source, Label::new("br"));
    let quote = &prices[0].quote;
    assert_eq!((prices.len(), prices[0].fuel, quote.price.thousandths()), (1, Fuel::Gasoline, 5990));
    assert_eq!((quote.currency, quote.unit), (Currency::BRL, Unit::Litre));
    assert_eq!(quote.reported_at, Some(Timestamp::from_millis(1_787_198_400_000)), "04:00 UTC: midnight of MS");
    assert_eq!((summary.station_rows, summary.price_rows, summary.stations, summary.prices), (1, 1, 1, 1));
}

#[test]
fn every_product_is_one_fuel_in_its_unit() {
    for (product, unit, expected) in [
        ("GASOLINA ADITIVADA", "R$ / litro", Fuel::GasolinePremium),
        ("ETANOL", "R$ / litro", Fuel::Ethanol),
        ("Diesel", "R$ / litro", Fuel::Diesel),
        ("DIESEL S10", "R$ / litro", Fuel::DieselPremium),
        ("GNV", "R$ / m³", Fuel::Cng),
    ] {
        let row = MITAI.replace(";GASOLINA;", &format!(";{product};")).replace("R$ / litro", unit);
        let (records, _) = rows(&row);
        assert_eq!(prices(&records[0]), [(expected, 5990)]);
        assert_eq!(records[0].prices[0].quote.unit, expected.default_unit());
    }
    let (records, summary) = rows(&format!("{MITAI}{}", MITAI.replace(";GASOLINA;", ";GLP;")));
    assert_eq!((prices(&records[0]).len(), summary.other_fuels["GLP"]), (1, 1));
}

#[test]
fn the_same_row_in_several_files_counts_once_and_the_newest_day_counts() {
    let older = MITAI.replace("20/08/2026", "13/08/2026").replace("5,99", "5,49");
    let (tables, once) = ([survey(MITAI), survey(&older)], rows(MITAI).0);
    for files in [
        [tables[0].as_str(), tables[0].as_str(), REGISTER],
        [tables[0].as_str(), tables[1].as_str(), REGISTER],
        [REGISTER, tables[1].as_str(), tables[0].as_str()],
    ] {
        let (records, summary) = read(&files).unwrap();
        assert_eq!((&records, summary.price_rows, summary.superseded), (&once, 2, 1));
    }
    let (records, _) = rows(&format!("{MITAI}{}", MITAI.replace("5,99", "6,01")));
    assert_eq!(prices(&records[0]), [(Fuel::Gasoline, 6010)], "of one day the later line");
}

#[test]
fn the_register_is_asked_before_openstreetmap_and_a_number_before_a_name() {
    let table = survey(MITAI);
    let at = |files: &[&str]| {
        let position = read(files).unwrap().0[0].station.position;
        (position.latitude_microdegrees(), position.longitude_microdegrees())
    };
    let by_number = OSM.replace("7\" lat=\"-22.3\"", "8\" lat=\"-22.4\"").replace("k=\"name\"", "k=\"alt_name\"");
    let by_number = by_number.replace("</node>", "<tag k=\"ref:vatin\" v=\"BR12345678000195\"/></node>");
    assert_eq!(at(&[&table, OSM]), (-22_300_000, -54_800_000));
    assert_eq!(at(&[&table, OSM, &by_number]), (-22_400_000, -54_800_000));
    assert_eq!(at(&[&by_number, OSM, &table]), (-22_400_000, -54_800_000));
    assert_eq!(at(&[&by_number, REGISTER, OSM, &table]), (-22_217_551, -54_765_349));
    let other = OSM.replace("</node>", "<tag k=\"ref:CNPJ\" v=\"99.999.999/0001-91\"/></node>");
    assert!(read(&[&table, &other]).is_err(), "the name of another business");
}

#[test]
fn a_name_that_may_be_anothers_gives_no_place() {
    let twin = MITAI.replace("0001-95", "0002-76");
    let table = survey(&format!("{MITAI}{twin}"));
    let (records, summary) = read(&[&table, OSM, REGISTER]).unwrap();
    assert_eq!((records.len(), summary.skipped.count(Reason::NoPlace)), (1, 1), "two stations, one name");
    let second = |latitude: &str| OSM.replace("id=\"7\" lat=\"-22.3\"", &format!("id=\"8\" lat=\"{latitude}\""));
    let table = survey(MITAI);
    assert!(read(&[&table, OSM, &second("-22.31")]).is_err(), "one station, two places");
    assert_eq!(read(&[&table, OSM, &second("-22.3001")]).unwrap().0.len(), 1, "drawn twice");
    assert!(read(&[&table, &OSM.replace("Dourados", "Campo Grande")]).is_err(), "another municipality");
}

#[test]
fn a_price_without_a_place_is_counted_for_a_reason_of_its_own() {
    let elsewhere = MITAI.replace("12.345.678", "11.111.111").replace("MITAI", "LONGE");
    let older = elsewhere.replace("20/08/2026", "13/08/2026");
    let (records, summary) = rows(&format!("{MITAI}{elsewhere}{older}"));
    assert_eq!((records.len(), summary.prices, summary.superseded), (1, 1, 0));
    let (reason, skips) = summary.skipped.iter().next().unwrap();
    assert_eq!((reason, skips.count, skips.examples.len()), (Reason::NoPlace, 2, 1));
    assert_eq!((skips.examples[0].file, skips.examples[0].line), (SURVEY_FILE, 3));
    assert_eq!(skips.examples[0].found, "CNPJ da Revenda \"11111111000195\"");
}

#[test]
fn a_bad_row_is_refused_with_its_place() {
    for (from, to, reason, found) in [
        ("12.345.678", "12.345.67", Reason::StationNumber, "CNPJ da Revenda \"12.345.67/0001-95\""),
        ("5,99", "0,599", Reason::PriceOutOfRange, "Valor de Venda \"0,599\""),
        ("5,99", "59,9", Reason::TenfoldPrice, "Valor de Venda \"59,9\""),
        ("5,99", "5990", Reason::ThousandfoldPrice, "Valor de Venda \"5990\""),
        ("5,99", "0", Reason::ZeroPrice, "Valor de Venda \"0\""),
        ("5,99", "-5,99", Reason::NegativePrice, "Valor de Venda \"-5,99\""),
        ("5,99", "1.005,99", Reason::Price, "Valor de Venda \"1.005,99\""),
        ("20/08/2026", "2026-08-20", Reason::Time, "Data da Coleta \"2026-08-20\""),
        ("20/08/2026", "08/20/2026", Reason::Time, "Data da Coleta \"08/20/2026\""),
        ("20/08/2026", "23/08/2026", Reason::FutureTime, "Data da Coleta \"23/08/2026\""),
        ("litro", "m³", Reason::Unit, "Unidade de Medida \"R$ / m³\""),
        (";GASOLINA;", ";GNV;", Reason::Unit, "Unidade de Medida \"R$ / litro\""),
    ] {
        let (records, summary) = rows(&format!("{}{MITAI}", MITAI.replacen(from, to, 1)));
        let (told, skips) = summary.skipped.iter().next().expect(to);
        let place = &skips.examples[0];
        assert_eq!((told, place.file, place.line, place.found.as_str()), (reason, SURVEY_FILE, 2, found));
        assert_eq!((records.len(), summary.skipped.total()), (1, 1));
    }
    let (_, summary) = rows(&format!("{MITAI}CO;MS\r\n"));
    assert_eq!(summary.skipped.count(Reason::Fields), 1);
    assert!(Cnpj::parse("12ABC34501DE35").is_some() && Cnpj::parse("12ABC34501DE3X").is_none());
}

#[test]
fn a_retailer_without_a_good_place_matters_only_where_it_has_prices() {
    let table = survey(&format!("{MITAI}{}", MITAI.replace("12.345.678", "11.111.111").replace("MITAI", "LONGE")));
    for (from, to, reason) in [
        ("-22.217551", "", Reason::Coordinates),
        ("-22.217551", "10", Reason::OutsideCountry),
        ("\"-54.765349\"", "null", Reason::Coordinates),
        (
            "-22.217551\", \"longitude\": \"-54.765349",
            "-54.765349\", \"longitude\": \"-22.217551",
            Reason::SwappedCoordinates,
        ),
        ("-22.217551\", \"longitude\": \"-54.765349", "0\", \"longitude\": \"0", Reason::ZeroCoordinates),
    ] {
        let good = REGISTER.replace("12345678000195", "11111111000195");
        let bad = REGISTER.replace(from, to);
        let (records, summary) = read(&[&table, &good, &bad]).unwrap();
        assert_eq!((records.len(), summary.skipped.count(reason), summary.skipped.total()), (1, 1, 2), "{to}");
        let unneeded = bad.replace("12345678000195", "22222222000195");
        let (_, summary) = read(&[&table, &good, &unneeded]).unwrap();
        assert_eq!((summary.skipped.count(reason), summary.without_prices), (0, 1), "{to}");
    }
    let (_, summary) = read(&[&table, REGISTER, &REGISTER.replace("12345678000195", "?")]).unwrap();
    assert_eq!(summary.skipped.count(Reason::StationNumber), 1);
    assert_eq!(read(&[&table, &REGISTER.replace("-22.217551", "-22,217551")]).unwrap().0.len(), 1);
}

#[test]
fn other_files_are_refused_with_one_clear_message() {
    let table = survey(MITAI);
    let told = |files: &[&str]| read(files).unwrap_err().to_string();
    assert_eq!(told(&[&table]), format!("brazil needs {REGISTER_FILE}"));
    assert_eq!(told(&[REGISTER]), format!("brazil needs {SURVEY_FILE}"));
    assert_eq!(told(&["", REGISTER]), "0: the file is empty");
    assert!(told(&[&table, "<html>"]).starts_with(&format!("{REGISTER_FILE}, line 1: expected a JSON object")));
    assert!(
        told(&["Regiao;Estado\n", REGISTER]).starts_with(&format!("{SURVEY_FILE}, line 1: expected \"Regiao - Sigla;"))
    );
    let renamed = table.replace("Valor de Venda", "Preco");
    assert!(told(&[&renamed, REGISTER]).contains("found \"Regiao - Sigla;Estado - Sigla;"));
    let cut = &REGISTER[..REGISTER.len() - 60];
    assert_eq!(told(&[&table, cut]), format!("{REGISTER_FILE}, line 4: the file ends too early"));
    let nowhere = REGISTER.replace("12345678000195", "11111111000195");
    assert!(told(&[&table, &nowhere]).contains("none of the 1 stations of the survey is here"));
    let latin1: Vec<u8> =
        table.replace("MITAI", "MITA#").bytes().map(|byte| if byte == b'#' { 0xcd } else { byte }).collect();
    let error = read_all(&[latin1, REGISTER.as_bytes().to_vec()]).unwrap_err();
    assert_eq!(error.to_string(), format!("{SURVEY_FILE}, line 2: not UTF-8"));
    assert_eq!(rows("").0.len(), 0, "an empty table is good");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        table in prop::collection::vec(any::<u8>(), 0..200),
        register in prop::collection::vec(any::<u8>(), 0..200),
        cut in 0..MITAI.len(),
    ) {
        let with = |head: &str, rest: &[u8]| [head.as_bytes(), rest].concat();
        let _ = read_all(&[table.clone(), register.clone()]);
        let _ = read_all(&[with(HEADING, &table), REGISTER.as_bytes().to_vec()]);
        let _ = read_all(&[with(&survey(MITAI), &table), with("{\"codigoSIMP\": 1, \"data\": [", &register)]);
        let mut row = MITAI.as_bytes().to_vec();
        row.splice(cut..cut, table.iter().take(3).copied());
        let _ = read_all(&[[HEADING.as_bytes(), MITAI.as_bytes(), &row].concat(), REGISTER.as_bytes().to_vec()]);
    }
}
