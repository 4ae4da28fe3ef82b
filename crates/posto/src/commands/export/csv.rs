//! Comma-separated values (RFC 4180) with a header, one line a price, for spreadsheets too;
//! `posto_feeds::posto_csv` reads them back.

use std::borrow::Cow;
use std::io::{self, Write};

use posto_feeds::posto_csv::{COLUMNS, harmless_cell, service_word};
use posto_market::Label;
use posto_wire::time;

use super::{Form, Price};

pub struct Csv;

impl Form for Csv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{}\r\n", COLUMNS.join(","))
    }

    fn price(&mut self, out: &mut dyn Write, price: &Price<'_>) -> io::Result<()> {
        let Price { station, fuel, quote } = price;
        let label = |label: &Option<Label>| text(label.as_ref().map_or("", Label::as_str)).into_owned();
        write!(
            out,
            "{},{},{},{},{},{:.6},{:.6},{},{},{},{},{},{},{},{},{}\r\n",
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
            text(station.hours.as_ref().map_or("", |hours| hours.as_str())),
            station.service.map_or("", service_word),
            station.members_only.map(|only| only.to_string()).unwrap_or_default(),
        )
    }

    fn end(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// A cell of text. Spreadsheets execute what begins like a formula, so that gets an apostrophe in
/// front ([`harmless_cell`]); numbers are no text here.
pub fn text(text: &str) -> Cow<'_, str> {
    match harmless_cell(text) {
        Cow::Borrowed(text) if !text.contains(['"', ',', '\r', '\n', ';', '\t']) => text.into(),
        harmless => format!("\"{}\"", harmless.replace('"', "\"\"")).into(),
    }
}
