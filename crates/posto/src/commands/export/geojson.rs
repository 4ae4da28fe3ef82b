//! GeoJSON (RFC 7946): a collection of points, one a station, with its prices among the properties;
//! `posto_feeds::posto_geojson` reads it back.

use std::io::{self, Write};

use posto_feeds::posto_csv::service_word;
use posto_market::{Label, Station};
use posto_wire::time;
use serde_json::{Value, json};

use super::{Form, Price};

/// Prices come in the order of stations: a station is written when the next one begins.
#[derive(Default)]
pub struct GeoJson {
    station: Option<(Station, Vec<Value>)>,
    written: bool,
}

impl Form for GeoJson {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(br#"{"type":"FeatureCollection","features":["#)
    }

    fn price(&mut self, out: &mut dyn Write, price: &Price<'_>) -> io::Result<()> {
        let Price { station, fuel, quote } = price;
        // A number of thousandths has three decimals, which JSON's numbers hold exactly enough.
        let amount = f64::from(quote.price.thousandths()) / 1000.0;
        let told = json!({"fuel": fuel.slug(), "price": amount, "currency": quote.currency.code(),
            "unit": quote.unit.sign(), "reported_at": quote.reported_at.map(time::format)});
        match &mut self.station {
            Some((known, prices)) if known.id == station.id => prices.push(told),
            _ => {
                self.write_station(out)?;
                self.station = Some(((*station).clone(), vec![told]));
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.write_station(out)?;
        out.write_all(b"\n]}\n")
    }
}

impl GeoJson {
    fn write_station(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Some((station, prices)) = self.station.take() else { return Ok(()) };
        let label = |label: &Option<Label>| label.as_ref().map(|label| label.as_str().to_owned());
        let feature = json!({"type": "Feature", "id": station.id.as_str(),
            "geometry": {"type": "Point", "coordinates": [station.position.longitude(), station.position.latitude()]},
            "properties": {"name": label(&station.name), "brand": label(&station.brand),
                "address": label(&station.address), "source": label(&station.source),
                "hours": station.hours.as_ref().map(|hours| hours.as_str().to_owned()),
                "service": station.service.map(service_word), "members_only": station.members_only,
                "prices": prices}});
        let comma = if std::mem::replace(&mut self.written, true) { "," } else { "" };
        write!(out, "{comma}\n{feature}")
    }
}
