//! Comma-separated values (RFC 4180) with a header, one line a price, for spreadsheets too.

use std::borrow::Cow;
use std::io::{self, Write};

use posto_market::Label;
use posto_wire::time;

use super::{Form, Price};

const HEADER: &str =
    "station,name,brand,address,source,latitude,longitude,fuel,price,currency,unit,reported_at,coordinates";

pub struct Csv;

impl Form for Csv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{HEADER}\r\n")
    }

    fn price(&mut self, out: &mut dyn Write, price: &Price<'_>) -> io::Result<()> {
        let Price { station, fuel, quote } = price;
        let label = |label: &Option<Label>| text(label.as_ref().map_or("", Label::as_str)).into_owned();
        write!(
            out,
            "{},{},{},{},{},{:.6},{:.6},{},{},{},{},{},{}\r\n",
            text(station.id.as_str()),
            label(&station.name),
            label(&station.brand),
            label(&station.address),
            label(&station.source),
            station.position.latitude(),
            station.position.longitude(),
            fuel.slug(),
            quote.price,
            quote.currency,
            quote.unit.sign(),
            quote.reported_at.map(time::format).unwrap_or_default(),
            text(quote.coordinates.as_deref().unwrap_or_default()),
        )
    }

    fn end(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// A cell of text. Spreadsheets execute what begins like a formula, so that gets an apostrophe in
/// front (<https://owasp.org/www-community/attacks/CSV_Injection>); numbers are no text here.
pub fn text(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if !formula && !text.contains(['"', ',', '\r', '\n', ';', '\t']) {
        return text.into();
    }
    let apostrophe = if formula { "'" } else { "" };
    format!("\"{apostrophe}{}\"", text.replace('"', "\"\"")).into()
}
