//! `dados.json`, as the original server of 2019 reads it: an array of `tipoCombustivel`, `valor` and
//! `coordenadas`, and `nome`, which it ignores.
//!
//! The original knows three fuels (any other makes its answer fail), prints every price as reais
//! and every amount as it is. So only diesel, ethanol and gasoline by the litre are written, and
//! only prices of one currency, by default the real.

use std::io::{self, Write};

use posto_market::{Currency, Fuel, Unit};
use serde_json::{Map, Value};

use super::{Form, Price};

const FUELS: [Fuel; 3] = [Fuel::Diesel, Fuel::Ethanol, Fuel::Gasoline];

pub struct Dados {
    currency: Currency,
    written: bool,
    left_out: u64,
}

impl Dados {
    pub fn new(currency: Currency) -> Self {
        Self { currency, written: false, left_out: 0 }
    }
}

impl Form for Dados {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn price(&mut self, out: &mut dyn Write, price: &Price<'_>) -> io::Result<()> {
        let Price { station, fuel, quote } = price;
        if !FUELS.contains(fuel) || quote.currency != self.currency || quote.unit != Unit::Litre {
            self.left_out += 1;
            return Ok(());
        }
        let coordinates = quote.coordinates.as_deref().map_or_else(|| station.position.to_string(), str::to_owned);
        let mut record = Map::new();
        record.insert("tipoCombustivel".to_owned(), fuel.code().to_string().into());
        record.insert("valor".to_owned(), quote.price.thousandths().into());
        record.insert("coordenadas".to_owned(), coordinates.into());
        if let Some(name) = &station.name {
            record.insert("nome".to_owned(), name.as_str().into());
        }
        let comma = if std::mem::replace(&mut self.written, true) { "," } else { "" };
        write!(out, "{comma}\n  {}", Value::Object(record))
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"\n]\n")
    }

    fn left_out(&self) -> Option<(u64, &'static str)> {
        Some((
            self.left_out,
            "dados.json holds diesel, ethanol and gasoline by the litre, in one currency (--currency)",
        ))
    }
}
