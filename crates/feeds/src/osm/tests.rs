//! The three forms of OpenStreetMap's data, each in a file of a few lines; the real one is read by
//! `tests/real_osm.rs`.

use std::io::{self, BufReader, Read as _};

use posto_market::{OpeningHours, Position, Service};
use proptest::prelude::*;

use super::*;
use crate::report::Reason;

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6"><note>x &amp; y</note><meta osm_base="2019-02-11T08:13:02Z"/>
  <node id="7" lat="45.5" lon="13.25">
    <tag k="amenity" v="fuel"/>
    <tag k="name" v="Caff&#232; &amp; Benzina"/>
    <tag k="brand" v="Q8"/>
    <tag k="operator" v="Rossi"/>
    <tag k="opening_hours" v="24/7"/>
    <tag k="self_service" v="yes"/>
    <tag k="addr:street" v="Via Roma"/><tag k="addr:housenumber" v="1"/><tag k="addr:city" v="Udine"/>
    <tag k="fuel:diesel" v="yes"/><tag k="fuel:octane_95" v="yes"/><tag k="fuel:lpg" v="no"/>
    <tag k="ref:mise" v="38031;38032"/>
  </node>
  <way id="8"><center lat="45.6" lon="13.3"/><nd ref="1"/><tag k="amenity" v="fuel"/></way>
</osm>"#;

const OVERPASS: &str = r#"{"version": 0.6, "osm3s": {"copyright": "ODbL"}, "elements": [
{"type": "node", "id": 7, "lat": 45.5, "lon": 13.25, "tags": {"amenity": "fuel", "name": "Caffè & Benzina", "brand": "Q8",
 "operator": "Rossi", "opening_hours": "24/7", "self_service": "yes", "addr:street": "Via Roma", "addr:housenumber": "1",
 "addr:city": "Udine", "fuel:diesel": "yes", "fuel:octane_95": "yes", "fuel:lpg": "no", "ref:mise": "38031;38032"}},
{"type": "way", "id": 8, "center": {"lat": 45.6, "lon": 13.3}, "nodes": [1, 2], "tags": {"amenity": "fuel"}}
]}"#;

const FEATURES: &str = r#"{"type": "FeatureCollection", "features": [
{"type": "Feature", "id": "node/7", "geometry": {"type": "Point", "coordinates": [13.25, 45.5]},
 "properties": {"@id": "node/7", "amenity": "fuel", "name": "Caffè & Benzina", "brand": "Q8", "operator": "Rossi",
 "opening_hours": "24/7", "self_service": "yes", "addr:street": "Via Roma", "addr:housenumber": "1", "addr:city": "Udine",
 "fuel:diesel": "yes", "fuel:octane_95": "yes", "fuel:lpg": "no", "ref:mise": "38031;38032"}},
{"type": "Feature", "properties": {"type": "way", "id": 8, "tags": {"amenity": "fuel"}}, "geometry": {"type": "Polygon",
 "coordinates": [[[13.2, 45.5], [13.4, 45.5], [13.4, 45.7], [13.2, 45.7], [13.2, 45.5]]]}}
]}"#;

fn read(text: &[u8]) -> Result<(Vec<Found>, Summary), FeedError> {
    let mut stations = Stations::open(text)?;
    let found = stations.by_ref().collect::<Result<Vec<_>, _>>()?;
    let summary = stations.summary();
    assert_eq!((summary.stations, summary.station_rows), (found.len(), found.len() + summary.skipped.total()));
    Ok((found, summary))
}

fn xml(elements: &str) -> String {
    format!("<osm>\n{elements}</osm>")
}

/// The id and the position in degrees of every station.
fn places(text: &str) -> Vec<(String, f64, f64)> {
    let (found, _) = read(text.as_bytes()).unwrap();
    let place = |station: &Station| (station.position.latitude(), station.position.longitude());
    found.iter().map(|found| (found.station.id.to_string(), place(&found.station).0, place(&found.station).1)).collect()
}

#[test]
fn the_three_forms_tell_the_same_stations() {
    for text in [XML, OVERPASS, FEATURES] {
        let (found, summary) = read(text.as_bytes()).unwrap();
        let Found { station, operator, fuels, references } = &found[0];
        assert_eq!(station.id.as_str(), "osm-n7");
        assert_eq!(station.position, Position::from_degrees(45.5, 13.25).unwrap());
        assert_eq!(station.name, Label::new("Caffè & Benzina"));
        assert_eq!((&station.brand, operator), (&Label::new("Q8"), &Label::new("Rossi")));
        assert_eq!(station.address, Label::new("Via Roma 1, Udine"));
        assert_eq!(station.hours, OpeningHours::new("24/7"));
        assert_eq!((station.service, station.members_only), (Some(Service::SelfService), None));
        assert_eq!(station.source, Label::new("osm"));
        assert_eq!(fuels, &[Fuel::Diesel, Fuel::Gasoline]);
        assert_eq!(references.iter().map(StationId::as_str).collect::<Vec<_>>(), ["it-38031", "it-38032"]);
        assert_eq!(found[1].station.id.as_str(), "osm-w8");
        assert_eq!(found[1].station.position, Position::from_degrees(45.6, 13.3).unwrap());
        assert_eq!((found.len(), summary.skipped.total(), summary.not_stations), (2, 0, 0));
    }
}

#[test]
fn a_way_without_a_center_is_in_the_middle_of_its_nodes_before_or_after_it() {
    let way = r#"<way id="8"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="9"/><nd ref="1"/><tag k="amenity" v="fuel"/></way>"#;
    let nodes = r#"<node id="1" lat="10" lon="20"/><node id="2" lat="10" lon="26"/><node id="3" lat="13" lon="23"/>"#;
    for text in [xml(&format!("{way}{nodes}")), xml(&format!("{nodes}{way}"))] {
        assert_eq!(places(&text), [("osm-w8".to_owned(), 11.0, 23.0)]);
    }
    let geometry =
        r#"<way id="8"><nd ref="1" lat="1" lon="2"/><nd ref="2" lat="3" lon="4"/><tag k="amenity" v="fuel"/></way>"#;
    assert_eq!(places(&xml(geometry)), [("osm-w8".to_owned(), 2.0, 3.0)]);
    let overpass = r#"{"elements": [{"type": "way", "id": 8, "nodes": [1, 2], "tags": {"amenity": "fuel"}},
        {"type": "way", "id": 9, "geometry": [{"lat": 5, "lon": 6}, null], "tags": {"amenity": "fuel"}},
        {"type": "node", "id": 1, "lat": 1, "lon": 2}, {"type": "node", "id": 2, "lat": 3, "lon": 4}]}"#;
    assert_eq!(places(overpass), [("osm-w9".to_owned(), 5.0, 6.0), ("osm-w8".to_owned(), 2.0, 3.0)]);
}

#[test]
fn a_station_without_a_place_is_refused_with_its_line() {
    let fuel = r#"<tag k="amenity" v="fuel"/>"#;
    for (element, found) in [
        (
            format!(r#"<way id="8"><nd ref="1"/><nd ref="2"/>{fuel}</way>"#),
            "w8: no center, and none of its 2 nodes is in the file",
        ),
        (format!(r#"<way id="8">{fuel}</way>"#), "w8: no coordinates"),
        (format!(r#"<node id="8" lat="0" lon="0.0">{fuel}</node>"#), "n8"),
        (format!(r#"<node id="8" lat="91" lon="0.0">{fuel}</node>"#), "n8: no coordinates"),
        (format!(r#"<relation id="8"><member type="way" ref="1"/>{fuel}</relation>"#), "r8: no coordinates"),
    ] {
        let (stations, summary) = read(xml(&element).as_bytes()).unwrap();
        let (reason, skips) = summary.skipped.iter().next().unwrap();
        let expected = if found == "n8" { Reason::ZeroCoordinates } else { Reason::Coordinates };
        assert_eq!((stations.len(), reason, skips.count), (0, expected, 1));
        assert_eq!((skips.examples[0].line, skips.examples[0].found.as_str()), (2, found));
    }
}

#[test]
fn an_element_that_is_none_is_counted_and_the_others_are_read() {
    let text = r#"{"elements": [7, {"type": "node"}, {"type": "area", "id": 1}, {"type": "node", "id": "7"},
        {"type": "node", "id": 7, "lat": 1, "lon": 1, "tags": {"amenity": "fuel"}}, {"type": "node", "id": 8}]}"#;
    let (stations, summary) = read(text.as_bytes()).unwrap();
    assert_eq!((stations.len(), summary.not_stations), (1, 1));
    assert_eq!((summary.skipped.count(Reason::Fields), summary.skipped.count(Reason::StationNumber)), (1, 3));
}

#[test]
fn features_have_their_ids_in_several_places() {
    for (id, told) in [
        (r#""id": "w8", "properties": {"amenity": "fuel"}"#, "osm-w8"),
        (r#""properties": {"amenity": "fuel", "@type": "relation", "@id": -8}"#, "osm-r-8"),
        (r#""properties": {"amenity": "fuel", "@id": "node/8"}"#, "osm-n8"),
    ] {
        let text = format!(r#"{{"features": [{{{id}, "geometry": {{"type": "Point", "coordinates": [1, 2]}}}}]}}"#);
        assert_eq!(places(&text), [(told.to_owned(), 2.0, 1.0)]);
    }
    let nameless = r#"{"features": [{"id": "8", "properties": {"amenity": "fuel"}, "geometry": null}]}"#;
    assert_eq!(read(nameless.as_bytes()).unwrap().1.skipped.count(Reason::StationNumber), 1);
}

#[test]
fn a_blank_name_is_the_operators_and_a_business_number_leads_to_brazil() {
    let text = xml(
        r#"<node id="7" lat="1" lon="1"><tag k="amenity" v="fuel"/><tag k="name" v=" "/><tag k="operator" v="Silva"/>
        <tag k="ref:vatin" v="BR12.345.678/0001-95"/><tag k="self_service" v="no"/></node>"#,
    );
    let (found, _) = read(text.as_bytes()).unwrap();
    assert_eq!(found[0].station.name, Label::new("Silva"));
    assert_eq!(found[0].station.service, Some(Service::Served));
    assert_eq!(found[0].references, [StationId::parse("br-12345678000195").unwrap()]);
}

#[test]
fn another_file_is_refused_with_one_clear_message() {
    let told = |text: &[u8]| read(text).unwrap_err().to_string();
    let cut = |text: &str| told(&text.as_bytes()[..text.len() - 20]);
    for (message, expected) in [
        (told(b""), "line 1: expected a JSON object"),
        (told(b"idImpianto|Gestore"), "line 1: expected a JSON object"),
        (told(b"<html><body></body></html>"), "line 1: expected <osm>, found <html>"),
        (told(b"<?xml version=\"1.0\"?>\n"), "line 2: expected <osm>, found nothing"),
        (told(b"{\"ListaEESSPrecio\": []}"), "line 1: the JSON object has no array \"elements\" or \"features\""),
        (told(b"<osm>\n<node id=\"x\"/></osm>"), "line 2: an element without a number as its id"),
        (told(b"<osm><node id=\"1\"><tag k=\"name\" v=\"Caff\xe8\"/></node></osm>"), "line 1: not UTF-8"),
        (cut(XML), "line 14: not XML: syntax error: "),
        (told(XML.trim_end_matches("</osm>").as_bytes()), "line 15: the file ends too early"),
        (told(b"<osm>\n<node id=\"1\"></way></osm>"), "line 2: not XML: ill-formed document: "),
    ] {
        assert!(message.starts_with(&format!("{FILE}, {expected}")), "{message}");
    }
    for text in [OVERPASS, FEATURES] {
        assert!(cut(text).contains("the file ends too early"), "{}", cut(text));
    }
    let utf16: Vec<u8> = XML.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(!told(&utf16).is_empty());
}

#[test]
fn an_element_without_end_is_refused_before_it_fills_the_memory() {
    for (start, repeated) in [("<osm><node id=\"", b'1'), ("<osm><node id=\"1\">", b' '), ("{\"elements\": [\"", b'x')]
    {
        let endless = BufReader::new(start.as_bytes().chain(io::repeat(repeated)));
        let mut stations = Stations::open(endless).unwrap();
        assert!(matches!(stations.next(), Some(Err(FeedError::LineTooLong { .. }))), "{start}");
        assert!(stations.next().is_none());
    }
    let deep = format!("<osm>{}", "<a>".repeat(100_000));
    assert!(read(deep.as_bytes()).unwrap_err().to_string().contains("nested too deeply"));
}

fn known(id: &str, latitude: f64) -> Station {
    Station::at(StationId::parse(id).unwrap(), Position::from_degrees(latitude, 13.25).unwrap())
}

/// A node a few metres north of a latitude, with one more tag.
fn node(id: u32, latitude: f64, tag: &str, value: &str) -> String {
    format!(
        "<node id=\"{id}\" lat=\"{:.7}\" lon=\"13.25\"><tag k=\"amenity\" v=\"fuel\"/><tag k=\"brand\" v=\"B{id}\"/>\
         <tag k=\"{tag}\" v=\"{value}\"/></node>\n",
        latitude + 0.0001
    )
}

#[test]
fn known_stations_are_found_by_their_number_then_by_their_place() {
    let brand = Label::new("Own");
    let stations = [
        known("it-1", 45.0),
        Station { brand: brand.clone(), ..known("it-2", 46.0) },
        known("it-3", 47.0),
        known("it-4", 48.0),
        known("it-5", 48.0001),
    ];
    let file = xml(&[
        node(10, 44.0, "ref:mise", "1"),  // far away, but named
        node(11, 45.0, "name", "Nobody"), // beside a station that is named
        node(12, 46.0, "name", "Two"),    // alone beside station 2
        node(13, 47.0, "name", "Three"),  // two beside station 3
        node(14, 47.0, "name", "Three"),
        node(15, 48.0, "name", "Four"),    // beside two stations
        node(16, 30.0, "name", "Nowhere"), // beside none
    ]
    .concat());
    let (filled, summary) = enrich(&stations, file.as_bytes()).unwrap();
    assert_eq!((summary.by_reference, summary.by_distance, summary.ambiguous, summary.unknown), (1, 1, 4, 1));
    assert_eq!(summary.read.stations, 7);
    assert_eq!(
        filled,
        [
            Station { brand: Label::new("B10"), ..known("it-1", 45.0) },
            Station { name: Label::new("Two"), ..known("it-2", 46.0) },
        ]
    );
}

#[test]
fn what_is_known_is_never_overwritten() {
    let complete = Station {
        name: Label::new("Own"),
        brand: Label::new("Own"),
        address: Label::new("Own"),
        hours: OpeningHours::new("off"),
        service: Some(Service::Both),
        members_only: Some(true),
        ..known("it-38031", 1.0)
    };
    let (filled, summary) = enrich(&[complete], XML.as_bytes()).unwrap();
    assert_eq!((filled.len(), summary.by_reference), (0, 1));
    let (filled, _) = enrich(&[known("it-38032", 1.0)], XML.as_bytes()).unwrap();
    assert_eq!(filled[0].address, Label::new("Via Roma 1, Udine"));
    assert_eq!((filled[0].position, &filled[0].source), (known("it-38032", 1.0).position, &None));
}

fn any_file() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<osm>",
        "</osm>",
        "<node id=\"1\" lat=\"1\" lon=\"2\">",
        "<node id=\"2\" lat=\"1\" lon=\"2\"/>",
        "</node>",
        "<way id=\"3\">",
        "</way>",
        "<nd ref=\"2\"/>",
        "<center lat=\"3\" lon=\"4\"/>",
        "<tag k=\"amenity\" v=\"fuel\"/>",
        "&amp;",
        "&x;",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?x?>",
        "<!DOCTYPE x [",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"elements\"",
        "\"features\"",
        "\"type\"",
        "\"node\"",
        "\"id\"",
        "1",
        "\"geometry\"",
        "\"coordinates\"",
        "\n",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in any_file()) {
        let _ = read(&bytes);
        for head in ["<osm>", "<osm><way id=\"1\">", "{\"elements\": [", "{\"features\": [{", ""] {
            let _ = read(&[head.as_bytes(), bytes.as_slice()].concat());
            let _ = read(format!("{head}{text}").as_bytes());
        }
    }
}
