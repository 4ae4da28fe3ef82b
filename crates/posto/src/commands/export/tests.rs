use posto_feeds::{posto_csv, posto_geojson};
use posto_market::{
    Currency, Fuel, ImportedPrice, ImportedStation, Label, OpeningHours, Position, Quote, Service, Station, StationId,
    Timestamp, Unit,
};
use serde_json::{Value, json};

use super::*;

fn station(id: &str, name: &str) -> Station {
    let position = Position::from_microdegrees(-22_217_551, -54_765_349).unwrap();
    Station { name: Label::new(name), ..Station::at(StationId::parse(id).unwrap(), position) }
}

fn quote(currency: Currency, unit: Unit, coordinates: Option<&str>) -> Quote {
    let price = posto_market::Price::from_thousandths(4999).unwrap();
    Quote {
        price,
        currency,
        unit,
        reported_at: Some(Timestamp::from_millis(0)),
        coordinates: coordinates.map(Into::into),
    }
}

fn written(form: &mut dyn Form, prices: &[(&Station, Fuel, Quote)]) -> String {
    let mut out = Vec::new();
    form.begin(&mut out).unwrap();
    for (station, fuel, quote) in prices {
        form.price(&mut out, &Price { station, fuel: *fuel, quote }).unwrap();
    }
    form.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn dados_holds_what_the_original_server_understands_and_says_what_it_left_out() {
    let (named, plain) = (station("a", "Auto \"Posto\""), station("b", ""));
    let reais = quote(Currency::BRL, Unit::Litre, None);
    let mut form = dados::Dados::new(Currency::BRL);
    let text = written(
        &mut form,
        &[
            (&named, Fuel::Diesel, quote(Currency::BRL, Unit::Litre, Some("(-22.217551;-54.76534900)"))),
            (&named, Fuel::Cng, quote(Currency::BRL, Unit::CubicMetre, None)),
            (&named, Fuel::Gasoline, quote(Currency::EUR, Unit::Litre, None)),
            (&named, Fuel::Lpg, reais.clone()),
            (&plain, Fuel::Gasoline, reais),
        ],
    );
    let records: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        records,
        json!([
            {"tipoCombustivel": "0", "valor": 4999, "coordenadas": "(-22.217551;-54.76534900)", "nome": "Auto \"Posto\""},
            {"tipoCombustivel": "2", "valor": 4999, "coordenadas": "(-22.217551;-54.765349)"},
        ])
    );
    assert_eq!(form.left_out().unwrap().0, 3);
    let read = posto_feeds::dados::read(text.as_bytes()).unwrap();
    assert_eq!((read.records.len(), read.skipped.len()), (2, 0));
}

#[test]
fn nothing_at_all_is_still_a_document() {
    for text in [written(&mut dados::Dados::new(Currency::BRL), &[]), written(&mut geojson::GeoJson::default(), &[])] {
        assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
    }
}

#[test]
fn a_cell_never_is_a_formula_and_a_number_stays_a_number() {
    let text = written(
        &mut csv::Csv,
        &[(&station("-a", "=1+1, \"x\""), Fuel::Gasoline, quote(Currency::BRL, Unit::Litre, None))],
    );
    let mut lines = text.split("\r\n");
    assert!(lines.next().unwrap().starts_with("station,name,"));
    let line = "\"'-a\",\"'=1+1, \"\"x\"\"\",,,,-22.217551,-54.765349,gasoline,4.999,BRL,l,1970-01-01T00:00:00Z,,,,";
    assert_eq!((lines.next(), lines.next(), lines.next()), (Some(line), Some(""), None));
    for (cell, safe) in [("+1", "\"'+1\""), ("@a", "\"'@a\""), ("Posto", "Posto"), ("a-b", "a-b")] {
        assert_eq!(csv::text(cell), safe);
    }
}

#[test]
fn geojson_has_one_point_a_station_longitude_first() {
    let (first, second) = (station("a", "A"), station("b", "B"));
    let litre = quote(Currency::BRL, Unit::Litre, None);
    let prices = [
        (&first, Fuel::Diesel, litre.clone()),
        (&first, Fuel::Gasoline, litre.clone()),
        (&second, Fuel::Diesel, litre),
    ];
    let document: Value = serde_json::from_str(&written(&mut geojson::GeoJson::default(), &prices)).unwrap();
    assert_eq!(document["type"], "FeatureCollection");
    let features = document["features"].as_array().unwrap();
    assert_eq!(features.len(), 2);
    assert_eq!(features[0]["geometry"], json!({"type": "Point", "coordinates": [-54.765349, -22.217551]}));
    assert_eq!(features[0]["properties"]["prices"].as_array().unwrap().len(), 2);
    assert_eq!(features[1]["properties"]["prices"][0]["price"], json!(4.999));
}

/// Stations with everything, with nothing, and with what a table could take for something else.
fn stations_of_every_kind() -> Vec<ImportedStation> {
    let full = Station {
        brand: Label::new("Q8; \"Easy\""),
        address: Label::new("-, Via Roma 1"),
        source: Label::new("it"),
        hours: OpeningHours::new("Mo-Fr 08:00-12:00,14:00-19:00; PH off"),
        service: Some(Service::Both),
        members_only: Some(false),
        ..station("-a", "'=1+1, \"São\"")
    };
    let price = |fuel: Fuel, unit, coordinates| ImportedPrice { fuel, quote: quote(Currency::EUR, unit, coordinates) };
    let timeless = Quote { reported_at: None, ..quote(Currency::BRL, Unit::Litre, None) };
    let prices = Fuel::ALL.map(|fuel| price(fuel, fuel.default_unit(), Some("(-22.217551;-54.7653490)")));
    vec![
        ImportedStation { prices: prices.to_vec(), ..ImportedStation::new(full) },
        ImportedStation {
            prices: vec![price(Fuel::Cng, Unit::Kilogram, None), ImportedPrice { fuel: Fuel::E85, quote: timeless }],
            ..ImportedStation::new(station("b", ""))
        },
    ]
}

fn exported(form: &mut dyn Form, stations: &[ImportedStation]) -> String {
    let prices = stations.iter().flat_map(|record| record.prices.iter().map(move |price| (record, price)));
    let prices: Vec<_> = prices.map(|(record, price)| (&record.station, price.fuel, price.quote.clone())).collect();
    written(form, &prices)
}

#[test]
fn what_is_exported_is_imported_again_as_it_was() {
    let (stations, now) = (stations_of_every_kind(), Timestamp::from_millis(0));
    let text = exported(&mut csv::Csv, &stations);
    let read: Result<Vec<_>, _> = posto_csv::Stations::open(text.as_bytes(), now).unwrap().collect();
    assert_eq!(read.unwrap(), stations);

    let text = exported(&mut geojson::GeoJson::default(), &stations);
    let read: Result<Vec<_>, _> = posto_geojson::Stations::open(text.as_bytes(), now).unwrap().collect();
    let mut without_coordinates = stations;
    for price in without_coordinates.iter_mut().flat_map(|record| &mut record.prices) {
        price.quote.coordinates = None;
    }
    assert_eq!(read.unwrap(), without_coordinates, "the form cannot tell the coordinates as written");
}
