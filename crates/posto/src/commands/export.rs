//! `posto export`: the current prices in a form that other programs read. One file per form in
//! `export/`.

mod csv;
mod dados;
mod geojson;
mod output;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use posto_market::{Currency, Fuel, Quote, Station};

use crate::arguments::DataArguments;
use crate::config::data_directory;
use output::Output;

#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The form
    #[arg(value_enum)]
    format: Format,
    /// Write into this file, which appears whole or not at all [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// For dados: the currency of the prices written; the form cannot tell it
    #[arg(long, default_value = "BRL", value_parser = currency)]
    currency: Currency,
    #[command(flatten)]
    data: DataArguments,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// dados.json, as the original server of 2019 reads it: diesel, ethanol and gasoline by the litre
    Dados,
    /// Comma-separated values, one line a price
    Csv,
    /// GeoJSON, one point a station
    Geojson,
}

/// A form of export: told every price in the order of stations and fuels.
trait Form {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()>;
    fn price(&mut self, out: &mut dyn Write, price: &Price<'_>) -> io::Result<()>;
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
    /// How many prices the form could not hold, and why.
    fn left_out(&self) -> Option<(u64, &'static str)> {
        None
    }
}

/// One current price.
struct Price<'a> {
    station: &'a Station,
    fuel: Fuel,
    quote: &'a Quote,
}

pub fn run(arguments: ExportArguments) -> anyhow::Result<ExitCode> {
    let directory = data_directory(arguments.data)?;
    let mut form: Box<dyn Form> = match arguments.format {
        Format::Dados => Box::new(dados::Dados::new(arguments.currency)),
        Format::Csv => Box::new(csv::Csv),
        Format::Geojson => Box::new(geojson::GeoJson::default()),
    };
    let target = || arguments.output.as_deref().map_or("standard output".into(), Path::to_string_lossy);
    let mut output = Output::open(arguments.output.as_deref()).with_context(|| format!("cannot write {}", target()))?;
    let written = match write(&directory, form.as_mut(), &mut output)? {
        Ok(()) => output.finish(),
        Err(error) => Err(error),
    };
    match written {
        // Whoever reads has seen enough, as with `head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        written => written.with_context(|| format!("cannot write {}", target()))?,
    }
    if let Some((count, why)) = form.left_out().filter(|(count, _)| *count > 0) {
        eprintln!("posto: {count} prices left out: {why}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Reading fails on the outside, writing within.
fn write(directory: &Path, form: &mut dyn Form, out: &mut dyn Write) -> anyhow::Result<io::Result<()>> {
    let mut written = form.begin(out);
    if written.is_ok() {
        posto_store::each_price(directory, |station, fuel, quote| {
            written = form.price(out, &Price { station, fuel, quote });
            written.is_ok()
        })?;
    }
    Ok(written.and_then(|()| form.end(out)))
}

fn currency(text: &str) -> Result<Currency, &'static str> {
    Currency::from_code(text).ok_or("expected an ISO 4217 code of three capital letters, such as BRL")
}
