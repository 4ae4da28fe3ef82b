//! The traps of France's two forms, each in a few lines.

use posto_market::{Label, Position};
use proptest::prelude::*;

use super::*;
use crate::feed::Input;
use crate::report::Reason;

/// 2026-04-02T00:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_775_088_000_000);

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" standalone=\"yes\"?>\n<pdv_liste>\n";

const POINT: &str = r#"<pdv id="91190012" latitude="4870300" longitude="212800.75" cp="91190" pop="R">
  <adresse>27 AV DE L&apos;ÉTÉ</adresse>
  <ville>Gif-sur-Yvette</ville>
  <horaires automate-24-24="">
    <jour id="1" nom="Lundi" ferme=""><horaire ouverture="07.00" fermeture="18.30"/></jour>
    <jour id="2" nom="Mardi" ferme=""><horaire ouverture="07.00" fermeture="12.00"/><horaire ouverture="14.00" fermeture="18.30"/></jour>
    <jour id="7" nom="Dimanche" ferme="1"><horaire ouverture="01.00" fermeture="01.00"/></jour>
  </horaires>
  <services><service>Laverie</service></services>
  <prix nom="Gazole" id="1" maj="2026-04-01T06:01:00" valeur="2.109"/>
  <prix nom="SP98" id="6" maj="2026-03-31 13:15:00" valeur="1959"/>
  <prix nom="Hydrogène" id="9" maj="2026-03-31 13:15:00" valeur="12"/>
  <rupture nom="E10" id="5" debut="2026-03-30T16:16:02" fin="" type="temporaire"/>
  <rupture nom="SP95" id="2" debut="2026-03-30T16:16:02" fin="2026-03-31T16:16:02" type="temporaire"/>
</pdv>
"#;

/// The file as its declaration says.
fn latin(points: &str) -> Vec<u8> {
    format!("{HEAD}{points}</pdv_liste>").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

/// The records and the summary, which must account for everything.
fn finish(stations: Result<Stations<&[u8]>, FeedError>) -> Result<(Vec<FeedRecord>, Summary), FeedError> {
    let mut stations = stations?;
    let records: Vec<_> = stations.by_ref().collect::<Result<_, _>>()?;
    let summary = stations.into_summary();
    let taken = summary.stations + summary.without_prices + summary.prices + summary.ended + summary.superseded;
    let others: usize = summary.other_fuels.values().sum();
    assert_eq!(summary.read(), taken + others + summary.skipped.total(), "{summary:?}");
    Ok((records, summary))
}

fn read_xml(points: &str) -> (Vec<FeedRecord>, Summary) {
    finish(Stations::xml(&latin(points), NOW)).unwrap()
}

fn read_json(text: &str) -> (Vec<FeedRecord>, Summary) {
    finish(Stations::json(text.as_bytes(), NOW)).unwrap()
}

/// The prices in thousandths and the ended fuels of the first record.
fn fuels(records: &[FeedRecord]) -> (Vec<(Fuel, u32)>, Vec<Fuel>) {
    let prices = records[0].prices.iter().map(|price| (price.fuel, price.quote.price.thousandths()));
    (prices.collect(), records[0].ended.iter().map(|ended| ended.fuel).collect())
}

#[test]
fn a_point_of_the_xml_is_read_whole() {
    let (records, summary) = read_xml(POINT);
    let FeedRecord { station, prices, ended } = &records[0];
    assert_eq!(station.id.as_str(), "fr-91190012");
    assert_eq!(station.position, Position::from_degrees(48.703, 2.1280075).unwrap());
    assert_eq!(station.address, Label::new("27 AV DE L'ÉTÉ, 91190 Gif-sur-Yvette"));
    assert_eq!((&station.name, &station.brand), (&None, &None));
    assert_eq!(station.hours.as_ref().unwrap().as_str(), "Mo 07:00-18:30; Tu 07:00-12:00,14:00-18:30");
    let expected = (vec![(Fuel::Diesel, 2109), (Fuel::GasolinePremium, 1959)], vec![Fuel::GasolineE10]);
    assert_eq!(fuels(&records), expected);
    assert_eq!(prices[0].quote.reported_at, Some(Timestamp::from_millis(1_775_016_060_000)), "04:01:00 UTC");
    assert_eq!(ended[0].at, Timestamp::from_millis(1_774_880_162_000), "14:16:02 UTC");
    assert_eq!((summary.price_rows, summary.other_fuels["Hydrogène"]), (4, 1));
}

#[test]
fn the_declared_encoding_counts() {
    let utf8 = format!("{HEAD}{POINT}</pdv_liste>").replace("ISO-8859-1", "UTF-8");
    assert_eq!(finish(Stations::xml(utf8.as_bytes(), NOW)).unwrap().0, read_xml(POINT).0);
    let lying = String::from_utf8_lossy(&latin(POINT)).replace("ISO-8859-1", "UTF-8").replace('\u{fffd}', "\u{1}");
    let lying: Vec<u8> = lying.bytes().map(|byte| if byte == 1 { 0xe9 } else { byte }).collect();
    let error = finish(Stations::xml(&lying, NOW)).unwrap_err().to_string();
    assert!(error.contains("not UTF-8"), "{error}");
}

#[test]
fn pumps_around_the_clock_are_always_open_and_strange_hours_are_none() {
    let always = POINT.replace("automate-24-24=\"\"", "automate-24-24=\"1\"");
    assert_eq!(read_xml(&always).0[0].station.hours.as_ref().unwrap().as_str(), "24/7");
    let strange = POINT.replace("\"07.00\"", "\"7h\"");
    assert_eq!(read_xml(&strange).0[0].station.hours, None);
}

#[test]
fn the_newest_word_on_a_fuel_counts() {
    let with = |more: &str| fuels(&read_xml(&POINT.replace("</pdv>", &format!("{more}</pdv>"))).0);
    let older = with("<prix nom=\"Gazole\" maj=\"2026-03-01T06:01:00\" valeur=\"1.5\"/>");
    assert_eq!(older.0[0], (Fuel::Diesel, 2109));
    let newer = with("<prix id=\"1\" maj=\"2026-04-01T06:01:01\" valeur=\"1.5\"/>");
    assert_eq!(newer.0[0], (Fuel::Diesel, 1500));
    let ended = with("<rupture nom=\"Gazole\" debut=\"2026-04-01T06:01:01\" fin=\"\"/>");
    assert_eq!(ended.1, [Fuel::Diesel, Fuel::GasolineE10]);
    let same_time = with("<rupture nom=\"Gazole\" debut=\"2026-04-01T06:01:00\"/>");
    assert_eq!(same_time.0[0], (Fuel::Diesel, 2109));
    let before = with("<prix nom=\"E10\" maj=\"2026-04-01T06:01:00\" valeur=\"1.999\"/>");
    assert_eq!((before.0.len(), before.1.len()), (3, 0), "it is sold again");
}

#[test]
fn a_bad_point_or_price_is_refused_with_its_place() {
    for (from, to, reason, found) in [
        ("91190012", "", Reason::StationNumber, "id \"\""),
        ("\"4870300\"", "\"\"", Reason::Coordinates, "id 91190012, latitude \"\", longitude \"212800.75\""),
        ("\"4870300\"", "\"0\"", Reason::OutsideCountry, "id 91190012, latitude \"0\", longitude \"212800.75\""),
        (
            "\"4870300\"",
            "\"48.703\"",
            Reason::OutsideCountry,
            "id 91190012, latitude \"48.703\", longitude \"212800.75\"",
        ),
        ("2.109", "21.09", Reason::TenfoldPrice, "id 91190012, Gazole valeur \"21.09\""),
        ("2.109", "210.9", Reason::HundredfoldPrice, "id 91190012, Gazole valeur \"210.9\""),
        ("2.109", "0.000", Reason::ZeroPrice, "id 91190012, Gazole valeur \"0.000\""),
        ("2.109", "-2.109", Reason::NegativePrice, "id 91190012, Gazole valeur \"-2.109\""),
        ("2.109", "", Reason::Price, "id 91190012, Gazole valeur \"\""),
        ("2026-04-01T", "2026-04-03T", Reason::FutureTime, "id 91190012, Gazole maj \"2026-04-03T06:01:00\""),
        ("2026-04-01T", "", Reason::Time, "id 91190012, Gazole maj \"06:01:00\""),
    ] {
        let (_, summary) = read_xml(&POINT.replacen(from, to, 1));
        let (told, skips) = summary.skipped.iter().next().unwrap();
        assert_eq!((told, skips.examples[0].line, skips.examples[0].found.as_str()), (reason, 3, found), "{to}");
    }
    let swapped = POINT.replace("\"4870300\"", "\"x\"").replace("212800.75", "4870300").replace("\"x\"", "\"212800\"");
    assert_eq!(read_xml(&swapped).1.skipped.count(Reason::SwappedCoordinates), 1);
    let zero = POINT.replace("4870300", "0").replace("212800.75", "0.0");
    assert_eq!(read_xml(&zero).1.skipped.count(Reason::ZeroCoordinates), 1);
    assert_eq!(read_xml(&format!("{POINT}{POINT}")).1.skipped.count(Reason::RepeatedStation), 1);
}

const RECORD: &str = r#"{"id": 1000001, "latitude": "4620114", "longitude": "519791", "cp": "01000", "pop": "R",
 "adresse": "596 AVENUE DE TREVOUX", "ville": "Saint-Denis", "geom": {"lon": 5.19791, "lat": 46.20114},
 "horaires": "{\"@automate-24-24\": \"\", \"jour\": [{\"@id\": \"1\", \"@ferme\": \"\", \"horaire\": {\"@ouverture\": \"08.00\", \"@fermeture\": \"19.00\"}}, {\"@id\": \"7\", \"@ferme\": \"1\"}]}",
 "gazole_maj": "2026-04-01T06:01:00+00:00", "gazole_prix": 2.109, "sp95_prix": null, "sp95_maj": null,
 "e10_prix": "1.9", "e10_maj": "2026-03-01T06:01:00+00:00", "e10_rupture_debut": "2026-03-31T10:00:00+00:00",
 "e10_rupture_type": "temporaire", "horaires_automate_24_24": "Non"}"#;

#[test]
fn a_record_of_the_json_is_read_whole_in_a_list_and_in_results() {
    let list = format!("[{RECORD}]");
    let (records, summary) = read_json(&list);
    let station = &records[0].station;
    assert_eq!(station.id.as_str(), "fr-1000001");
    assert_eq!(station.position, Position::from_degrees(46.20114, 5.19791).unwrap());
    assert_eq!(station.address, Label::new("596 AVENUE DE TREVOUX, 01000 Saint-Denis"));
    assert_eq!(station.hours.as_ref().unwrap().as_str(), "Mo 08:00-19:00");
    assert_eq!(fuels(&records), (vec![(Fuel::Diesel, 2109)], vec![Fuel::GasolineE10]));
    let paris = Some(Timestamp::from_millis(1_775_016_060_000));
    assert_eq!(records[0].prices[0].quote.reported_at, paris, "04:01:00 UTC, whatever the offset says");
    assert_eq!((summary.price_rows, summary.superseded), (3, 1));
    assert_eq!(read_json(&format!("{{\"total_count\": 1, \"results\": [{RECORD}]}}")).0, records);
    let scaled = list.replace("\"geom\": {\"lon\": 5.19791, \"lat\": 46.20114}", "\"geom\": null");
    assert_eq!(read_json(&scaled).0, records);
    let always = list.replace("\"Non\"", "\"Oui\"");
    assert_eq!(read_json(&always).0[0].station.hours.as_ref().unwrap().as_str(), "24/7");
    assert_eq!(read_json("[7, null]").1.skipped.count(Reason::StationNumber), 2);
}

#[test]
fn a_file_that_is_neither_is_told_with_its_line() {
    let feed = |bytes: Vec<u8>| {
        let inputs = FEED.sort(vec![Input::new("a", std::io::Cursor::new(bytes)).unwrap()]);
        let terms = Terms { now: NOW, currency: posto_market::Currency::BRL };
        let read = inputs.and_then(|inputs| FEED.read(inputs, &terms)?.collect::<Result<Vec<_>, _>>());
        read.map(|records| records.len()).map_err(|error| error.to_string())
    };
    let told = |bytes: &[u8]| feed(bytes.to_vec()).unwrap_err();
    let good = latin(POINT);
    assert_eq!(feed(good.clone()), Ok(1));
    assert_eq!(feed(format!("[{RECORD}]").into_bytes()), Ok(1));
    assert_eq!(told(b""), "a: the file is empty");
    assert!(told(b"<html></html>").ends_with("line 1: expected <pdv_liste>, found <html>"));
    assert!(told(b"hello").ends_with("expected <pdv_liste>, found nothing"));
    assert!(told(&good[..good.len() - 12]).ends_with("line 18: the file ends too early"));
    assert!(told(&good[..good.len() - 14]).contains("line 17: not XML"));
    assert!(told(&good[..good.len() / 2]).contains("PrixCarburants_instantane.xml, line 9: "));
    assert!(told(&latin(&POINT.replace("</ville>", "</town>"))).contains("line 5: not XML"));
    let other_encoding = String::from_utf8_lossy(&good).replace("ISO-8859-1", "UTF-16");
    assert!(told(other_encoding.as_bytes()).contains("line 1: encoding \"utf-16\""));
    assert!(told(format!("[{RECORD}").as_bytes()).contains("the file ends too early"));
    assert_eq!(told(&latin("")), "france: no station or price in what was read");
    let abroad = latin(&POINT.replace("4870300", "3700000"));
    assert_eq!(told(&abroad), "france: none of the 1 stations read is in the country");
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..1800) {
        let _ = finish(Stations::xml(&bytes, NOW));
        let _ = finish(Stations::json(&bytes, NOW));
        let list = format!("[{RECORD}]").into_bytes();
        for (file, is_xml) in [(latin(POINT), true), (list, false)] {
            let mut spoiled = file;
            let end = spoiled.len();
            spoiled.splice(at.min(end)..(at + 2).min(end), bytes.iter().copied());
            let _ = if is_xml { finish(Stations::xml(&spoiled, NOW)) } else { finish(Stations::json(&spoiled, NOW)) };
        }
    }
}
